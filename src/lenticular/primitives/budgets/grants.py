"""Grants: how far each process may let requests spend of a budget, and what all have spent.

A stop holds though several processes admit requests, and none asks the store for each: a
process is granted a part of what is left, durably, and lets requests spend that. What was
granted to a process that has died without giving it back counts as spent: it may have been.

The tally of a budget is what all processes together have brought to the meters' lines since
it was begun, written in the same transactions. Whoever has measured the lines once learns
from the tally what the others have added since.
"""

from collections.abc import Collection
from typing import Final, NamedTuple

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.engines.kv.keys import Subspace, pack, unpack
from lenticular.primitives.budgets.periods import Period
from lenticular.primitives.budgets.records import BUDGET, Budget

CHANGED: Final = b"budgets"
"""The topic that is signalled when a budget, or an action of one, changes."""

WANTED: Final = b"budget wanted"
"""The topic that is signalled when what is granted and not needed is to be given back."""

FREED: Final = b"budget freed"
"""The topic that is signalled when it was."""

_AHEAD: Final = 200
"""Of a cap, one part in so many is granted ahead: what a killed process may count too much."""

_TALLY = Subspace("budgets", "tally")  # (account id, budget's name) -> Tally
_GRANT = Subspace("budgets", "grant")  # (account id, budget's name, member id) -> Grant
_CLAIM = Subspace("budgets", "claim")  # (account id, budget's name) -> of earlier releases


class Tally(NamedTuple):
    """What was brought to the lines in one period. Amounts are in shares of the budget,
    and may be longer than 64 bits."""

    start: int
    """That of the period."""
    spent: int = 0
    admitted: int = 0
    """The part of `spent` that admitted requests made."""
    lost: int = 0
    """What processes that have died may have spent without a trace."""


class Grant(NamedTuple):
    """What one process may let admitted requests spend in one period, all in all."""

    start: int
    granted: int = 0
    used: int = 0
    """The part of it that is brought to the lines."""


class Level(NamedTuple):
    """Up to where a process needs to be granted something."""

    used: int
    """What requests that it has admitted spent, or may spend."""
    brought: int
    """The part of it that is brought to the lines."""
    cap: int
    other: int
    """What is spent otherwise: by reading, by storage."""
    admitted: int
    """What admitted requests spent before the tally was begun."""


class Answer(NamedTuple):
    """What a process is granted."""

    granted: int
    tally: Tally
    elsewhere: int
    """What other processes are granted, and may not need."""


def tally(reader: Reader, budget: Budget, period: Period) -> Tally:
    """Return the tally of a budget in a period."""
    data = reader.get(_TALLY.pack(budget.account_id, budget.name))
    found = Tally(period.start) if data is None else Tally(*unpack(data))
    return found if found.start == period.start else Tally(period.start)


def settled(reader: Reader, budget: Budget, period: Period, living: Collection[bytes]) -> Tally:
    """Return the tally as it is once what the dead have left is counted as spent."""
    found = tally(reader, budget, period)
    grants = _grants(reader, budget, period)
    dead = sum(grant.granted - grant.used for member, grant in grants if member not in living)
    return found._replace(lost=found.lost + dead)


def claimed(reader: Reader, budget: Budget, period: Period) -> tuple[int, int] | None:
    """Return what a process of an earlier release noted: how far it might go, and what is lost."""
    data = reader.get(_CLAIM.pack(budget.account_id, budget.name))
    if data is None:
        return None
    start, amount, before = unpack(data)
    return (amount, before) if start == period.start else None


def bring(
    tx: Transaction, budget: Budget, period: Period, member: bytes, spent: int, admitted: int
) -> Tally:
    """Add to the tally what a process brings to the lines; return what it was before."""
    found = tally(tx, budget, period)
    if tx.get(BUDGET.pack(budget.account_id, budget.name)) is None:
        return found
    added = found._replace(spent=found.spent + spent, admitted=found.admitted + admitted)
    tx.set(_TALLY.pack(budget.account_id, budget.name), pack(*added))
    key = _GRANT.pack(budget.account_id, budget.name, member)
    grant = _grant(tx, key, period)
    if grant.granted:
        tx.set(key, pack(*grant._replace(used=grant.used + admitted)))
    return found


def ask(
    tx: Transaction,
    budget: Budget,
    period: Period,
    member: bytes,
    living: Collection[bytes],
    level: Level,
) -> Answer:
    """Grant a process what it needs, and a little more, as far as there is anything left."""
    found = tally(tx, budget, period)
    key = _GRANT.pack(budget.account_id, budget.name, member)
    grant = _grant(tx, key, period)
    if tx.get(BUDGET.pack(budget.account_id, budget.name)) is None:
        return Answer(max(level.used, grant.granted), found, 0)  # nothing to be kept to
    grant = grant._replace(used=max(grant.used, level.brought))
    admitted = level.admitted + found.admitted
    found = _bury(tx, budget, period, living, admitted)
    elsewhere = sum(
        each.granted - each.used for owner, each in _grants(tx, budget, period) if owner != member
    )
    left = (
        level.cap - level.other - admitted - found.lost - elsewhere - (grant.granted - grant.used)
    )
    needed = max(level.used - grant.granted, 0)
    ahead = min(level.cap // _AHEAD, max(left - needed, 0) // len(living))
    granted = grant.granted + min(needed + ahead, max(left, 0))
    tx.set(key, pack(*grant._replace(granted=granted)))
    if granted < level.used and elsewhere:
        tx.signal(WANTED)
    return Answer(granted, found, elsewhere)


def give_back(tx: Transaction, budget: Budget, period: Period, member: bytes, granted: int) -> None:
    """Lower what a process is granted, to what it has used or is using."""
    key = _GRANT.pack(budget.account_id, budget.name, member)
    grant = _grant(tx, key, period)
    if granted < grant.granted:
        tx.set(key, pack(*grant._replace(granted=max(granted, grant.used))))
        tx.signal(FREED)


def end(tx: Transaction, budget: Budget, member: bytes) -> None:
    """Give everything back: the process ends, and all that it spent is in the lines."""
    tx.delete(_GRANT.pack(budget.account_id, budget.name, member))
    tx.signal(FREED)


def forget(tx: Transaction, account_id: str, name: str) -> None:
    """Forget the tally and the grants of a budget."""
    tx.delete(_TALLY.pack(account_id, name))
    tx.delete(_CLAIM.pack(account_id, name))
    tx.delete_range(*_GRANT.range(account_id, name))


def _bury(
    tx: Transaction, budget: Budget, period: Period, living: Collection[bytes], admitted: int
) -> Tally:
    """Note for good what is lost with the dead, and return the tally then."""
    found, buried = tally(tx, budget, period), settled(tx, budget, period, living)
    claim = claimed(tx, budget, period)
    if claim is not None:
        buried = buried._replace(lost=buried.lost + max(claim[1], claim[0] - admitted))
    for member, _ in _grants(tx, budget, None):
        if member not in living:
            tx.delete(_GRANT.pack(budget.account_id, budget.name, member))
    tx.delete(_CLAIM.pack(budget.account_id, budget.name))
    if buried != found:
        tx.set(_TALLY.pack(budget.account_id, budget.name), pack(*buried))
    return buried


def _grants(reader: Reader, budget: Budget, period: Period | None) -> list[tuple[bytes, Grant]]:
    """Return the grants of a period, or of any, by member."""
    rows = reader.range(*_GRANT.range(budget.account_id, budget.name))
    grants = [(_GRANT.unpack(key)[2], Grant(*unpack(data))) for key, data in rows]
    return [each for each in grants if period is None or each[1].start == period.start]


def _grant(reader: Reader, key: bytes, period: Period) -> Grant:
    data = reader.get(key)
    grant = Grant(period.start) if data is None else Grant(*unpack(data))
    return grant if grant.start == period.start else Grant(period.start)
