"""A cloud whose every change of its folder is recorded, over several runs of its server."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from lenticular.cli import administration
from lenticular.server import process
from lenticular.server.settings import load

from ..writers import TABLE, create_table
from .clients import Answer, Client, request_of
from .notes import Note
from .objectclients import Objects, Versions
from .recorder import Recorder

PATIENCE = 120.0
"""Seconds after which something that should have happened will not: it is slow when traced."""

STEP = 48
"""Pages of the write-ahead log from one checkpoint to the next."""

_STARTED = Path(__file__).with_name("started.py")


class RecordedCloud:
    """A cloud that is recorded by `recorder`, in the folder ``cloud`` of that one's folder."""

    def __init__(self, recorder: Recorder, *, fault: str = "", workers: int = 1) -> None:
        """Its server has so many processes, and a fault of `started.py`, if one is named."""
        self.recorder = recorder
        self.data = recorder.folder / "cloud"
        self.setup: dict[str, list[Note]] = {"root": [], "setup": []}
        self._fault = fault
        self._workers = workers
        self._tracer: subprocess.Popen[bytes] | None = None
        self._record: process.ServerRecord | None = None
        self._credentials: dict[str, str] = {}
        self._session = boto3.Session()

    def start(self) -> None:
        """Start a server, and return when it answers."""
        program = [sys.executable, str(_STARTED), str(STEP), self._fault, "start", "--quiet"]
        program += ["--port-base=0", f"--workers={self._workers}", f"--data={self.data}"]
        with self.recorder.output.open("ab") as output:
            self._tracer = subprocess.Popen(
                self.recorder.command(program), stdout=output, stderr=output
            )
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self._tracer.poll() is None:
            self._record = process.find(self.data)
            if self._record and self._record.answers():
                return
            time.sleep(0.02)
        raise AssertionError(f"the server did not start:\n{self.recorder.output.read_text()}")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End the server, and take in what was recorded of it."""
        assert self._record
        assert self._tracer
        os.kill(self._record.pid, number)
        self.wait()

    def wait(self) -> None:
        """Return when the server has ended, and take in what was recorded of it."""
        assert self._tracer
        self._tracer.wait(PATIENCE)
        self._tracer = self._record = None
        self.recorder.ended()

    def close(self) -> None:
        """Make sure that nothing runs any more."""
        if self._tracer and self._tracer.poll() is None:
            if self._record:
                os.kill(self._record.pid, signal.SIGKILL)
            self._tracer.kill()
            self._tracer.wait()

    def connect(self, service: str) -> Any:
        """Return a client of the root identity that tries everything once."""
        assert self._record
        if not self._credentials:
            configuration = load({"data": self.data})
            self._credentials = administration.perform(configuration, "accounts.credentials")
        return self._session.client(  # type: ignore[call-overload]
            service,
            endpoint_url=f"http://127.0.0.1:{self._record.port_base + 1}",
            aws_access_key_id=self._credentials["access_key_id"],
            aws_secret_access_key=self._credentials["secret_access_key"],
            region_name="us-east-1",
            config=Config(retries={"total_max_attempts": 1}, read_timeout=PATIENCE),
        )

    def set_up(self) -> None:
        """Make what the clients work in, and note that it must stay."""
        s3, dynamodb = self.connect("s3"), self.connect("dynamodb")
        notes = self.setup["setup"]
        made = s3.create_bucket(Bucket=Objects.bucket)
        notes.append(Note({f"setup/{Objects.bucket}": "there"}, request_of(made)))
        key = self._credentials["access_key_id"]
        secret = self._credentials["secret_access_key"]
        self.setup["root"].append(Note({f"root/{key}": secret}, request_of(made)))
        made = s3.create_bucket(Bucket=Versions.bucket)
        notes.append(Note({f"setup/{Versions.bucket}": "there"}, request_of(made)))
        changed = s3.put_bucket_versioning(
            Bucket=Versions.bucket, VersioningConfiguration={"Status": "Enabled"}
        )
        notes.append(Note({f"setup/{Versions.bucket}": "Enabled"}, request_of(changed)))
        create_table(dynamodb)
        found: Answer = dynamodb.describe_table(TableName=TABLE)
        notes.append(Note({f"setup/{TABLE}": "there"}, request_of(found)))

    def work(self, clients: Iterable[Client], steps: int) -> None:
        """Let clients do `steps` things each, all at once, or until the server is gone."""
        for client in clients:
            client.start(self.connect, steps)
        for client in clients:
            client.join()

    def settle(self, clients: Iterable[Client]) -> None:
        """Let the clients look at what was under way when the server was killed."""
        for client in clients:
            client.settle(self.connect)


def recorded(path: Path) -> Recorder:
    """Return what records a new folder within `path`."""
    folder = path / "recorded"
    folder.mkdir()
    return Recorder(folder, path / "trace")
