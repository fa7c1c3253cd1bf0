"""Holdings: how many bytes a table and its indexes hold, kept as a level of the meters."""

from lenticular.engines.kv.contract import Transaction
from lenticular.primitives.meters import Holder, levels
from lenticular.primitives.tables.records import Table

SERVICE = "tables"
"""The service's name in the meters."""

PROJECT_TAG = "project"
"""The tag of a table that says for which project it is."""


def holder(table: Table) -> Holder:
    """Return what a table is to the meters."""
    return Holder(table.account_id, SERVICE, table.uid, table.tags.get(PROJECT_TAG, ""))


def grow(tx: Transaction, table: Table, size: int) -> None:
    """Note that a table and its indexes hold so many bytes more (below zero: less)."""
    if size:
        levels.change(tx, holder(table), size)
