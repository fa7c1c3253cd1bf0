"""Listings: pages of a bucket's keys in their order, with common prefixes folded.

A listing reads the store in pages and seeks past everything under a folded prefix, so its
cost is that of what it shows and not of what the bucket holds.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from lenticular.engines.kv.contract import KeyValueStore, Reader
from lenticular.engines.kv.keys import Subspace, after
from lenticular.primitives.objects.buckets import allowed_bucket
from lenticular.primitives.objects.keys import CURRENT, OLDER
from lenticular.primitives.objects.records import (
    NULL_VERSION,
    UNVERSIONED,
    Bucket,
    Listed,
    decode_listing,
)
from lenticular.primitives.objects.renderings import Form, as_listed
from lenticular.primitives.principals import Principal

T = TypeVar("T")

_PAGE = 1000
_FEW = 64
"""Records read at a time where a delimiter makes it likely that most are folded away."""


@dataclass(slots=True)
class Page(Generic[T]):
    """A page of objects and common prefixes. Both count against the limit."""

    objects: list[tuple[str, T]] = field(default_factory=list)
    """Keys, and what was made of their records."""
    prefixes: list[str] = field(default_factory=list)
    truncated: bool = False
    last: str = ""
    """The last key or common prefix shown: the next page's `behind`."""

    def __len__(self) -> int:
        return len(self.objects) + len(self.prefixes)


@dataclass(slots=True)
class VersionPage:
    """A page of versions and delete markers, newest first within a key."""

    versions: list[tuple[str, Listed, bool]] = field(default_factory=list)
    """Key, version, and whether it is the current one."""
    prefixes: list[str] = field(default_factory=list)
    truncated: bool = False
    last: tuple[str, str] = ("", "")
    """Key (or common prefix) and version id shown last: the next page's `behind`."""

    def __len__(self) -> int:
        return len(self.versions) + len(self.prefixes)


def common_prefix(key: str, prefix: str, delimiter: str) -> str | None:
    """Return what `key` is folded into: up to the first delimiter behind `prefix`, or None."""
    if not delimiter:
        return None
    at = key.find(delimiter, len(prefix))
    return key[: at + len(delimiter)] if at >= 0 else None


class Listings:
    """Lists the objects and the versions of buckets."""

    def __init__(self, store: KeyValueStore) -> None:
        self._store = store

    async def list(
        self,
        principal: Principal,
        bucket: str,
        *,
        prefix: str = "",
        delimiter: str = "",
        behind: str = "",
        limit: int = 1000,
    ) -> Page[Listed]:
        """Return a page of objects, as `render` does."""
        return await self.render(
            as_listed,
            principal,
            bucket,
            prefix=prefix,
            delimiter=delimiter,
            behind=behind,
            limit=limit,
        )

    async def render(
        self,
        form: Form[T],
        principal: Principal,
        bucket: str,
        *,
        prefix: str = "",
        delimiter: str = "",
        behind: str = "",
        limit: int = 1000,
    ) -> Page[T]:
        """Return the objects behind the key `behind`, at most `limit` of them and of prefixes.

        Each is what `form` makes of its record (see `renderings`).
        Raises `BucketNotFound` or `AccessDenied`.
        """

        def collect(reader: Reader) -> Page[T]:
            home = allowed_bucket(reader, principal, bucket, "s3:ListBucket")
            return _list(reader, home, form, prefix, delimiter, behind, limit)

        return await self._store.read(collect)

    async def list_versions(
        self,
        principal: Principal,
        bucket: str,
        *,
        prefix: str = "",
        delimiter: str = "",
        behind: tuple[str, str] | None = None,
        limit: int = 1000,
    ) -> VersionPage:
        """Return all versions behind the key and version id of `behind`.

        With an empty version id everything of that key is passed over. Raises
        `BucketNotFound` or `AccessDenied`.
        """

        def collect(reader: Reader) -> VersionPage:
            home = allowed_bucket(reader, principal, bucket, "s3:ListBucketVersions")
            return _list_versions(reader, home, prefix, delimiter, behind, limit)

        return await self._store.read(collect)


def seek_behind(space: Subspace, bucket: Bucket, text: str, delimiter: str, prefix: str) -> bytes:
    """Return the first key of a listing that goes on behind `text`.

    Where `text` is a common prefix (it ends with the delimiter behind the prefix) everything
    under it has been shown, so all of that is passed over.
    """
    if delimiter and common_prefix(text, prefix, delimiter) == text:
        return space.starting_with(bucket.uid, text)[1]
    return space.range(bucket.uid, text)[1]


def _list(
    reader: Reader,
    home: Bucket,
    form: Form[T],
    prefix: str,
    delimiter: str,
    behind: str,
    limit: int,
) -> Page[T]:
    page = Page[T]()
    start, stop = CURRENT.starting_with(home.uid, prefix)
    if behind:
        start = max(start, seek_behind(CURRENT, home, behind, delimiter, prefix))
    if limit == 0:
        return page
    if not delimiter:
        return _list_plainly(reader, home, form, page, start, stop, limit)
    key_at = len(CURRENT.subspace(home.uid).prefix)
    size = min(limit + 1, _FEW)
    room = limit
    while True:
        rows = reader.range(start, stop, limit=size)
        shown = form([value for _, value in rows])
        for (raw_key, _), entry in zip(rows, shown, strict=True):
            if entry is None:
                continue
            if not room:
                page.truncated = True
                return page
            room -= 1
            key = _text(raw_key, key_at)
            folded = common_prefix(key, prefix, delimiter)
            if folded is None:
                page.objects.append((key, entry))
                page.last = key
                continue
            page.prefixes.append(folded)
            page.last = folded
            start = CURRENT.starting_with(home.uid, folded)[1]
            break
        else:
            if len(rows) < size:
                return page
            start = after(rows[-1][0])


def _list_plainly(
    reader: Reader,
    home: Bucket,
    form: Form[T],
    page: Page[T],
    start: bytes,
    stop: bytes,
    limit: int,
) -> Page[T]:
    """Fill a page in which nothing is folded, a thousand keys at a time."""
    key_at = len(CURRENT.subspace(home.uid).prefix)
    size = min(limit, _PAGE) + 1
    while True:
        rows = reader.range(start, stop, limit=size)
        shown = form([value for _, value in rows])
        keys = _texts([key for key, _ in rows], key_at)
        objects = [
            (key, entry) for key, entry in zip(keys, shown, strict=True) if entry is not None
        ]
        room = limit - len(page.objects)
        page.objects += objects[:room]
        if page.objects:
            page.last = page.objects[-1][0]
        page.truncated = len(objects) > room
        if page.truncated or len(rows) < size:
            return page
        start = after(rows[-1][0])


def _texts(raw_keys: list[bytes], at: int) -> list[str]:
    """Return what `_text` does of each key, of nearly all pages in one step."""
    parts = [key[at + 1 : -1] for key in raw_keys]
    joined = b"\x00".join(parts)
    if joined.count(0) < len(parts):
        return joined.decode().split("\x00") if parts else []
    return [_text(key, at) for key in raw_keys]


def _text(raw_key: bytes, at: int) -> str:
    """Return the text that is a key's last part, the packed parts before it ending at `at`."""
    # Behind its type byte and before its closing zero; other zeros are escaped.
    raw = raw_key[at + 1 : -1]
    return (raw.replace(b"\x00\xff", b"\x00") if 0 in raw else raw).decode()


def _list_versions(
    reader: Reader,
    home: Bucket,
    prefix: str,
    delimiter: str,
    behind: tuple[str, str] | None,
    limit: int,
) -> VersionPage:
    page = VersionPage()
    if limit == 0:
        return page
    start = CURRENT.starting_with(home.uid, prefix)[0]
    if behind is not None and behind[0]:
        key, version_id = behind
        if version_id:
            current = reader.get(CURRENT.pack(home.uid, key))
            if not _add_key(reader, home, key, current, page, limit, version_id):
                return page
            start = max(start, CURRENT.range(home.uid, key)[1])
        else:
            start = max(start, seek_behind(CURRENT, home, key, delimiter, prefix))
    # Every key that has versions has a current one, so these name all keys.
    for key, data in walk(reader, CURRENT, home, start, prefix, delimiter):
        if data is not None:
            if not _add_key(reader, home, key, data, page, limit):
                return page
            continue
        if len(page) == limit:
            page.truncated = True
            return page
        page.prefixes.append(key)
        page.last = (key, "")
    return page


def walk(
    reader: Reader, space: Subspace, bucket: Bucket, start: bytes, prefix: str, delimiter: str
) -> Iterator[tuple[str, bytes | None]]:
    """Iterate over keys from `start` on with their records, and over what folds them.

    A common prefix comes once, with None, in place of the keys under it. The subspace has
    the bucket's uid and the key as its first parts.
    """
    stop = space.starting_with(bucket.uid, prefix)[1]
    size = _FEW if delimiter else _PAGE
    while True:
        rows = reader.range(start, stop, limit=size)
        for raw_key, data in rows:
            key = space.unpack(raw_key)[1]
            folded = common_prefix(key, prefix, delimiter)
            if folded is not None:
                yield folded, None
                start = space.starting_with(bucket.uid, folded)[1]
                break
            yield key, data
        else:
            if len(rows) < size:
                return
            start = after(rows[-1][0])


def _add_key(
    reader: Reader,
    home: Bucket,
    key: str,
    current: bytes | None,
    page: VersionPage,
    limit: int,
    behind_version: str = "",
) -> bool:
    """Add a key's versions (behind one of them); False when the page is full before their end.

    The version to go on behind may be gone by now. Its id tells its position; where it does
    not (the null version) the key is begun anew, so that nothing is passed over.
    """
    position = _position(reader, home, key, current, behind_version)
    for listed, is_current in _versions(reader, home, key, current):
        if listed.sort <= position:
            continue
        if len(page) == limit:
            page.truncated = True
            return False
        page.versions.append((key, listed, is_current))
        page.last = (key, listed.version_id)
    return True


def _position(
    reader: Reader, home: Bucket, key: str, current: bytes | None, version_id: str
) -> bytes:
    """Return the sort of a version, which may not be there any more; empty when not known."""
    if version_id != NULL_VERSION:
        try:
            return bytes.fromhex(version_id)
        except ValueError:
            return b""
    for listed, _ in _versions(reader, home, key, current):
        if listed.is_null:
            return listed.sort
    return b""


def _versions(
    reader: Reader, home: Bucket, key: str, current: bytes | None
) -> Iterator[tuple[Listed, bool]]:
    """Iterate over the versions of a key, newest first, and whether each is the current one."""
    if current is not None:
        yield decode_listing([current])[0], True
    if home.versioning == UNVERSIONED:
        return
    start, stop = OLDER.range(home.uid, key)
    while True:
        rows = reader.range(start, stop, limit=_PAGE)
        for listed in decode_listing([value for _, value in rows]):
            yield listed, False
        if len(rows) < _PAGE:
            return
        start = after(rows[-1][0])
