"""The server as a process: its hold on the data folder, its record, its start and its end.

Whoever uses a data folder holds an exclusive lock on ``server.lock`` in it, which the
kernel releases when the process ends, however it ends. ``server.json`` tells who the
server is and is believed only while that lock is held by the very process it names, so
that the number of a dead server is never taken for a living one. Where several processes
serve, it is their supervisor that it names, and each of them has the lock too.
"""

import fcntl
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

import lenticular
from lenticular.server import ports, starting
from lenticular.server.configuration import Configuration, reachable
from lenticular.server.files import make_folder
from lenticular.server.place import ALONE, Place

LOCK_NAME = "server.lock"
RECORD_NAME = "server.json"
LOG_NAME = "logs/server.log"

_POLL = 0.02
"""Seconds between two looks at something that is about to happen."""

_LOCK_PATIENCE = 3.0
"""Seconds to wait for a command that has the data folder for a moment."""

Ready = Callable[["ServerRecord"], None]


class ProcessError(RuntimeError):
    """The server cannot be started or stopped; the message says why and what to do."""


class FolderInUse(ProcessError):
    """Another process works on the data folder."""


class AlreadyRunning(ProcessError):
    """A server runs on this data folder."""

    def __init__(self, record: "ServerRecord") -> None:
        super().__init__(
            f"a cloud already runs on this data folder: process {record.pid}, {record.url}; "
            f"stop it with `lenticular stop`"
        )
        self.record = record


class ServerRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What ``server.json`` tells of a running server."""

    pid: int
    birth: str
    """When the kernel started this process, in its own ticks; empty where it does not tell."""
    started: float
    """Seconds since the epoch."""
    host: str
    port_base: int
    version: str
    tls: bool = False
    tls_certificate: str = ""
    """The certificate that it was given; empty under one of its own making."""
    workers: int = 1
    """How many processes serve requests; with one it is the server itself."""
    serving: tuple[int, ...] = ()
    """Those workers that serve now, of several."""

    @property
    def url(self) -> str:
        """The address of the portal."""
        return self.at(Configuration()).url("portal")

    def at(self, configuration: Configuration) -> Configuration:
        """Return `configuration` with the address at which this server listens."""
        return msgspec.structs.replace(
            configuration,
            host=self.host,
            port_base=self.port_base,
            tls=self.tls,
            tls_certificate=self.tls_certificate,
        )

    def is_same(self, other: "ServerRecord | None") -> bool:
        """Whether another record is of this server too."""
        return other is not None and (other.pid, other.birth) == (self.pid, self.birth)

    @property
    def is_complete(self) -> bool:
        """Whether all of its workers have begun."""
        return self.workers == 1 or len(self.serving) == self.workers

    def answers(self) -> bool:
        """Whether every port of this server answers."""
        return ports.answers(self._address, self.port_base, tls=self.tls)

    def serves_data(self) -> bool:
        """Whether its built-in agent listens."""
        return ports.serves_data(self._address, self.port_base, tls=self.tls)

    @property
    def _address(self) -> str:
        return reachable(self.host).strip("[]")


def find(data: Path) -> ServerRecord | None:
    """Return the record of the server that runs on the folder `data`, or None."""
    if not _is_locked(data):
        return None
    try:
        record = msgspec.json.decode((data / RECORD_NAME).read_bytes(), type=ServerRecord)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    return record if record.birth == _birth(record.pid) else None


@contextmanager
def hold(data: Path) -> Iterator[int]:
    """Have the folder `data` to oneself; it is made, for its owner only, when missing.

    Gives the descriptor of the lock: a process that inherits it has the folder too. Raises
    `AlreadyRunning` when a server has it, and `FolderInUse` when another command keeps it
    for more than a moment.
    """
    deadline = time.monotonic() + _LOCK_PATIENCE
    with _writing(data):
        make_folder(data)
        file = os.open(data / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if record := find(data):
                    raise AlreadyRunning(record) from None
                if time.monotonic() > deadline:
                    raise FolderInUse(
                        f"another lenticular command works on {data}; try again when it is done"
                    ) from None
                time.sleep(_POLL)
        (data / RECORD_NAME).unlink(missing_ok=True)
        yield file
    finally:
        os.close(file)


@contextmanager
def _writing(data: Path) -> Iterator[None]:
    """Say of what does not work here what is to be done about it."""
    try:
        yield
    except OSError as error:
        raise ProcessError(
            f"the data folder {data} cannot be written to: {error.strerror}; make room or its disk "
            "writable, or name another folder with --data"
        ) from error


def serve(configuration: Configuration, ready: Ready = lambda record: None) -> None:
    """Run the cloud in this process until SIGTERM or SIGINT; return when all is closed.

    Calls `ready`, on another thread, once every port answers. Raises `AlreadyRunning`,
    `PortUnavailable`, and `ProcessError` for what it cannot be served with.
    """
    os.umask(0o077)
    _raise_open_file_limit()
    with hold(configuration.data) as lock:
        configuration = _with_ports(configuration)
        record = _record(configuration)
        with _writing(configuration.data):
            _write(record, configuration.data)
        begun, ended = threading.Event(), threading.Event()
        announcer = threading.Thread(
            target=_announce, args=(configuration.data, ready, begun, ended), daemon=True
        )
        announcer.start()
        try:
            if configuration.workers == 1:
                run(configuration, Place(begun=begun.set))
            else:
                _supervise(configuration, record, lock, begun)
        finally:
            ended.set()
            begun.set()
            announcer.join()
            (configuration.data / RECORD_NAME).unlink(missing_ok=True)


def start_detached(
    configuration: Configuration, arguments: Sequence[str], *, timeout: float = 60.0
) -> ServerRecord:
    """Start a server that outlives this process; return once every port answers.

    `arguments` are those of ``lenticular start`` that led to `configuration`. Raises
    `ProcessError` with the end of the log when the server does not come up within
    `timeout` seconds, and for a data folder that cannot be written to.
    """
    log = configuration.data / LOG_NAME
    with _writing(configuration.data):
        make_folder(configuration.data)
        make_folder(log.parent)
        output = log.open("ab")
    with output:
        seen = output.tell()
        # -P: a file named like one of our modules in the current folder must not be run.
        server = subprocess.Popen(
            [sys.executable, "-P", "-m", "lenticular", "start", "--quiet", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    record = None
    try:
        record = _wait_for_answers(configuration.data, server, timeout)
    finally:
        if record is None:
            server.terminate()
    if record is None:
        what = "start" if server.returncode else f"answer within {timeout:.0f} s"
        raise ProcessError(f"the cloud did not {what}:\n{_tail(log, seen)}")
    return record


def stop(data: Path, *, timeout: float, force: bool = False) -> ServerRecord | None:
    """Ask the server on the folder `data` to end and wait; return whom it was, None if nobody.

    Raises `ProcessError` when it still runs after `timeout` seconds. With `force` it is
    killed then: what was acknowledged is safe, requests under way are cut off.
    """
    record = find(data)
    if record is None:
        return None
    _signal(record, signal.SIGTERM)
    if not _wait_for_end(data, record, timeout) and force:
        _signal(record, signal.SIGKILL)
        _wait_for_end(data, record, timeout)
    if record.is_same(find(data)):
        raise ProcessError(
            f"process {record.pid} still runs after {timeout:.0f} s; see {data / LOG_NAME}, "
            f"wait, or use `lenticular stop --force`"
        )
    return record


def _with_ports(configuration: Configuration) -> Configuration:
    if configuration.port_base == 0:
        base = ports.free_base(configuration.host)
        return msgspec.structs.replace(configuration, port_base=base)
    ports.check(configuration.host, configuration.port_base)
    return configuration


def _raise_open_file_limit() -> None:
    """Allow as many open files as the system lets this process have: each connection is one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def run(configuration: Configuration, place: Place = ALONE) -> None:
    """Run one process of the cloud, which is at `place`; `serve` has made everything ready.

    Raises `ProcessError` for what it cannot be served with.
    """
    starting.hasten()
    # Imported here, after the checks that may end this process: it is most of the start-up.
    import uvloop

    from lenticular.server import main
    from lenticular.server.administration import REFUSALS

    try:
        uvloop.run(main.run(configuration, place))
    except REFUSALS as error:
        raise ProcessError(str(error)) from error


def _supervise(
    configuration: Configuration, record: ServerRecord, lock: int, begun: threading.Event
) -> None:
    """Run the workers; set `begun` once all of them serve."""
    import asyncio

    from lenticular.server.supervisor import Supervisor, WorkersRefused

    def note(serving: tuple[int, ...]) -> None:
        now = msgspec.structs.replace(record, serving=serving)
        _write(now, configuration.data)
        if now.is_complete:
            begun.set()

    try:
        asyncio.run(Supervisor(configuration, lock, note).run())
    except WorkersRefused as error:
        raise ProcessError(str(error)) from error


def _announce(data: Path, ready: Ready, begun: threading.Event, ended: threading.Event) -> None:
    begun.wait()  # asking all the while would take from the start what it needs
    while not ended.is_set():
        record = find(data)
        if record is not None and record.is_complete and record.answers():
            ready(record)
            return
        ended.wait(_POLL)


def _record(configuration: Configuration) -> ServerRecord:
    return ServerRecord(
        pid=os.getpid(),
        birth=_birth(os.getpid()),
        started=time.time(),
        host=configuration.host,
        port_base=configuration.port_base,
        version=lenticular.__version__,
        tls=configuration.tls,
        tls_certificate=configuration.tls_certificate,
        workers=configuration.workers,
    )


def _write(record: ServerRecord, data: Path) -> None:
    path = data / RECORD_NAME
    partial = path.with_suffix(".partial")
    partial.write_bytes(msgspec.json.format(msgspec.json.encode(record)) + b"\n")
    partial.chmod(0o600)
    partial.replace(path)


def _is_locked(data: Path) -> bool:
    try:
        file = os.open(data / LOCK_NAME, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def _birth(pid: int) -> str:
    """Return the start time of process `pid`, field 22 of proc_pid_stat(5); empty if unknown."""
    with suppress(OSError):
        # The second field, the command in parentheses, may hold anything, also parentheses.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    return ""


def _signal(record: ServerRecord, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(record.pid, number)


def _wait_for_answers(
    data: Path, server: subprocess.Popen[bytes], timeout: float
) -> ServerRecord | None:
    """Return the record of `server` once it answers; None when it ended or `timeout` is over."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline and server.poll() is None:
        record = find(data)
        is_ours = record is not None and record.pid == server.pid
        if record is not None and is_ours and record.is_complete and record.answers():
            return record
        time.sleep(_POLL)
    return None


def _wait_for_end(data: Path, record: ServerRecord, timeout: float) -> bool:
    deadline = time.monotonic() + timeout
    while record.is_same(find(data)):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL)
    return True


def _tail(log: Path, start: int, lines: int = 15) -> str:
    """Return the last `lines` that `log` got from byte `start` on."""
    with log.open("rb") as file:
        file.seek(start)
        text = file.read().decode(errors="replace").strip()
    return "\n".join(text.splitlines()[-lines:]) or f"(nothing in {log})"
