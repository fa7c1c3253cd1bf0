"""Selections: parts of objects by SQL, as a stream of events."""

import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack

from lenticular.apis.aws.s3.encryption import Encrypting
from lenticular.apis.aws.s3.errors import access_denied
from lenticular.apis.aws.s3.selecting import selection_of, wants_progress
from lenticular.apis.aws.wire import eventstream
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params
from lenticular.apis.http import Response
from lenticular.primitives.objects import Found, ObjectStorage
from lenticular.primitives.selections import (
    Block,
    Progress,
    QueriesBusy,
    SelectionError,
    Selections,
)

_MAX_PAYLOAD = 1024 * 1024
"""Most bytes of a Records event."""

_log = logging.getLogger("lenticular.s3")

Events = AsyncIterator[Block | Progress]


class SelectionOperations:
    """S3 Select."""

    def __init__(
        self, storage: ObjectStorage, selections: Selections, encrypting: Encrypting
    ) -> None:
        self._objects = storage.objects
        self._encrypting = encrypting
        self._selections = selections

    async def select_object_content(self, call: Call, params: Params) -> Response:
        """Select from an object. API reference: SelectObjectContent.

        Permission is that of GetObject; nobody selects anonymously.
        """
        if call.principal.is_anonymous:
            raise access_denied()
        found = await self._objects.get(
            call.principal,
            params["Bucket"],
            params["Key"],
            customer_key=self._encrypting.customer_key(call.request),
        )
        selection = selection_of(params)
        stack = AsyncExitStack()
        try:
            select = self._selections.select(
                selection,
                lambda start, length: self._read(found, start, length),
                found.version.size,
            )
            events = await stack.enter_async_context(select)
            # What fails at once is told by its status, not by a stream that was begun.
            first = await anext(events, None)
        except BaseException as error:
            await stack.aclose()
            raise _refusal(error) from None
        body = _stream(stack, _from_first(first, events), wants_progress(params))
        return Response(200, [("content-type", eventstream.CONTENT_TYPE)], body)

    def _read(self, found: Found, start: int, length: int | None) -> AsyncIterator[bytes]:
        if found.data is None:
            return self._objects.read(found, start, length)
        return _small(found.data[start : None if length is None else start + length])


async def _small(data: bytes) -> AsyncIterator[bytes]:
    yield data


def _refusal(error: BaseException) -> BaseException:
    """Return what a client is told of an error before there is a stream."""
    match error:
        case SelectionError():
            return AwsError(error.code, str(error), 500 if error.code == "InternalError" else 400)
        case QueriesBusy():
            return AwsError("SlowDown", f"Please reduce your request rate: {error}.", 503)
    return error


async def _from_first(first: Block | Progress | None, events: Events) -> Events:
    if first is not None:
        yield first
        async for event in events:
            yield event


async def _stream(
    stack: AsyncExitStack, events: Events, reports: bool
) -> AsyncGenerator[bytes, None]:
    """Write the events of a selection; let go of it when the client does."""
    last, returned = Progress(0, 0), 0
    async with stack:
        try:
            async for event in events:
                match event:
                    case Block(data):
                        returned += len(data)
                        for start in range(0, len(data), _MAX_PAYLOAD):
                            payload = data[start : start + _MAX_PAYLOAD]
                            yield eventstream.event("Records", payload, "application/octet-stream")
                    case Progress() if reports:
                        last = event
                        yield _counts("Progress", last, returned)
                    case Progress():
                        last = event
                        yield eventstream.event("Cont")
        except SelectionError as error:
            yield eventstream.error(error.code, str(error))
        except Exception:
            _log.exception("selection broken off")
            yield eventstream.error("InternalError", "An internal error occurred.")
        else:
            yield _counts("Stats", last, returned)
            yield eventstream.event("End")


def _counts(name: str, progress: Progress, returned: int) -> bytes:
    document = (
        f'<?xml version="1.0" encoding="UTF-8"?><{name}>'
        f"<BytesScanned>{progress.scanned}</BytesScanned>"
        f"<BytesProcessed>{progress.processed}</BytesProcessed>"
        f"<BytesReturned>{returned}</BytesReturned></{name}>"
    )
    return eventstream.event(name, document.encode(), "text/xml")
