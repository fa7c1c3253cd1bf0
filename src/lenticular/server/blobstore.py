"""Where a cloud's blobs are, and that it is always the same place.

With another store under it, or none, a cloud would find its objects without their bytes; with
the store of another cloud each would sweep away what it takes for orphans. So a cloud has an
id that its place carries too, and remembers where that is.
"""

import asyncio
import logging
import stat
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import msgspec
from msgspec import Struct

from lenticular.engines.blobs.contract import BlobStoreUnavailable
from lenticular.engines.kv.contract import KeyValueStore, Transaction
from lenticular.engines.kv.keys import Subspace
from lenticular.server.configuration import Configuration
from lenticular.server.files import make_folder, replace_file

SETTINGS_NAME = "blob_store.toml"
"""How the store is reached: its settings and, in the table ``client``, those of the way to it."""

PLACE = Subspace("blob store").pack("place")
"""The key under which a cloud remembers where its blobs are."""

FOLDER_NAME = "folder"
"""The file that names a folder for blobs, in it."""

_ELSEWHERE = (
    "the blobs of this cloud are in the data folder of another machine: several machines need a "
    "blob_store, into which `lenticular migrate` moves them there"
)

_log = logging.getLogger("lenticular.blobs")


class BlobStoreError(RuntimeError):
    """The place of the blobs cannot be used; the message says why and what to do."""


class Place(Struct, array_like=True, frozen=True):
    """Where the blobs of this cloud are."""

    cloud: str
    """Names this cloud to its place."""
    url: str = ""
    """Empty as long as that is the data folder."""
    folder: str = ""
    """Names that folder, where other machines can have the keys too."""


class Remote(Protocol):
    """A store that many clouds can reach."""

    async def join(self, cloud: str, *, begin: bool) -> None:
        """Make sure that the place is this cloud's; claim it with `begin`."""


def read_settings(configuration: Configuration) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the store's settings, and the client's, of ``blob_store.toml``; empty without it.

    Raises as `read_settings_file`.
    """
    return read_settings_file(configuration.data / SETTINGS_NAME)


def read_settings_file(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the settings of a store, and of the way to it, in a file; empty without it.

    Raises `BlobStoreError` when it cannot be read or others than its owner can.
    """
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise BlobStoreError(f"{path} holds secrets and is open to others: chmod 600 {path}")
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}, {}
    except OSError as error:
        raise BlobStoreError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise BlobStoreError(f"{path} is not TOML: {error}") from None
    client = settings.pop("client", {})
    if not isinstance(client, dict):
        raise BlobStoreError(f"{path}: client is {client!r}, and must be a table: [client]")
    return settings, client


async def stay(store: KeyValueStore, folder: Path | None = None) -> None:
    """Make sure that the blobs of this cloud are in its data folder.

    With a `folder` that is to be this one, because other machines can have the keys too.
    """
    place = await place_of(store)
    if place.url:
        raise BlobStoreError(
            f"the blobs of this cloud are in {place.url}, not in its data folder: "
            f"set blob_store to that"
        )
    if folder is not None:
        own = await asyncio.to_thread(_name, folder)
        if own != await store.transact(partial(_settle_folder, own=own)):
            raise BlobStoreError(_ELSEWHERE)


async def join(store: KeyValueStore, remote: Remote, url: str, folder: Path) -> None:
    """Make sure that the blobs of this cloud are in `remote`, which is at `url`.

    A cloud without any blob in `folder` may begin there. Where it was found right before and
    cannot be reached now, the cloud starts all the same: it does what it can without blobs.
    Raises `BlobStoreUnavailable`, and what `remote` raises when it is not this cloud's.
    """
    place = await place_of(store)
    if not place.url and place.folder and place.folder != await asyncio.to_thread(_read, folder):
        raise BlobStoreError(_ELSEWHERE)
    if not place.url and _has_blobs(folder):
        raise BlobStoreError(
            f"blobs of this cloud are in {folder}, so they cannot be in {url}: "
            f"unset blob_store, and move them with `lenticular migrate`"
        )
    try:
        await remote.join(place.cloud, begin=not place.url)
    except BlobStoreUnavailable as error:
        if place.url != url:
            raise
        _log.warning("the store of blobs is not available: %s", error)
        return
    if place.url != url:
        await store.transact(placing(Place(place.cloud, url)))


def _settle_folder(tx: Transaction, own: str) -> str:
    """Return the name of the folder in which the blobs are: our own, if it is not known yet."""
    data = tx.get(PLACE)
    place = Place(uuid4().hex) if data is None else _decode(data)
    if not place.folder:
        place = Place(place.cloud, place.url, own)
        tx.set(PLACE, _encode(place))
    return place.folder


def _name(folder: Path) -> str:
    """Return the name of a folder for blobs, which is made when missing, and named when new."""
    if not _read(folder):
        make_folder(folder)
        replace_file(folder / FOLDER_NAME, uuid4().hex)
    return _read(folder)


def _read(folder: Path) -> str:
    """Return the name that stands in a folder; empty: none does."""
    path = folder / FOLDER_NAME
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _has_blobs(folder: Path) -> bool:
    return any(True for _ in folder.glob("[0-9a-f][0-9a-f]/*"))


async def place_of(store: KeyValueStore) -> Place:
    """Return where the blobs are, and name the cloud if it has no name yet."""

    def name(tx: Transaction) -> Place:
        data = tx.get(PLACE)
        if data is not None:
            return _decode(data)
        place = Place(uuid4().hex)
        tx.set(PLACE, _encode(place))
        return place

    data = await store.read(lambda reader: reader.get(PLACE))
    return await store.transact(name) if data is None else _decode(data)


def placing(place: Place) -> Callable[[Transaction], None]:
    """Return the transaction that lets a cloud remember where its blobs are."""
    return lambda tx: tx.set(PLACE, _encode(place))


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Place).decode
