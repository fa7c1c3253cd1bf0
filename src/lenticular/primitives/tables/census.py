"""The census of tables: what each holds, counted item by item and entry by entry."""

from collections.abc import Iterator

from lenticular.engines.kv.contract import Reader
from lenticular.engines.kv.keys import after
from lenticular.primitives.meters import Held
from lenticular.primitives.tables import keys, spaces
from lenticular.primitives.tables.holdings import holder
from lenticular.primitives.tables.records import Stored, Table, decode_table

_PAGE = 1000


def census(reader: Reader) -> Iterator[Held]:
    """Count what every table holds: its items, and the entries of its indexes."""
    for key, data in reader.range(*spaces.NAME.range()):
        table = decode_table(data)

        def still(view: Reader, key: bytes = key, uid: int = table.uid) -> bool:
            now = view.get(key)
            return now is not None and decode_table(now).uid == uid

        yield Held(holder(table), _held(reader, table), still)


def _held(reader: Reader, table: Table) -> int:
    prefixes = (table.items, *(kept.prefix for kept in table.maintained))
    return sum(_size(reader, *keys.all_of(prefix)) for prefix in prefixes)


def _size(reader: Reader, start: bytes, stop: bytes) -> int:
    total = 0
    while rows := reader.range(start, stop, limit=_PAGE):
        total += sum(Stored(raw).size for _, raw in rows)
        start = after(rows[-1][0])
    return total
