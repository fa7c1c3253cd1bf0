"""Puts results together out of JSON that is there already: an item is stored as it is sent."""

from typing import Any

import orjson

Members = list[tuple[bytes, bytes]]
"""Names of members of a result, and their JSON."""


def document(members: Members) -> bytes:
    """Return the JSON of a result."""
    return b"{%b}" % b",".join([b'"%b":%b' % member for member in members])


def encode(value: Any) -> bytes:
    """Return the JSON of anything."""
    return orjson.dumps(value)
