"""``start``, ``stop`` and ``status``: the life of the server."""

import shlex
import time
from collections.abc import Mapping
from pathlib import Path

from lenticular.cli import administration
from lenticular.cli.output import note, print_json, strong, waiting
from lenticular.server import process
from lenticular.server.configuration import FILE_NAME, LISTENING, Configuration
from lenticular.server.ports import check
from lenticular.server.settings import load

_STOP_MARGIN = 10.0
"""Seconds that a server may take to close its stores after its last request."""

NOT_RUNNING = 3
"""Exit code of ``status`` when no server runs: that of LSB init scripts and systemctl."""


def start(flags: Mapping[str, object], config: Path | None, *, detach: bool, quiet: bool) -> None:
    """Start the cloud here, or detached. With `detach`, one that runs already is as good."""
    configuration = load(flags, file=config)
    running = process.find(configuration.data)
    if running and not (detach and _is_same(running, configuration)):
        raise process.AlreadyRunning(running)
    if not detach:

        def announce(record: process.ServerRecord) -> None:
            if not quiet:
                _summarise(record, configuration)

        process.serve(configuration, announce)
        return
    if running:
        note(f"runs already: process {running.pid}")
        record = running
    else:
        if configuration.port_base:
            check(configuration.host, configuration.port_base)
        with waiting("Starting the cloud"):
            record = process.start_detached(configuration, _arguments(flags, config, configuration))
    if not quiet:
        _summarise(record, configuration)


def stop(configuration: Configuration, *, force: bool) -> None:
    """Stop the cloud and wait for its end. Not running is as good."""
    with waiting("Stopping the cloud"):
        timeout = configuration.shutdown_timeout + _STOP_MARGIN
        stopped = process.stop(configuration.data, timeout=timeout, force=force)
    if stopped:
        print(
            f"The cloud has stopped (process {stopped.pid}). Its data are in {configuration.data}"
        )
    else:
        print(f"No cloud runs on {configuration.data}")


def status(configuration: Configuration, *, json: bool) -> int:
    """Print whether the cloud runs, and where; return the exit code."""
    record = process.find(configuration.data)
    answers = record is not None and record.answers()
    if json:
        print_json(
            {
                "running": record is not None,
                "answers": answers,
                "data": str(configuration.data),
                "process": record,
                "endpoints": _endpoints(record, configuration) if record else {},
            }
        )
    elif record is None:
        print(f"No cloud runs on {configuration.data}")
    else:
        state = "runs" if answers else "does not answer (it may be starting or stopping)"
        if record.serving and not record.is_complete:
            state = "runs, and starts a worker again"
        up = _duration(time.time() - record.started)
        print(f"The cloud {state}: process {record.pid}, version {record.version}, up {up}")
        if record.workers > 1:
            print(f"  Workers:   {_workers(record)}")
        _print_places(record, configuration)
    return 0 if record else NOT_RUNNING


def _is_same(record: process.ServerRecord, configuration: Configuration) -> bool:
    """Whether the running server listens where `configuration` wants it to."""
    wanted = configuration.port_base or record.port_base
    there = (record.host, record.port_base, record.tls)
    return there == (configuration.host, wanted, configuration.tls)


def _arguments(
    flags: Mapping[str, object], config: Path | None, configuration: Configuration
) -> list[str]:
    """Return the arguments that lead another process to the same `configuration`."""
    arguments = [f"--data={configuration.data}"]
    if config is not None:
        arguments.append(f"--config={config.absolute()}")
    named = {"host": "--host", "port_base": "--port-base", "workers": "--workers"}
    for name, value in flags.items():
        if name in named:
            arguments.append(f"{named[name]}={value}")
        elif name != "data":
            arguments.append(f"--set={name}={value}")
    return arguments


def _summarise(record: process.ServerRecord, configuration: Configuration) -> None:
    """Print where the cloud is and how to use it."""
    is_default = configuration.data == load(environment={}).data
    data = "" if is_default else f" --data {shlex.quote(str(configuration.data))}"
    workers = f" with {record.workers} workers" if record.workers > 1 else ""
    name = strong(f"Lenticular {record.version}")
    print(f"\n{name} runs, process {record.pid}{workers}.\n")
    _print_places(record, configuration)
    print(f'\n  Use it:    eval "$(lenticular env{data})"')
    print(f"  Stop it:   lenticular stop{data}\n", flush=True)
    _invite_first(record.at(configuration))


def _workers(record: process.ServerRecord) -> str:
    """Name the workers that serve, and count those that are missing."""
    serving = f"process{'es' * (len(record.serving) > 1)} {', '.join(map(str, record.serving))}"
    missing = record.workers - len(record.serving)
    absent = f"{missing} of {record.workers} not serving" if missing else ""
    return "; ".join(filter(None, (serving if record.serving else "", absent)))


def _invite_first(configuration: Configuration) -> None:
    """Print the link with which the first administrator comes in, while nobody can sign in."""
    link = administration.perform(configuration, "people.invitation")
    if link["url"]:
        print(
            f"  Nobody can sign in yet. The first administrator chooses a name and password at\n"
            f"  {link['url']}\n  (once, within {link['seconds'] // 3600} hours).\n",
            flush=True,
        )


def _print_places(record: process.ServerRecord, configuration: Configuration) -> None:
    names = {"portal": "Portal", "aws": "AWS", "globus": "Globus", "data": "Data port"}
    for interface, url in _endpoints(record, configuration).items():
        where = f"{url} (/health and /metrics, too)" if interface == "portal" else url
        print(f"  {names[interface] + ':':<10} {where}")
    print(f"  Data:      {configuration.data}")
    if (configuration.data / FILE_NAME).exists():
        print(f"  Settings:  {configuration.data / FILE_NAME}")


def _endpoints(record: process.ServerRecord, configuration: Configuration) -> dict[str, str]:
    """Return the address of each interface of the running server."""
    listening = (*LISTENING, "data") if record.serves_data() else LISTENING
    return {interface: record.at(configuration).url(interface) for interface in listening}


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s")]
    shown = [f"{count} {unit}" for count, unit in parts if count]
    return " ".join(shown[:2]) or "0 s"
