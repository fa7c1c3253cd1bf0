"""Many writes that are made all or none, and many reads of one state.

A token stands for one transaction for `limits.TOKEN_LIFE` seconds: the same writes sent
again under it are not made again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.primitives.tables import keys, spaces
from lenticular.primitives.tables.errors import (
    KeyInvalid,
    KeysRepeated,
    TablesError,
    TokenReused,
    TransactionCancelled,
)
from lenticular.primitives.tables.limits import TOKEN_LIFE
from lenticular.primitives.tables.records import Stored, Table, TableName, find_table
from lenticular.primitives.tables.values import Item
from lenticular.primitives.tables.writes import (
    Guard,
    Outcome,
    Prepared,
    Write,
    decide,
    prepare,
    store,
)


@dataclass(slots=True)
class Token:
    """What makes a transaction happen once."""

    account_id: str
    region: str
    text: str
    digest: bytes
    """Of all that was asked: the same token with another digest is refused."""


@dataclass(kw_only=True, slots=True)
class Get:
    """Read the item under this key."""

    table: TableName
    key: Item
    """Canonical."""
    guard: Guard | None = None


Got = tuple[Table, Stored | None]
"""The table, and the item if there is one."""


def write_all(
    transaction: Transaction, writes: Sequence[Write], token: Token | None, now: float
) -> list[Outcome] | None:
    """Make all writes, or none; None: they were made before, under the same token.

    Raises `TransactionCancelled` with what stops each write, `TableNotFound`,
    `KeysRepeated` or `TokenReused`.
    """
    if token and not _take_token(transaction, token, now):
        return None
    prepared = _prepare_all(transaction, writes)
    if len({each.key for each in prepared}) < len(prepared):
        raise KeysRepeated("two writes of the transaction are about one item")
    decisions = []
    reasons: list[TablesError | None] = []
    for each in prepared:
        try:
            decisions.append(decide(transaction, each))
            reasons.append(None)
        except TablesError as error:
            reasons.append(error)
    if any(reasons):
        raise TransactionCancelled(reasons)
    return [store(transaction, *pair) for pair in zip(prepared, decisions, strict=True)]


def write_batch(transaction: Transaction, writes: Sequence[Write]) -> list[Outcome]:
    """Make all writes of a batch. Raises `KeysRepeated`, and what one write raises."""
    prepared = [prepare(transaction, write) for write in writes]
    if len({each.key for each in prepared}) < len(prepared):
        raise KeysRepeated("two writes of the batch are about one item")
    return [store(transaction, each, decide(transaction, each)) for each in prepared]


def read(reader: Reader, get: Get) -> Got:
    """Read one item. Raises `TableNotFound` or `KeyInvalid`."""
    return _fetch(reader, *_locate(reader, get))


def read_all(reader: Reader, gets: Sequence[Get]) -> list[Got]:
    """Read many items of one state.

    Raises `TransactionCancelled`, `TableNotFound` or `KeysRepeated`.
    """
    located: list[tuple[Table, bytes]] = []
    for get in gets:
        try:
            located.append(_locate(reader, get))
        except KeyInvalid as error:
            raise _cancelled(len(located), error, len(gets)) from error
    return _fetch_all(reader, located)


def read_batch(reader: Reader, gets: Sequence[Get]) -> list[Got]:
    """Read many items. Raises `KeysRepeated`, `TableNotFound` or `KeyInvalid`."""
    return _fetch_all(reader, [_locate(reader, get) for get in gets])


def forget_tokens(transaction: Transaction, now: float, limit: int) -> int:
    """Remove up to `limit` tokens that have had their time; return how many."""
    stop = spaces.TOKEN_TIME.pack(_milliseconds(now - TOKEN_LIFE))
    pairs = transaction.range(spaces.TOKEN_TIME.prefix, stop, limit=limit)
    for key, _ in pairs:
        transaction.delete(key)
        transaction.delete(spaces.TOKEN.pack(*spaces.TOKEN_TIME.unpack(key)[1:]))
    return len(pairs)


def _locate(reader: Reader, get: Get) -> tuple[Table, bytes]:
    table = find_table(reader, get.table)
    if get.guard:
        get.guard(table)
    return table, keys.of_key(table, get.key)


def _fetch(reader: Reader, table: Table, key: bytes) -> Got:
    raw = reader.get(key)
    return table, None if raw is None else Stored(raw)


def _fetch_all(reader: Reader, located: Sequence[tuple[Table, bytes]]) -> list[Got]:
    if len({key for _, key in located}) < len(located):
        raise KeysRepeated("two reads are about one item")
    return [_fetch(reader, *each) for each in located]


def _prepare_all(reader: Reader, writes: Sequence[Write]) -> list[Prepared]:
    prepared: list[Prepared] = []
    for write in writes:
        try:
            prepared.append(prepare(reader, write))
        except KeyInvalid as error:
            raise _cancelled(len(prepared), error, len(writes)) from error
    return prepared


def _cancelled(at: int, error: TablesError, total: int) -> TransactionCancelled:
    return TransactionCancelled([error if number == at else None for number in range(total)])


def _take_token(transaction: Transaction, token: Token, now: float) -> bool:
    """Note that the token is used; False: it stands for these writes already."""
    name = (token.account_id, token.region, token.text)
    key = spaces.TOKEN.pack(*name)
    raw = transaction.get(key)
    if raw is not None:
        when = int.from_bytes(raw[:8], "big")
        if when > _milliseconds(now - TOKEN_LIFE):
            if raw[8:] != token.digest:
                raise TokenReused("the token stands for other writes")
            return False
        transaction.delete(spaces.TOKEN_TIME.pack(when, *name))
    when = _milliseconds(now)
    transaction.set(key, when.to_bytes(8, "big") + token.digest)
    transaction.set(spaces.TOKEN_TIME.pack(when, *name), b"")
    return True


def _milliseconds(seconds: float) -> int:
    return max(0, int(seconds * 1000))
