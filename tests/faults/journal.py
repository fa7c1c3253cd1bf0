"""What a writer remembers of its own doings, to hold the cloud to it after a crash.

Before each operation the writer notes what it intends: a new token (or None: gone) for each
address it touches. After the answer it notes whether that was done or refused. What has
neither was under way when the server died: all of it may be there, or none of it.
"""

import json
from collections.abc import Mapping
from pathlib import Path

State = dict[str, str | None]
"""Token by address; None where there is nothing."""


class Journal:
    """The notes of one writer, in the file `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("a")
        self._count = 0

    def intend(self, changes: Mapping[str, str | None]) -> int:
        """Note what is about to be asked for; return the number of this intent."""
        self._count += 1
        self._write({"intend": self._count, "changes": changes})
        return self._count

    def done(self, intent: int) -> None:
        """Note that the server acknowledged."""
        self._write({"done": intent})

    def refused(self, intent: int) -> None:
        """Note that the server said no."""
        self._write({"refused": intent})

    def settle(self, state: State) -> None:
        """Note what was found after a crash: from now on it must stay so."""
        self._write({"settled": state})

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, note: Mapping[str, object]) -> None:
        self._file.write(json.dumps(note) + "\n")
        self._file.flush()


def read(path: Path) -> tuple[State, list[State], int]:
    """Return what must be there, the changes that may be, and how many were acknowledged."""
    state: State = {}
    pending: dict[int, State] = {}
    done = 0
    for line in path.read_text().splitlines():
        note = json.loads(line)
        if "intend" in note:
            pending[note["intend"]] = note["changes"]
        elif "done" in note:
            state |= pending.pop(note["done"])
            done += 1
        elif "refused" in note:
            del pending[note["refused"]]
        else:
            state = note["settled"]
            pending.clear()
    return state, list(pending.values()), done
