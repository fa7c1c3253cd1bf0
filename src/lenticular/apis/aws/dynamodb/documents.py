"""Puts results together out of JSON that is there already: an item is stored as it is sent."""

from collections.abc import Iterable
from typing import Any

import orjson

from lenticular.primitives.tables import Stored

Members = list[tuple[bytes, bytes]]
"""Names of members of a result, and their JSON."""


def document(members: Members) -> bytes:
    """Return the JSON of a result."""
    return b"{%b}" % b",".join([b'"%b":%b' % member for member in members])


def array(rows: Iterable[Stored]) -> bytes:
    """Return the JSON array of items."""
    return b"[%b]" % b",".join([row.json for row in rows])


def encode(value: Any) -> bytes:
    """Return the JSON of anything."""
    return orjson.dumps(value)
