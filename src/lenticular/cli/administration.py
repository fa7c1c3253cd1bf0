"""Local administration, as its client: over the running server's socket, or without a server.

A running server answers HTTP on ``admin.sock`` in the data folder, which only the
folder's owner can open: that is the authentication. When no server runs, the same
operations work on the store itself, while the folder is held against a server's start.
"""

import asyncio
import http.client
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from lenticular.cli import CommandError
from lenticular.server import process
from lenticular.server.configuration import Configuration
from lenticular.server.ports import socket_address

if TYPE_CHECKING:
    from lenticular.server.administration import Administration

T = TypeVar("T")

SOCKET_NAME = "admin.sock"


class Credentials(msgspec.Struct, frozen=True):
    """An account and the access key of its root identity."""

    account_id: str
    canonical_id: str
    access_key_id: str
    secret_access_key: str
    region: str


class Progress(msgspec.Struct, frozen=True):
    """One step of a scrub."""

    checked: int
    total: int
    problem: str | None = None
    """What is wrong with what was just checked."""


def credentials(configuration: Configuration) -> Credentials:
    """Return the root credentials of the cloud's first account, which is made if need be."""
    if process.find(configuration.data):
        return msgspec.json.decode(
            _ask(configuration.data, "GET", "/credentials"), type=Credentials
        )

    async def read(administration: "Administration") -> Credentials:
        return msgspec.convert(
            await administration.credentials(), Credentials, from_attributes=True
        )

    return _offline(configuration, read)


def create_account(configuration: Configuration, name: str) -> Credentials:
    """Make an account and return its root credentials."""
    if process.find(configuration.data):
        body = msgspec.json.encode({"name": name})
        answer = _ask(configuration.data, "POST", "/accounts", body)
        return msgspec.json.decode(answer, type=Credentials)

    async def create(administration: "Administration") -> Credentials:
        made = await administration.create_account(name)
        return msgspec.convert(made, Credentials, from_attributes=True)

    return _offline(configuration, create)


def scrub(configuration: Configuration, report: Callable[[Progress], None]) -> None:
    """Read everything stored against its checksums; call `report` after each step."""
    if process.find(configuration.data):
        with _Connection(configuration.data / SOCKET_NAME) as connection:
            for line in connection.ask("POST", "/scrub"):
                report(msgspec.json.decode(line, type=Progress))
        return

    async def check(administration: "Administration") -> None:
        async for step in administration.scrub():
            report(msgspec.convert(step, Progress, from_attributes=True))

    _offline(configuration, check)


def _offline(
    configuration: Configuration, operation: Callable[["Administration"], Awaitable[T]]
) -> T:
    from lenticular.server.administration import REFUSALS, open_offline

    async def run() -> T:
        async with open_offline(configuration) as administration:
            return await operation(administration)

    with process.hold(configuration.data):
        try:
            return asyncio.run(run())
        except REFUSALS as error:
            raise CommandError(str(error)) from error


def _ask(data: Path, method: str, path: str, body: bytes | None = None) -> bytes:
    with _Connection(data / SOCKET_NAME) as connection:
        return connection.ask(method, path, body).read()


class _Connection(http.client.HTTPConnection):
    """HTTP over the Unix socket `path`."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost")
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        try:
            with socket_address(self._path) as address:
                self.sock.connect(address)
        except OSError as error:
            raise CommandError(
                f"the server does not answer at {self._path}: {error.strerror}; it may be "
                f"starting or stopping, `lenticular status` tells"
            ) from error

    def ask(self, method: str, path: str, body: bytes | None = None) -> http.client.HTTPResponse:
        """Send a request and return the response; raise `CommandError` when it is an error."""
        self.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        response = self.getresponse()
        if response.status >= http.HTTPStatus.BAD_REQUEST:
            raise CommandError(_message(response.read()))
        return response

    def __enter__(self) -> "_Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _message(document: bytes) -> str:
    try:
        return str(msgspec.json.decode(document, type=dict[str, str])["message"])
    except (msgspec.DecodeError, KeyError):
        return document.decode(errors="replace")
