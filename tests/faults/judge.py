"""The judge: holds what is found in the cloud after a crash to the journal of a writer."""

import time
from collections.abc import Mapping
from typing import NamedTuple

from .journal import Intent, Journal, State

LOST, TORN, RESURRECTED = "lost", "torn", "resurrected"


class Torn(str):
    """What is found where a value is not as it was written; its text says how."""

    __slots__ = ()


class Fault(NamedTuple):
    """Something that must not be."""

    kind: str
    """`LOST`: an acknowledged write is not there. `TORN`: half of something is there, or it
    does not agree with what else tells of it. `RESURRECTED`: a deleted value is there."""
    address: str
    evidence: str


class Verdict(NamedTuple):
    """How a journal and the cloud agree."""

    faults: list[Fault]
    under_way: int
    """Operations that were under way when the server died."""
    there: int
    """Those of them that are there."""


def judge(journal: Journal, found: Mapping[str, str], now: float | None = None) -> Verdict:
    """Compare a journal with all that is `found` at the addresses of its writer; settle it.

    What was under way is there as a whole or not at all, and from now on it stays so.
    """
    moment = time.time() if now is None else now
    expected: State = {**journal.state}
    for address, until in journal.until.items():
        if until <= moment and found.get(address) is None:
            expected[address] = None  # the cloud has removed it, as it was told to
    faults: list[Fault] = []
    there = 0
    for intent in journal.pending.values():
        seen, kind = _outcome(intent, expected, found, moment)
        there += seen == intent.changes
        if kind:
            text = f"under way: {intent.changes}\nfound: {seen}"
            faults.append(Fault(kind, next(iter(seen)), text))
        elif seen == intent.changes:
            journal.accept(intent)
        expected |= seen
    for address in sorted(expected.keys() | found.keys()):
        kind = _kind(expected.get(address), found.get(address))
        if kind:
            text = f"expected: {expected.get(address)}\nfound: {found.get(address)}"
            faults.append(Fault(kind, address, f"{text}\n{journal.evidence(address)}"))
    under_way = len(journal.pending)
    journal.settle({address: found.get(address) for address in expected | dict(found)})
    return Verdict(faults, under_way, there)


def _outcome(
    intent: Intent, expected: State, found: Mapping[str, str], now: float
) -> tuple[State, str]:
    """Return what is at the addresses of an intent, and what is wrong with that, if anything."""
    seen: State = {address: found.get(address) for address in intent.changes}
    before: State = {address: expected.get(address) for address in intent.changes}
    if seen in (intent.changes, before):
        return seen, ""
    if intent.until is not None and intent.until <= now and not any(seen.values()):
        return seen, ""  # it was there, and has gone again
    for address, token in seen.items():
        if token not in (before[address], intent.changes[address]):
            return seen, _kind(before[address], token)
    return seen, TORN  # each address for itself could be so, but not all together


def _kind(expected: str | None, found: str | None) -> str:
    if expected == found:
        return ""
    if isinstance(found, Torn):
        return TORN
    # An older value in the place of a newer one: the newer one is lost.
    return LOST if expected is not None else RESURRECTED
