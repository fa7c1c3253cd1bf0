"""What a client remembers of its doings, each with the request whose answer made it certain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

State = dict[str, str]
"""Token by address. Where nothing is, there is no address."""

Changes = Mapping[str, str | None]
"""New token by address; None: it is removed."""


@dataclass(slots=True)
class Note:
    """Something that was asked for."""

    changes: Changes
    request: str | None = None
    """The request whose answer told how it ended; None: no answer came."""
    done: bool = True
    """Whether it was done then. Otherwise it was refused, or had not happened."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What one client could count on when a number of answers had been sent."""

    kept: State
    """What must be there."""
    under_way: Changes
    """What may be there as well: all of it or nothing."""
    acknowledged: int

    def holds(self, found: Mapping[str, str]) -> bool:
        """Tell whether what was found is right."""
        return found in (self.kept, changed(self.kept, self.under_way))


def promise(notes: Sequence[Note], sent: Mapping[str, int], answers: int) -> Promise:
    """Return what the first `answers` answers promised; `sent` numbers them by request.

    A client asks for the next thing when it has the answer to the last.
    """
    state: State = {}
    for count, note in enumerate(notes):
        if note.request is None or sent.get(note.request, answers) >= answers:
            return Promise(state, note.changes, count)
        if note.done:
            state = changed(state, note.changes)
    return Promise(state, {}, len(notes))


def changed(state: State, changes: Changes) -> State:
    """Return `state` after `changes`."""
    merged: dict[str, str | None] = {**state, **changes}
    return {address: token for address, token in merged.items() if token is not None}


def owner(address: str) -> str:
    """Return the name of the client whose an address is."""
    return address.partition("/")[0]
