"""Small files of the data folder that are replaced whole, and durably. Everything here blocks."""

import os
from contextlib import suppress
from pathlib import Path


def replace_file(path: Path, text: str | bytes) -> None:
    """Let the file at `path` hold `text`, for its owner only: after a crash too, or as before.

    Raises OSError.
    """
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with os.fdopen(os.open(partial, flags, 0o600), "wb") as file:
        file.write(text.encode() if isinstance(text, str) else text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    sync_folder(path.parent)


def remove_file(path: Path) -> None:
    """Remove the file at `path`, durably; that there is none is as good. Raises OSError."""
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Make `folder`, for its owner only, with those above it that are missing, all durably.

    One that is there is made durable too, as long as the one above may be read: whoever made it
    may have been killed right then. Raises OSError.
    """
    missing = [each for each in folder.absolute().parents if not each.exists()]
    for each in reversed(missing):
        each.mkdir(exist_ok=True)
        sync_folder(each.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    with suppress(PermissionError):
        sync_folder(folder.absolute().parent)


def sync_folder(folder: Path) -> None:
    """Make durable which names are in `folder`. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
