"""Where the tables primitive keeps what: the subspaces of the key-value store.

Items and the entries of indexes do not follow as packed tuples but in the shorter form
that `lenticular.primitives.tables.keys` makes.
"""

from collections.abc import Sequence

from lenticular.engines.kv.keys import Subspace, pack

LAST_UID = Subspace("tables").pack("last uid")  # -> packed uid
NAME = Subspace("tables", "name")  # (account id, region, name) -> Table
ITEM = Subspace("tables", "item")  # (table uid) + key of the item -> Stored
ENTRY = Subspace("tables", "entry")  # (table uid, number) + key in the index -> Stored
EXPIRY = Subspace("tables", "expiry")  # (table uid, number) + time + key of the item -> nothing
EXPIRING = Subspace("tables", "expiring")  # (table uid) -> packed table name
STATISTICS = Subspace("tables", "statistics")  # (table uid, number; 0: the items) -> Statistics
FILLING = Subspace("tables", "filling")  # (table uid, number) -> packed table name and cursor
GARBAGE = Subspace("tables", "garbage")  # (table uid[, number]) -> nothing: all of it is to go
TOKEN = Subspace("tables", "token")  # (account id, region, token) -> digest, when
TOKEN_TIME = Subspace(
    "tables", "token time"
)  # (milliseconds, account id, region, token) -> nothing


def filling_record(name: Sequence[str], cursor: bytes = b"") -> bytes:
    """Return what `FILLING` keeps: the name of the table and the next key to read (empty: all)."""
    return pack(*name, cursor)
