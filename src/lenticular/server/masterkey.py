"""The master key of a cloud, under which everything secret in it is sealed.

It lies in the data folder, on each machine of a cloud that has several, and never in the
store. What the store has is a fingerprint, by which another key is refused before anything
is sealed with it, or found not to open.
"""

import hmac
import os
import stat
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.engines.kv.keys import Subspace
from lenticular.primitives.vault import KEY_SIZE, Vault
from lenticular.server.files import sync_folder

MASTER_KEY_NAME = "master.key"

_FINGERPRINT = Subspace("master key").pack("fingerprint")
_EVERYTHING = (b"", b"\xff")


class MasterKeyError(RuntimeError):
    """The master key is missing or not usable; the message says what to do."""


async def settle(store: KeyValueStore, data: Path) -> bytes:
    """Return the master key of the cloud in `store`; that of a new cloud is made in `data`.

    Raises `MasterKeyError` when there is none, or not that of this cloud.
    """

    def look(reader: Reader) -> tuple[bytes | None, bool]:
        return reader.get(_FINGERPRINT), not reader.range(*_EVERYTHING, limit=1)

    known, is_new = await store.read(look)
    key = master_key_of(data, is_new=is_new)
    own = fingerprint(key).encode()
    if known is None:
        sync_folder(data)  # whoever made the key may have been killed before that

    def note(tx: Transaction) -> bytes:
        noted = tx.get(_FINGERPRINT)
        if noted is None:
            tx.set(_FINGERPRINT, own)
        return noted or own

    wanted = await store.transact(note) if known is None else known
    if not hmac.compare_digest(wanted, own):
        raise MasterKeyError(
            f"{data / MASTER_KEY_NAME} has the fingerprint {own.decode()}, and the key of this "
            f"cloud {wanted.decode()}: copy master.key from another machine of the cloud, or put "
            f"it back from your backup"
        )
    return key


def fingerprint(key: bytes) -> str:
    """Return what tells a master key from another and reveals nothing of it."""
    return Vault(key).derive("fingerprint of the master key")[:8].hex()


def master_key_of(data: Path, *, is_new: bool) -> bytes:
    """Return the master key of a data folder, made when the folder `is_new`.

    Raises `MasterKeyError`.
    """
    path = data / MASTER_KEY_NAME
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        if not is_new:
            raise MasterKeyError(
                f"{path} is missing, and the secrets of this cloud cannot be opened without it: "
                f"put it back from your backup, or copy it from another machine of the cloud"
            ) from None
        _make_master_key(path)
        key = path.read_bytes()
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise MasterKeyError(
            f"{path} opens every secret of the cloud, and others may read it (mode {mode:o}): "
            f"chmod 600 {path}"
        )
    if len(key) != KEY_SIZE:
        raise MasterKeyError(
            f"{path} has {len(key)} bytes instead of {KEY_SIZE}: put it back from your backup"
        )
    return key


def _make_master_key(path: Path) -> None:
    """Make a key that is there whole or not at all, and on disk before anything is sealed with it.

    Another process may be doing the same: then the key is that of the first.
    """
    partial = path.with_suffix(f".{uuid4().hex}")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(os.urandom(KEY_SIZE))
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        path.hardlink_to(partial)
    partial.unlink()
    sync_folder(path.parent)
