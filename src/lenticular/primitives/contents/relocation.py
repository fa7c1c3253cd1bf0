"""Relocation: the blobs of a content are copied into the archive, or back out of it.

Blobs are copied as they are, sealed ones too. What comes of it is made a content by
`Contents.share`, within the transaction that points at it; copies that none points at are
orphans.
"""

from collections.abc import Mapping
from typing import Self

from lenticular.primitives.contents.contents import Contents
from lenticular.primitives.contents.records import Content, Tiers


class Relocation:
    """Copies blobs between the two tiers of a store."""

    def __init__(self, contents: Contents, tiers: Tiers) -> None:
        self._contents = contents
        self._tiers = tiers

    @classmethod
    def of(cls, contents: Contents) -> Self | None:
        """Return what relocates contents; None where there is no archive."""
        return None if contents.tiers is None else cls(contents, contents.tiers)

    async def copy(self, content: Content, *, archived: bool) -> Mapping[str, str]:
        """Copy those blobs that are not where they are wanted; return the new ids by the old.

        `archived`: they are wanted in the archive. Raises `BlobNotFound` where the content was
        given up meanwhile.
        """
        pieces = await self._contents.store.read(
            lambda reader: self._contents.pieces(reader, content)
        )
        moved: dict[str, str] = {}
        for piece in pieces:
            blob = piece.blob
            if blob and blob not in moved and self._tiers.is_archived(blob) != archived:
                moved[blob] = await self._copy(blob, archived=archived)
        return moved

    async def drop(self, moved: Mapping[str, str]) -> None:
        """Delete copies that came to nothing."""
        for blob in moved.values():
            await self._contents.blobs.delete(blob)

    async def _copy(self, blob: str, *, archived: bool) -> str:
        blobs = self._contents.blobs
        async with self._tiers.create_archived() if archived else blobs.create() as writer:
            async for chunk in blobs.read(blob):
                await writer.write(chunk)
            return (await writer.commit()).id
