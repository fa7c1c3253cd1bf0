"""Asks a peer: one request, one answer, and what its statuses mean as faults."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar
from urllib.parse import quote

import msgspec
from msgspec import Struct

from lenticular.engines.connectors.contract import BUNDLE_BYTES
from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.peer import wire
from lenticular.engines.connectors.peer.channel import PATIENCE, Channel, Data, Head, request_head
from lenticular.engines.connectors.peer.pool import Address, Pool

LONGEST_ANSWER = 8 * BUNDLE_BYTES
"""Bytes of an answer that is taken into memory."""

Answer = TypeVar("Answer", bound=Struct)
Headers = Sequence[tuple[str, str]]

_STATUS_CODES = {
    401: "AUTH",
    403: "PERMISSION_DENIED",
    404: "FILE_NOT_FOUND",
    408: "TIMEOUT",
    412: "FILE_SIZE_CHANGED",
    416: "FILE_SIZE_CHANGED",
    507: "NO_SPACE_LEFT",
}
_STALE = frozenset({"CONNECTION_BROKEN", "CONNECTION_RESET"})


class Requests:
    """Requests to one peer."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def ask(
        self, operation: wire.Operation, kind: type[Answer], *, patience: float = PATIENCE
    ) -> Answer:
        """Return the answer to an operation, which has so many seconds. Raises `Fault`."""
        try:
            document = wire.encode(operation)
        except UnicodeEncodeError:
            raise Fault("INVALID_PATH", "A path has in it what UTF-8 cannot say") from None
        headers = [("Content-Type", wire.DOCUMENT)]
        async with self.answered("POST", "/", headers, document, patience=patience) as channel:
            return await read_answer(channel, await channel.answer(patience), kind)

    @asynccontextmanager
    async def answered(
        self,
        method: str,
        path: str,
        headers: Headers = (),
        body: Data = b"",
        *,
        patience: float = PATIENCE,
    ) -> AsyncIterator[Channel]:
        """Send a request and lend the connection once its answer begins to come.

        A connection that was used before may have been closed by the peer meanwhile, who did
        nothing then: another one is taken, once. Raises `Fault`.
        """
        headers = [*headers, ("Content-Length", str(len(body)))] if method != "GET" else headers
        for last in (False, True):
            async with self._pool.channel(fresh=last) as (channel, address):
                is_used = channel.uses > 0
                try:
                    await channel.begin(self._head(method, path, headers, address), body)
                    await channel.expect(patience)
                except Fault as fault:
                    if last or not is_used or fault.code not in _STALE:
                        raise
                    continue
                yield channel
                return

    @asynccontextmanager
    async def stream(self, query: str, kind: str) -> AsyncIterator[Channel]:
        """Begin a POST of a body of unknown length, and lend the connection to write it on."""
        headers = [("Content-Type", kind), ("Transfer-Encoding", "chunked")]
        async with self._pool.channel() as (channel, address):
            await channel.begin(self._head("POST", f"/?{query}", headers, address))
            yield channel

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    def _head(self, method: str, path: str, headers: Headers, address: Address) -> bytes:
        target = address.base + path
        return request_head(method, target, [*self._pool.headers(address), *headers])


def target_of(path: str) -> str:
    """Return a path as it stands in a request."""
    return quote(path, safe="/")


async def read_answer(channel: Channel, head: Head, kind: type[Answer]) -> Answer:
    """Return the document of an answer. Raises the `Fault` that it is instead."""
    body = await channel.body(LONGEST_ANSWER)
    if head.status != 200:
        raise fault_of(head, body)
    try:
        return msgspec.msgpack.decode(body, type=kind)
    except msgspec.DecodeError as error:
        raise Fault("ENDPOINT_ERROR", f"The other agent answers oddly: {error}") from None


def fault_of(head: Head, body: bytes) -> Fault:
    """Return what an answer that is no success says."""
    if head.status == 422:
        try:
            failure = wire.read_failure(body)
        except msgspec.DecodeError:
            return Fault("ENDPOINT_ERROR", "The other agent answers oddly")
        return Fault(failure.code, failure.description)
    code = _STATUS_CODES.get(head.status, "ENDPOINT_ERROR")
    return Fault(code, f"The other agent answered {head.status}")
