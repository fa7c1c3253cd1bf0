"""The master key of a data folder, under which everything secret in it is sealed."""

import os
import stat
from pathlib import Path

from lenticular.primitives.vault import KEY_SIZE

MASTER_KEY_NAME = "master.key"


class MasterKeyError(RuntimeError):
    """The master key is missing or not usable; the message says what to do."""


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
                f"{path} is missing, and the secrets in {data} cannot be opened without it: "
                f"put it back from your backup"
            ) from None
        return _new_master_key(path)
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


def _new_master_key(path: Path) -> bytes:
    key = os.urandom(KEY_SIZE)
    # Whole or not at all, and on disk before anything is sealed with it.
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return key
