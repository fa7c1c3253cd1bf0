"""What a writer remembers of its own doings, to hold the cloud to it after a crash.

Before each operation the writer notes what it intends: a new token (or None: gone) for each
address it touches. After the answer it notes whether that was done or refused. What has
neither was under way when the server died: all of it may be there, or none of it.

A journal is kept in memory, and written down besides, as evidence.
"""

import json
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

State = dict[str, str | None]
"""Token by address; None where there is nothing."""

_EVIDENCE = 4000
"""Notes that are looked through for those of one address."""


class Intent(NamedTuple):
    """What was asked for."""

    changes: State
    until: float | None = None
    """Seconds since the epoch from when on the cloud may remove it by itself; None: never."""


class Journal:
    """The notes of one writer, which stand in the file `path` too."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self.state: State = {}
        """What must be there, by what was acknowledged and by what was found after a crash."""
        self.until: dict[str, float] = {}
        """From when on what is at an address may be gone."""
        self.pending: dict[int, Intent] = {}
        self.acknowledged = 0
        self._count = 0
        self._file = path.open("a")
        self._latest: deque[str] = deque(maxlen=_EVIDENCE)

    def intend(self, changes: Mapping[str, str | None], until: float | None = None) -> int:
        """Note what is about to be asked for; return the number of this intent."""
        self._count += 1
        self._write({"intend": self._count, "changes": changes, "until": until})
        self.pending[self._count] = Intent(dict(changes), until)
        return self._count

    def done(self, number: int) -> None:
        """Note that the server acknowledged."""
        self._write({"done": number})
        self.accept(self.pending.pop(number))
        self.acknowledged += 1

    def refused(self, number: int) -> None:
        """Note that the server said no."""
        self._write({"refused": number})
        del self.pending[number]

    def accept(self, intent: Intent) -> None:
        """From now on it must be so as was intended."""
        for address, token in intent.changes.items():
            self.state[address] = token
            self.until.pop(address, None)
            if intent.until is not None:
                self.until[address] = intent.until

    def settle(self, found: State) -> None:
        """Note what was found after a crash: from now on it must stay so."""
        self._write({"settled": found})
        self.state |= found
        self.until = {
            address: until for address, until in self.until.items() if self.state[address]
        }
        self.pending.clear()

    def evidence(self, address: str) -> str:
        """Return the latest notes that name an address."""
        return "\n".join([note for note in self._latest if f'"{address}"' in note][-12:])

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, note: Mapping[str, object]) -> None:
        line = json.dumps(note)
        self._latest.append(line)
        self._file.write(line + "\n")
