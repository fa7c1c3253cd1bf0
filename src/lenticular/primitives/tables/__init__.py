"""Tables: items of named values under a partition key and perhaps a sort key, with indexes.

What DynamoDB calls tables, Azure Tables, Datastore kinds and Bigtable tables are all kept
here, once. Items are in the notation of `lenticular.primitives.tables.values`; conditions,
filters and changes come as functions on items that the APIs compile of their languages.
"""

from lenticular.primitives.tables.catalog import NewIndex, NewTable
from lenticular.primitives.tables.queries import Page, Selection, SortCondition
from lenticular.primitives.tables.records import (
    ALL,
    INCLUDE,
    KEYS_ONLY,
    Index,
    KeyAttribute,
    Statistics,
    Stored,
    Table,
    TableName,
    json_array,
)
from lenticular.primitives.tables.tables import Tables
from lenticular.primitives.tables.transactions import Get, Got, Token
from lenticular.primitives.tables.values import Item, Value
from lenticular.primitives.tables.writes import (
    Change,
    Check,
    Condition,
    Delete,
    Guard,
    Outcome,
    Put,
    Update,
    Write,
)

__all__ = [
    "ALL",
    "INCLUDE",
    "KEYS_ONLY",
    "Change",
    "Check",
    "Condition",
    "Delete",
    "Get",
    "Got",
    "Guard",
    "Index",
    "Item",
    "KeyAttribute",
    "NewIndex",
    "NewTable",
    "Outcome",
    "Page",
    "Put",
    "Selection",
    "SortCondition",
    "Statistics",
    "Stored",
    "Table",
    "TableName",
    "Tables",
    "Token",
    "Update",
    "Value",
    "Write",
    "json_array",
]
