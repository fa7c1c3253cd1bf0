"""A data folder into which a backup is being restored is marked, and is no cloud until then."""

from pathlib import Path

import msgspec
from msgspec import Struct

from lenticular.server.files import remove_file, replace_file

MARK_NAME = "restoring.json"
"""The file in the data folder that says that a restoration has not finished."""


class RestorationUnfinished(RuntimeError):
    """A restoration into the data folder was cut short; the message says what to do."""


class Mark(Struct, frozen=True):
    """What is being restored."""

    repository: str
    """Its id."""
    snapshot: str


def mark_of(data: Path) -> Mark | None:
    """Return what is being restored into a folder, if anything is."""
    try:
        return msgspec.json.decode((data / MARK_NAME).read_bytes(), type=Mark)
    except FileNotFoundError:
        return None


def mark(data: Path, what: Mark) -> None:
    """Note, durably, what is being restored into a folder."""
    replace_file(data / MARK_NAME, msgspec.json.encode(what).decode())


def unmark(data: Path) -> None:
    """Note, durably, that the restoration has finished."""
    remove_file(data / MARK_NAME)


def refuse_unfinished(data: Path) -> None:
    """Raise `RestorationUnfinished` unless a folder is that of a cloud, or of one to be made."""
    found = mark_of(data)
    if found is not None:
        raise RestorationUnfinished(
            f"a backup is being restored into {data} and is not all there: let `lenticular "
            f"restore` of snapshot {found.snapshot} finish, or remove the folder"
        )
