"""Local administration, as its client: over the running server's socket, or without a server.

A running server answers HTTP on ``admin.sock`` in the data folder, which only the
folder's owner can open: that is the authentication. When no server runs, the same
operations work on the store itself, while the folder is held against a server's start.
"""

import http.client
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec

from lenticular.cli import CommandError
from lenticular.server import process
from lenticular.server.configuration import Configuration
from lenticular.server.ports import socket_address

SOCKET_NAME = "admin.sock"


def perform(configuration: Configuration, operation: str, **message: object) -> Any:
    """Carry out an administrative operation and return its answer as JSON has it.

    Operations and their messages are those of `lenticular.server.administration`. Raises
    `CommandError` with the reason when it is refused.
    """
    answers: list[Any] = []
    _perform(configuration, operation, message, answers.append)
    return answers[0]


def follow(
    configuration: Configuration,
    operation: str,
    report: Callable[[Any], None],
    **message: object,
) -> None:
    """Carry out an operation that takes long; call `report` after each step. Raises the same."""
    _perform(configuration, operation, message, report)


def _perform(
    configuration: Configuration,
    operation: str,
    message: dict[str, object],
    report: Callable[[Any], None],
) -> None:
    body = msgspec.json.encode(message)
    if process.find(configuration.data):
        with _Connection(configuration.data / SOCKET_NAME) as connection:
            response = connection.ask(operation, body)
            for line in response if response.is_stepwise else [response.read()]:
                report(msgspec.json.decode(line))
        return
    with process.hold(configuration.data):
        # A half of what a command loads, and not needed where a server runs.
        import asyncio

        asyncio.run(_offline(configuration, operation, body, report))


async def _offline(
    configuration: Configuration, operation: str, body: bytes, report: Callable[[Any], None]
) -> None:
    from lenticular.server import administration

    try:
        async with administration.open_offline(configuration) as site:
            answer = await administration.perform(site, operation, body)
            if isinstance(answer, AsyncIterator):
                async for step in answer:
                    report(msgspec.to_builtins(step))
            else:
                report(msgspec.to_builtins(answer))
    except administration.REFUSALS as error:
        raise CommandError(str(error)) from error


class _Response(http.client.HTTPResponse):
    """An answer, whole or step by step."""

    @property
    def is_stepwise(self) -> bool:
        return self.getheader("Content-Type") == "application/x-ndjson"


class _Connection(http.client.HTTPConnection):
    """HTTP over the Unix socket `path`."""

    response_class = _Response

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

    def ask(self, operation: str, body: bytes) -> _Response:
        """Post an operation's message; raise `CommandError` when it is refused."""
        self.request("POST", f"/{operation}", body, {"Content-Type": "application/json"})
        response = self.getresponse()
        if response.status >= http.HTTPStatus.BAD_REQUEST:
            raise CommandError(_message(response.read()))
        assert isinstance(response, _Response)
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
