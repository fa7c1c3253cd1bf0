"""What is right below a prefix of a store, page by page."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any, Final

import obstore
from obstore.store import ObjectStore

from lenticular.engines.connectors.contract import Entry
from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.paths import child
from lenticular.engines.connectors.stores.s3 import S3Bucket
from lenticular.engines.connectors.threads import run

PAGE: Final = 1000
_LAST = chr(0x10FFFF)
"""Comes after whatever a name begins with."""

Page = list[Entry | Fault]


def entry_of(path: str, meta: Mapping[str, Any]) -> Entry:
    """Return the entry of an object, of which obstore tells."""
    return Entry(
        path.rpartition("/")[2],
        "file",
        meta["size"],
        meta["last_modified"].timestamp(),
        version=meta.get("e_tag") or "",
    )


async def by_pages(api: S3Bucket, below: str, path: str) -> AsyncIterator[Page]:
    """List a folder as S3 does it. Raises botocore's errors."""
    pages: Iterator[dict[str, Any]] = await run(api.pages, below)
    while (found := await run(lambda: next(pages, None))) is not None:
        folders = [each["Prefix"][len(below) : -1] for each in found.get("CommonPrefixes", ())]
        page: Page = [_named(path, name, lambda name: Entry(name, "dir")) for name in folders]
        for each in found.get("Contents", ()):
            if each["Key"] != below:  # what some programs put there to have an empty folder
                page.append(_named(path, each["Key"][len(below) :], _file(each)))
        yield page


async def by_keys(store: ObjectStore, below: str, path: str) -> AsyncIterator[Page]:
    """List a folder by going through all keys below it, past those in folders of it.

    Memory stays bounded, as obstore's own listing of a folder does not. Raises its errors.
    """
    offset: str | None = None
    folder = ""
    while offset != "":
        last = ""
        async for metas in obstore.list(store, below, offset=offset, chunk_size=PAGE):
            page: Page = []
            for meta in metas:
                name, _, more = meta["path"][len(below) :].partition("/")
                if not more:
                    page.append(entry_of(name, meta))
                elif name != folder:
                    page.append(Entry(name, "dir"))
                last = name if more else ""
                folder = last or folder
            yield page
            if last and len(metas) == PAGE:
                break  # on with what comes after this folder
        else:
            last = ""
        offset = f"{below}{last}/{_LAST}" if last else ""


def _file(found: dict[str, Any]) -> Callable[[str], Entry]:
    return lambda name: Entry(
        name,
        "file",
        found["Size"],
        found["LastModified"].timestamp(),
        version=found.get("ETag", ""),
    )


def _named(path: str, name: str, entry: Callable[[str], Entry]) -> Entry | Fault:
    """Return an entry, or the fault of a name that no path can have."""
    if name in {"", ".", ".."} or any(ord(sign) < 0x20 or sign == "\x7f" for sign in name):
        return Fault("INVALID_PATH", f"{child(path, name)!r}: no path can have this name")
    return entry(name)
