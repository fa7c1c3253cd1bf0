"""Runs `lenticular`, with checkpoints that come often: ``python started.py PAGES FAULT start ...``.

FAULT names what it does not sync, by which tests see that they would notice; empty: nothing.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

from lenticular.cli import main
from lenticular.engines.blobs import directories, incoming
from lenticular.engines.kv.sqlite import checkpoints, tables


def leave_out_database() -> None:
    """Let SQLite trust the system to write everything some time."""
    prepare = tables.Tables.__init__

    def trusting(self: tables.Tables, connection: object) -> None:
        prepare(self, connection)
        connection.pragma("synchronous", "off")

    tables.Tables.__init__ = trusting


def leave_out_blobs() -> None:
    """Sync no blob."""
    incoming.os = SimpleNamespace(**{**vars(incoming.os), "fsync": lambda descriptor: None})


def leave_out_folders() -> None:
    """Sync no folder of blobs."""

    def pass_by(directory: Path) -> None:
        pass

    directories.sync_directory = pass_by


FAULTS: dict[str, Callable[[], None]] = {
    "": lambda: None,
    "unsynced-database": leave_out_database,
    "unsynced-blobs": leave_out_blobs,
    "unsynced-folders": leave_out_folders,
}

if __name__ == "__main__":
    checkpoints.STEP = int(sys.argv.pop(1))
    FAULTS[sys.argv.pop(1)]()
    sys.exit(main())
