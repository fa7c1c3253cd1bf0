"""What a migration is to do and how far it is: a folder in the data folder, until it is done.

While it is there the cloud does not start. The settings with which both ends are reached lie
in it too, as they were when the migration began.
"""

import shutil
import stat
import time
from pathlib import Path
from typing import Literal, Self
from uuid import uuid4

import msgspec
from msgspec import Struct

from lenticular.server import blobstore, keyvaluestore
from lenticular.server.configuration import Configuration
from lenticular.server.files import replace_file

FOLDER_NAME = "migration"
_FILE_NAME = "journal.json"

End = Literal["source", "target"]

SETTINGS_NAMES = (keyvaluestore.SETTINGS_NAME, blobstore.SETTINGS_NAME)
"""The files in the data folder that tell how stores are reached."""


class MigrationError(RuntimeError):
    """A migration cannot begin or go on; the message says why and what to do."""


class Places(Struct, frozen=True):
    """Where a cloud's keys and blobs are, each as the setting of this name has it."""

    store: str
    blob_store: str

    def told(self) -> dict[str, str]:
        """Return them for people to read."""
        store = keyvaluestore.shown(self.store) if self.store else "sqlite"
        return {"store": store, "blob_store": self.blob_store or "disk"}


class Count(Struct, frozen=True):
    """How much there is of something."""

    items: int = 0
    size: int = 0
    """Bytes."""

    def plus(self, items: int, size: int) -> Self:
        """Return the count with so much more."""
        return type(self)(self.items + items, self.size + size)


class Journal(Struct, kw_only=True):
    """One migration. What has changed is durable when it is saved."""

    cloud: str
    source: Places
    target: Places
    moves_keys: bool
    moves_blobs: bool
    remove_source: bool = False
    settings: str = ""
    """The folder with how the target is reached, if that is not the data folder."""
    id: str = msgspec.field(default_factory=lambda: uuid4().hex)
    began: float = msgspec.field(default_factory=time.time)
    """Seconds since the epoch."""
    stage: str = ""
    """The one that has begun; empty: none."""
    cursor: str = ""
    """The last blob, or the last key (hexadecimal), with which the stage is done."""
    done: Count = Count()
    """With how much the stage is done."""
    keys: Count = Count()
    """How many keys there are to move."""
    blobs: Count = Count()
    """How many blobs there are to move."""
    digest: str = ""
    """SHA-256 of all keys and values, once both sides were read and are the same."""

    def enter(self, stage: str) -> None:
        """Begin a stage, or go on with it."""
        if self.stage != stage:
            self.stage, self.cursor, self.done = stage, "", Count()

    def save(self, data: Path) -> None:
        """Make it durable in the data folder. Blocks; raises OSError."""
        text = msgspec.json.format(msgspec.json.encode(self)).decode()
        replace_file(_path(data), text + "\n")


def load(data: Path) -> Journal | None:
    """Return the journal of the migration that is under way, or None. Raises MigrationError."""
    try:
        return msgspec.json.decode(_path(data).read_bytes(), type=Journal)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        raise MigrationError(
            f"{_path(data)} cannot be read ({error}): use the release that wrote it"
        ) from None


def keep_settings(data: Path, journal: Journal) -> None:
    """Keep the settings with which both ends are reached, as they are now.

    Raises OSError, and `MigrationError` for a file that others can read.
    """
    own = Path(journal.settings) if journal.settings else data
    if not own.is_dir():
        return  # those that were kept before will do
    for end, folders in (("source", (data,)), ("target", (own, data))):
        folder = data / FOLDER_NAME / end
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)
        for name in SETTINGS_NAMES:
            found = next((each / name for each in folders if (each / name).exists()), None)
            if found is not None:
                _refuse_open(found)
                shutil.copy2(found, folder / name)


def _refuse_open(file: Path) -> None:
    # Here, where it still has the name that its owner knows it by.
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise MigrationError(f"{file} holds secrets and is open to others: chmod 600 {file}")


def end(data: Path) -> None:
    """Forget the migration. Raises OSError."""
    _path(data).unlink(missing_ok=True)
    shutil.rmtree(data / FOLDER_NAME, ignore_errors=True)


def check_none(data: Path) -> None:
    """Raise `MigrationError` while a migration is under way."""
    if (journal := load(data)) is not None:
        told = journal.target.told()
        raise MigrationError(
            f"this cloud is being moved to {told['store']} and {told['blob_store']}: go on with "
            f"`lenticular migrate`, or give it up with `lenticular migrate --abandon`"
        )


def store_at(configuration: Configuration, journal: Journal, end: End) -> Configuration:
    """Return the configuration with which the keys of one end are reached."""
    store = getattr(journal, end).store
    data = configuration.data / FOLDER_NAME / end if store else configuration.data
    return msgspec.structs.replace(configuration, store=store, data=data)


def blobs_at(configuration: Configuration, journal: Journal, end: End) -> Configuration:
    """Return the configuration with which the blobs of one end are reached."""
    blob_store = getattr(journal, end).blob_store
    data = configuration.data / FOLDER_NAME / end if blob_store else configuration.data
    return msgspec.structs.replace(configuration, blob_store=blob_store, data=data)


def settings_of_target(data: Path) -> Path:
    """Return the folder with the settings of the target."""
    return data / FOLDER_NAME / "target"


def _path(data: Path) -> Path:
    return data / FOLDER_NAME / _FILE_NAME
