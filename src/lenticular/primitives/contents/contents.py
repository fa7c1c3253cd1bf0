"""Contents: byte strings of any size that records point at.

A small content is one value in the key-value store, a large one is a blob, and a content
made of others (a multipart upload, a copied range) is a layout: a list of pieces of them.
A record that points at a content is written in the same transaction as the content's own
keys (`Contents.attach`), so there is no moment at which one is there without the other.

Blobs are shared, never copied: every content that uses a blob leaves a reference to it.
What is released is queued and removed by `Contents.sweep` a while later, when nobody can
be in the middle of reading it, unless a hold (`holds`) keeps all as it is. Blobs that no
reference was ever committed for (the client went away, the process was killed) are found by
`Contents.sweep_orphans`.
"""

import asyncio
import dataclasses
import os
import time
from collections import Counter
from collections.abc import (
    AsyncIterable,
    AsyncIterator,
    Callable,
    Collection,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from lenticular.engines.blobs.contract import BlobNotFound, BlobStore, BlobStoreUnavailable
from lenticular.engines.blobs.digests import Digests
from lenticular.engines.kv.contract import (
    KeyValueStore,
    Reader,
    StoreFailed,
    StoreFull,
    StoreUnavailable,
    Transaction,
)
from lenticular.primitives.contents import sweeping
from lenticular.primitives.contents.receiving import all_chunks, digest_of, receive_sealed
from lenticular.primitives.contents.records import (
    Check,
    CheckAlive,
    Content,
    Layout,
    PartInfo,
    Piece,
    Received,
    Tiers,
    blobs_of,
    clip,
    only_piece,
)
from lenticular.primitives.contents.sealing import (
    Sealer,
    check_key,
    open_range,
    open_whole,
    sealed_range,
)
from lenticular.primitives.contents.spaces import DATA, HOLDER, LAYOUT, RELEASED
from lenticular.primitives.leases import uptime

T = TypeVar("T")

SMALL = 64 * 1024
"""Contents up to this many bytes are values in the key-value store."""

GRACE = 60.0
"""Seconds between a content's release and its removal."""

LONGEST = 12 * 3600.0
"""Seconds that may pass from the first byte of a large content to its record."""

_NONE: Mapping[str, str] = {}

_encode = msgspec.msgpack.Encoder().encode
_decode_layout = msgspec.msgpack.Decoder(Layout).decode


def _is_alive(tx: Transaction, began: float) -> None:
    """Take it for granted: where there is no other process, nobody removes what this one began."""


def _new_id() -> bytes:
    # Ids grow with time, so that new values lie beside each other in the store.
    return time.time_ns().to_bytes(8, "big") + os.urandom(4)


@dataclass(slots=True)
class Contents:
    """The contents of one cloud."""

    store: KeyValueStore
    blobs: BlobStore
    small: int = SMALL
    grace: float = GRACE
    tiers: Tiers | None = None  # the same blobs, if they have an archive
    check_alive: CheckAlive = _is_alive  # of `lenticular.primitives.leases`
    _reading: Counter[bytes] = field(default_factory=Counter)
    _readings: dict[object, float] = field(default_factory=dict)  # when each began, in order

    # Bringing bytes in.

    async def receive(
        self, source: AsyncIterable[bytes], digests: Collection[str], key: bytes | None = None
    ) -> Received:
        """Take in a stream, computing `digests` as it passes; with a data key, seal it.

        What comes back is durable if it is large; `keep` makes it part of a
        record. Raises what `source` raises; nothing is left over then.
        """
        began = uptime()
        head: list[bytes] = []
        size = 0
        chunks = aiter(source)
        async for chunk in chunks:
            head.append(chunk)
            size += len(chunk)
            if size > self.small:
                rest = all_chunks(head, chunks)
                if key is None:
                    large = await self._receive_large(rest, digests)
                else:
                    large = await receive_sealed(self.blobs, rest, digests, key)
                return dataclasses.replace(large, began=began)
        data = head[0] if len(head) == 1 else b"".join(head)
        received = Received(size, digest_of(data, digests), data=data)
        return received if key is None else self.sealed(received, key)

    def sealed(self, received: Received, key: bytes) -> Received:
        """Return what was received, when it is small, sealed with a data key.

        Raises ValueError for what is large: its bytes are on the disk as they came.
        """
        if received.blob:
            raise ValueError("a large content is sealed as it comes in")
        sealer = Sealer(key)
        data = sealer.seal(received.data, is_end=True)
        return Received(received.size, received.digests, data=data, salt=sealer.salt)

    async def _receive_large(
        self, chunks: AsyncIterator[bytes], digests: Collection[str]
    ) -> Received:
        async with self.blobs.create(digests) as writer:
            async for chunk in chunks:
                await writer.write(chunk)
            blob = await writer.commit()
        return Received(blob.size, blob.digests, blob=blob.id)

    async def keep(
        self,
        received: Received,
        commit: Callable[[Transaction], T],
        check: Check | None = None,
        likely: Sequence[bytes] = (),
    ) -> T:
        """Run the transaction that attaches what was received, and return its result.

        `check` is shown the digests first and raises where they are not as claimed; `likely`
        are keys that `commit` will probably get. When either fails the bytes are dropped and
        its exception comes out here.
        """
        try:
            if check is not None:
                check(received.digests)
            return await self.store.transact(commit, likely=likely)
        except Exception as error:
            if isinstance(error, StoreFailed) and not isinstance(error, StoreFull):
                # The engine may find the transaction after all when it is opened again: then
                # the blob must be there. If not, it is an orphan.
                raise
            if received.blob:
                with suppress(BlobStoreUnavailable):  # then it is an orphan, too
                    await self.blobs.delete(received.blob)
            raise

    def attach(self, tx: Transaction, received: Received) -> Content:
        """Make what was received a content, within the transaction that points at it."""
        content = Content(_new_id(), received.size, received.blob, salt=received.salt)
        if received.blob:
            self._check_lasting(tx, received.began)
            tx.set(HOLDER.pack(received.blob, content.id), b"")
        else:
            tx.set(DATA.pack(content.id), received.data)
        return content

    def _check_lasting(self, tx: Transaction, began: float) -> None:
        """Raise StoreUnavailable for a blob that may have been swept for an orphan."""
        self.check_alive(tx, began)
        if uptime() - began > LONGEST:
            raise StoreUnavailable(f"the content took more than {LONGEST / 3600:.0f} hours")

    # Making contents of contents.

    def join(self, tx: Transaction, contents: Sequence[Content], parts: list[PartInfo]) -> Content:
        """Make one content of several, which it takes over: they are not to be released."""
        joined_id = _new_id()
        pieces: list[Piece] = []
        for content in contents:
            own = self.pieces(tx, content)
            for blob in blobs_of(own):
                tx.delete(HOLDER.pack(blob, content.id))
                tx.set(HOLDER.pack(blob, joined_id), b"")
            if content.is_layout:
                tx.delete(LAYOUT.pack(content.id))
            pieces += own
        size = sum(content.size for content in contents)
        tx.set(LAYOUT.pack(joined_id), _encode(Layout(pieces, parts)))
        return Content(joined_id, size, parts=len(parts), is_layout=True)

    def share(
        self,
        tx: Transaction,
        content: Content,
        start: int = 0,
        length: int | None = None,
        *,
        keeps_parts: bool = True,
        moved: Mapping[str, str] = _NONE,
    ) -> Content:
        """Make a second content of (a range of) the first, copying no blob.

        Small values are copied. The range must lie within the content. What is sealed stays
        so, and opens with the same data key. The whole of what was joined of parts still is,
        unless told otherwise by `keeps_parts`. `moved` names copies that stand in for blobs.
        """
        length = content.size - start if length is None else length
        is_whole = length == content.size
        data = self.load(tx, content)
        if data is not None and not content.salt:
            data = data[start : start + length]
        if data is not None and (is_whole or not content.salt):
            return self.attach(tx, Received(length, {}, data=data, salt=content.salt))
        if content.blob and is_whole:
            blob = moved.get(content.blob, content.blob)
            return self.attach(tx, Received(length, {}, blob=blob, salt=content.salt))
        shared_id = _new_id()
        pieces: list[Piece] = []
        for piece in clip(self.pieces(tx, content), start, length):
            if piece.blob:
                blob = moved.get(piece.blob, piece.blob)
                tx.set(HOLDER.pack(blob, shared_id), b"")
                pieces.append(msgspec.structs.replace(piece, blob=blob))
            else:
                copy_id = _new_id()
                tx.set(DATA.pack(copy_id), self._value(tx, piece.value))
                pieces.append(msgspec.structs.replace(piece, value=copy_id))
        parts = self.layout_parts(tx, content) if is_whole and keeps_parts else []
        tx.set(LAYOUT.pack(shared_id), _encode(Layout(pieces, parts)))
        return Content(shared_id, length, parts=len(parts), is_layout=True)

    # Reading.

    def load(self, reader: Reader, content: Content) -> bytes | None:
        """Return the bytes of a small content from the view its record came from, else None.

        Those of a sealed one are still sealed: see `opened`.
        """
        if content.blob or content.is_layout:
            return None
        return self._value(reader, content.id)

    def opened(self, content: Content, data: bytes, key: bytes | None) -> bytes:
        """Return the bytes of a small content out of those that `load` gave.

        `key` is its data key; None: it is not sealed. Raises `BlobCorrupt` and `ContentSealed`.
        """
        check_key(content.salt, key)
        return data if key is None else open_whole(key, content.salt, data)

    def layout_parts(self, reader: Reader, content: Content) -> list[PartInfo]:
        """Return the parts that a joined content was made of; empty for any other."""
        return self._layout(reader, content).parts if content.is_layout else []

    async def read(
        self, content: Content, start: int = 0, length: int | None = None, key: bytes | None = None
    ) -> AsyncIterator[bytes]:
        """Iterate over a range of the bytes; what lies past the end is not there.

        `key` is the data key of a sealed content. Raises `BlobCorrupt` before any byte that is
        not as it was written, and `ContentSealed`.
        """
        length = content.size - start if length is None else min(length, content.size - start)
        with self._pinned(content.id):
            pieces = [only_piece(content)]
            if content.is_layout:
                pieces = await self.store.read(lambda reader: self._layout(reader, content).pieces)
            for piece in clip(pieces, start, length):
                async for chunk in self._read_piece(piece, key):
                    yield chunk

    def _read_piece(self, piece: Piece, key: bytes | None) -> AsyncIterator[bytes]:
        check_key(piece.salt, key)
        if key is None:
            return self._stored(piece, piece.start, piece.start + piece.length)
        sealed = self._stored(piece, *sealed_range(piece.whole, piece.start, piece.length))
        return open_range(key, piece.salt, piece.whole, piece.start, piece.length, sealed)

    async def _stored(self, piece: Piece, start: int, stop: int) -> AsyncIterator[bytes]:
        """Iterate over bytes of a piece's blob or value, as they are stored."""
        if piece.blob:
            async for chunk in self.blobs.read(piece.blob, start, stop - start):
                yield chunk
        else:
            data = await self.store.read(lambda reader: self._value(reader, piece.value))
            yield data[start:stop]

    async def digest(
        self,
        content: Content,
        names: Collection[str],
        start: int = 0,
        length: int | None = None,
        key: bytes | None = None,
    ) -> dict[str, bytes]:
        """Read a range of a content and return its digests. Raises as `read`."""
        digests = Digests(names)
        async for chunk in self.read(content, start, length, key):
            await asyncio.to_thread(digests.update, chunk)
        return digests.result()

    def reading_since(self) -> float:
        """Return when the longest reading that goes on began, or now, in seconds of the epoch."""
        return next(iter(self._readings.values()), None) or time.time()

    @contextmanager
    def _pinned(self, content_id: bytes) -> Iterator[None]:
        """Keep the sweep away from a content while it is read."""
        reading = object()
        self._readings[reading] = time.time()
        self._reading[content_id] += 1
        try:
            yield
        finally:
            del self._readings[reading]
            self._reading[content_id] -= 1
            if not self._reading[content_id]:
                del self._reading[content_id]

    def _value(self, reader: Reader, content_id: bytes) -> bytes:
        data = reader.get(DATA.pack(content_id))
        if data is None:
            raise BlobNotFound(f"the value of content {content_id.hex()} is gone")
        return data

    def pieces(self, reader: Reader, content: Content) -> list[Piece]:
        """Return what a content is made of."""
        if content.is_layout:
            return self._layout(reader, content).pieces
        return [only_piece(content)]

    def _layout(self, reader: Reader, content: Content) -> Layout:
        data = reader.get(LAYOUT.pack(content.id))
        if data is None:
            raise BlobNotFound(f"the layout of content {content.id.hex()} is gone")
        return _decode_layout(data)

    # Letting go.

    def release(self, tx: Transaction, content: Content) -> None:
        """Give up a content together with the record that owned it."""
        if content.blob or content.is_layout:
            now = int(time.time() * 1000)
            tx.set(RELEASED.pack(now, content.id), _encode(content))
        else:
            tx.delete(DATA.pack(content.id))  # whoever reads it has the bytes already

    async def sweep(self, now: float | None = None) -> int:
        """Remove what was released more than `grace` seconds before `now`; return how much.

        Nothing while there is a hold. What this process reads is left; where others read too,
        `now` is when the longest of all readings began.
        """
        limit = (time.time() if now is None else now) - self.grace
        return await sweeping.sweep_released(
            self.store, self.blobs, limit, self.pieces, self._reading.__contains__
        )

    async def sweep_orphans(self, older_than: float | sweeping.Moment) -> int:
        """Delete the blobs written before `older_than` that no content uses; return how many.

        `older_than` is in seconds since the epoch, and before all uploads that may still be
        running, for those have no reference yet. Where others may begin some meanwhile it is
        a function, and asked anew when blobs have been listed.
        """
        return await sweeping.sweep_orphans(self.store, self.blobs, older_than)
