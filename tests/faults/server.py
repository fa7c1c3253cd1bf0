"""A real server that tests may treat badly: a process of its own on a data folder of its own."""

import functools
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from lenticular.server import process

from .conditions import Conditions
from .moments import Aim
from .zygote import Forked, Zygote

PATIENCE = 60.0
"""Seconds after which something that should have happened will not."""


class DidNotStart(AssertionError):
    """The server ended, or does not answer in time; the message is what it has written."""


class Server:
    """The cloud of the folder `data`. It may be started again however it ended."""

    def __init__(self, data: Path, *, zygote: Zygote | None = None, **settings: object) -> None:
        """With a `zygote` it is forked from that, which takes a tenth of the time."""
        self.data = data
        self.zygote = zygote
        self.options: tuple[str, ...] = ()
        """Further options of ``lenticular start``."""
        self.seed = ""
        """The fault of `seeds.py` that it has, if it is forked."""
        self.conditions = Conditions()
        """What it finds itself in, if it is forked."""
        self.port_base = 0
        self.settings = settings
        self.running: subprocess.Popen[bytes] | Forked | None = None
        self.record: process.ServerRecord | None = None
        self.exit_code = 0
        """That of the process before."""

    def launch(self, aim: Aim | None = None, *, is_armed: bool = False) -> None:
        """Start the process, and do not wait for anything.

        One that is forked may have an `aim`: a moment at which it is killed.
        """
        self.data.mkdir(exist_ok=True)
        output = self.data / "output"
        if self.zygote:
            flags = {"data": str(self.data), "port_base": self.port_base, **self.settings}
            self.running = self.zygote.start(
                flags,
                output,
                aim=aim,
                is_armed=is_armed,
                seed=self.seed,
                conditions=self.conditions,
            )
            return
        settings = [f"--set={name}={value}" for name, value in self.settings.items()]
        start = ["start", "--quiet", f"--port-base={self.port_base}", *self.options, *settings]
        with output.open("ab") as file:
            self.running = subprocess.Popen(self.command(*start), stdout=file, stderr=file)

    def start(self) -> None:
        """Start the server, and return when it answers."""
        self.launch()
        self.wait_for_answers()

    def wait_for_answers(self) -> None:
        """Return when the server that was launched answers."""
        assert self.running
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.running.poll() is None:
            record = process.find(self.data)
            is_ours = record is not None and record.pid == self.running.pid
            if record is not None and is_ours and record.is_complete and record.answers():
                self.record = record
                return
            time.sleep(0.01)
        raise DidNotStart(f"the server did not start:\n{self.output()}")

    def kill(self) -> None:
        """End the process at this very moment."""
        assert self.running
        self.running.kill()
        self.wait()

    def ends_within(self, seconds: float) -> bool:
        """Tell whether the process has ended before so many seconds are over."""
        assert self.running
        try:
            self.running.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def terminate(self) -> None:
        """Ask the process to end, and do not wait for it."""
        assert self.running
        self.running.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        """Wait for the end of the process; return its exit code."""
        assert self.running
        self.exit_code = self.running.wait(PATIENCE)
        self.running = None
        return self.exit_code

    def stop(self) -> None:
        """End the process in good order."""
        self.terminate()
        code = self.wait()
        assert code == 0, self.output()

    def close(self) -> None:
        """Make sure that nothing runs any more."""
        if self.running:
            self.kill()

    def command(self, *arguments: str) -> list[str]:
        """Return the command line that does `arguments` to this cloud."""
        return [sys.executable, "-m", "lenticular", *arguments, f"--data={self.data}"]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Do `arguments` to this cloud and return how it went."""
        return subprocess.run(
            self.command(*arguments), check=False, capture_output=True, text=True, timeout=PATIENCE
        )

    def output(self) -> str:
        """Return what the server has written, over all its runs."""
        return (self.data / "output").read_text(errors="replace")

    @functools.cached_property
    def session(self) -> boto3.Session:
        """The root identity of the first account."""
        variables = json.loads(self.run("env", "--json").stdout)
        return boto3.Session(
            variables["AWS_ACCESS_KEY_ID"],
            variables["AWS_SECRET_ACCESS_KEY"],
            region_name=variables["AWS_DEFAULT_REGION"],
        )

    @property
    def port(self) -> int:
        """The port of the AWS interface."""
        assert self.record
        return self.record.port_base + 1

    def client(self, service: str, **options: Any) -> Any:
        """Return a client that tries everything once."""
        once = {"retries": {"total_max_attempts": 1}, "max_pool_connections": 32}
        return self.session.client(
            service,
            endpoint_url=f"http://127.0.0.1:{self.port}",
            config=Config(**{**once, **options}),
        )

    def memory(self, measure: str) -> int:
        """Return ``VmRSS`` (now) or ``VmHWM`` (at most so far) of the process, in bytes."""
        assert self.running
        status = Path(f"/proc/{self.running.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith(measure + ":"))
        return int(line.split()[1]) * 1024

    def reset_peak(self) -> None:
        """Let ``VmHWM`` begin anew: see proc_pid_clear_refs(5)."""
        assert self.running
        Path(f"/proc/{self.running.pid}/clear_refs").write_text("5")

    def wait_until(self, condition: Callable[[], object], meaning: str) -> None:
        """Return when `condition` holds; `meaning` says what that means."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"not so after {PATIENCE} s: {meaning}"
            time.sleep(0.02)

    def blob_files(self) -> set[Path]:
        """Return the files of all blobs, those still being written too."""
        files = {path for path in (self.data / "blobs").rglob("*") if path.is_file()}
        return files - {self.data / "blobs" / "lock"}
