"""What the operations read of a call: who asks, of which index, with which scopes."""

import uuid

from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.globus.wire.service import Call
from lenticular.primitives.search import IndexNotFound, Viewer

_SCOPE = "urn:globus:auth:scope:search.api.globus.org:"
ALL = f"{_SCOPE}all"
SEARCH = f"{_SCOPE}search"
INGEST = f"{_SCOPE}ingest"


def viewer(call: Call) -> Viewer:
    """Return who calls."""
    caller = call.caller
    if caller.is_anonymous:
        return Viewer()
    return Viewer(caller.own_ids, caller.group_ids)


def index_id(call: Call) -> str:
    """Return the index that a path names. Raises `IndexNotFound`."""
    given = call.arguments["index_id"]
    try:
        return str(uuid.UUID(given))
    except ValueError:
        raise IndexNotFound(given[:100]) from None


def parameter(call: Call, name: str) -> str:
    """Return a parameter of the query that must be there. Raises `GlobusError` (400)."""
    value = call.query.get(name)
    if not value:
        raise GlobusError(400, f"The parameter {name} is missing")
    return value


def entry_id(call: Call) -> str | None:
    """Return which entry of a subject is meant: by default the one whose id is null."""
    given = call.query.get("entry_id")
    return None if given in (None, "", "null") else given
