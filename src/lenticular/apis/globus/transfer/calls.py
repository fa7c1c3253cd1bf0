"""What the operations of Transfer read of a call: who asks, about what, with which scope."""

import uuid
from typing import Final

from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.globus.wire.service import Call
from lenticular.primitives.collections import CollectionNotFound, Person
from lenticular.primitives.oauth.builtin import TRANSFER_ALL

ALL: Final = TRANSFER_ALL


def person(call: Call) -> Person:
    """Return whoever calls, with all their identities and groups."""
    return Person(call.caller.own_ids, call.caller.group_ids)


def collection_id(call: Call) -> str:
    """Return the collection that a path names. Raises `CollectionNotFound`."""
    return parsed_id(call.arguments["endpoint_id"])


def parsed_id(given: str) -> str:
    """Return the id of a collection in its usual form. Raises `CollectionNotFound`."""
    try:
        return str(uuid.UUID(given))
    except ValueError:
        raise CollectionNotFound(given) from None


def number(call: Call, name: str, default: int, most: int, *, least: int = 0) -> int:
    """Return a whole number of the query. Raises `GlobusError` (400) for what is none.

    One above `most` counts as `most`.
    """
    given = call.query.get(name, "")
    if not given:
        return default
    try:
        value = int(given)
    except ValueError:
        value = least - 1
    if value < least:
        raise GlobusError(400, f"{name} is a number of at least {least}, and not {given[:100]!r}")
    return min(value, most)


def flag(call: Call, name: str, default: bool = False) -> bool:
    """Return a truth value of the query: ``1``, ``true`` and ``0``, ``false``, in any case."""
    given = call.query.get(name, "").lower()
    if not given:
        return default
    if given not in ("0", "1", "false", "true"):
        raise GlobusError(400, f"{name} is true or false, and not {given[:100]!r}")
    return given in ("1", "true")
