"""What an inventory is to be: its setting in the bucket that it lists, and when it is due."""

import msgspec
from msgspec import Struct

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.engines.kv.keys import Subspace
from lenticular.primitives.objects.records import encode
from lenticular.primitives.objects.settings import Kind

_RUN = Subspace("objects", "inventory")  # (bucket name, id) -> Run

CSV = "CSV"
PARQUET = "Parquet"

DAILY = "Daily"
WEEKLY = "Weekly"

_DAY = 24 * 3600
_SUNDAY = 4
"""Days from the beginning of the epoch's week, a Sunday, to its own first day."""


class Inventory(Struct, array_like=True, frozen=True):
    """What an inventory lists, and where it goes."""

    enabled: bool
    bucket: str
    """That it is written into."""
    prefix: str = ""
    """Of its files; without a slash at the end."""
    form: str = CSV
    """`CSV` or `PARQUET`."""
    schedule: str = DAILY
    """`DAILY` or `WEEKLY` (on Sundays)."""
    all_versions: bool = False
    fields: tuple[str, ...] = ()
    """The optional ones, as `columns.OPTIONAL` names them."""
    only: str | None = None
    """What keys begin with that are listed; None: nothing was said."""
    account_id: str = ""
    """That is to own `bucket`; empty: any account may."""
    method: str = ""
    """How the files are sealed; empty: as their bucket has it."""
    key: str = ""
    """With which key of the `keys` primitive, if so."""

    def turn(self, now: float) -> int:
        """Return a number that grows when the next inventory is due."""
        day = int(now) // _DAY
        return day if self.schedule == DAILY else (day + _SUNDAY) // 7


INVENTORIES = Kind("inventories", Inventory)


class Run(Struct, array_like=True, frozen=True):
    """How far an inventory is. A record lies there for each, so that no bucket is searched."""

    uid: bytes
    """The bucket's: a new bucket of an old name has none of its inventories."""
    done: int = -1
    """The turn of the inventory that was finished last."""
    turn: int = -1
    """Of the one that is being written, and again under the same names after a crash."""
    began: int = 0
    """When that began, in seconds since the epoch; 0: none is being written."""


_decode = msgspec.msgpack.Decoder(Run).decode


def runs(reader: Reader) -> list[tuple[str, str, Run]]:
    """Return all inventories: their buckets' names, their ids, and how far they are."""
    rows = reader.range(*_RUN.range())
    return [(*_RUN.unpack(key), _decode(data)) for key, data in rows]


def find_run(reader: Reader, bucket: str, inventory_id: str) -> Run | None:
    """Return how far an inventory is; None: there is none."""
    data = reader.get(_RUN.pack(bucket, inventory_id))
    return None if data is None else _decode(data)


def save_run(tx: Transaction, bucket: str, inventory_id: str, run: Run) -> None:
    """Note how far an inventory is."""
    tx.set(_RUN.pack(bucket, inventory_id), encode(run))


def forget_run(tx: Transaction, bucket: str, inventory_id: str) -> None:
    """Leave an inventory out from now on."""
    tx.delete(_RUN.pack(bucket, inventory_id))
