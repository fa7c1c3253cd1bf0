"""What the operations read of a call: who asks, about which group, with which scopes."""

import uuid

from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.globus.wire.service import Call
from lenticular.primitives.groups import GroupNotFound

_SCOPE = "urn:globus:auth:scope:groups.api.globus.org:"
ALL = f"{_SCOPE}all"
VIEW = f"{_SCOPE}view_my_groups_and_memberships"


def identity_ids(call: Call) -> tuple[str, ...]:
    """Return the ids of all identities of whoever calls, the acting one first."""
    return call.caller.own_ids


def group_id(call: Call) -> str:
    """Return the group that a path names. Raises `GroupNotFound`."""
    return parsed_id(call.arguments["group_id"])


def parsed_id(value: str) -> str:
    """Return the id of a group in its usual form. Raises `GroupNotFound`."""
    try:
        return str(uuid.UUID(value))
    except ValueError:
        raise GroupNotFound(value[:100]) from None


def listed(call: Call, name: str, allowed: frozenset[str]) -> tuple[str, ...]:
    """Return the values of a query parameter: separated by commas, or given several times.

    Raises `GlobusError` (400) for one that is not `allowed`.
    """
    given = [value for key, value in call.request.query if key == name]
    values = [one.strip() for value in given for one in value.split(",") if one.strip()]
    for value in values:
        if value not in allowed:
            raise GlobusError(
                400, f"{name} has {', '.join(sorted(allowed))}, and not {value[:100]!r}"
            )
    return tuple(values)
