"""Preferences: whether managers may add an identity to their groups without asking."""

from msgspec import Struct

from lenticular.apis.globus.groups.operations.calls import ALL, VIEW, identity_ids
from lenticular.apis.globus.wire.service import Call, operation
from lenticular.primitives.groups import Groups


class Preferences(Struct, frozen=True):
    """Of one identity; null: as it is by default."""

    allow_add: bool | None = None


class PreferenceOperations:
    """The operations on the caller's own preferences."""

    def __init__(self, groups: Groups) -> None:
        self._groups = groups

    @operation("GET", "/v2/preferences", scopes=(VIEW, ALL))
    async def get_identity_preferences(self, call: Call) -> dict[str, Preferences]:
        """Return the preferences of each of the caller's identities."""
        return _document(await self._groups.addable(identity_ids(call)))

    @operation(
        "PUT", "/v2/preferences", scopes=(ALL,), document=dict[str, Preferences | bool | None]
    )
    async def set_identity_preferences(self, call: Call) -> dict[str, Preferences]:
        """Set the preferences of some of the caller's identities, or of all of them at once."""
        wanted: dict[str, Preferences | bool | None] = call.document
        ids = identity_ids(call)
        if set(wanted) == {"allow_add"}:
            wanted = dict.fromkeys(ids, wanted["allow_add"])
        chosen = {one: _allows(preferences) for one, preferences in wanted.items()}
        return _document(await self._groups.allow_adding(ids, chosen))


def _allows(preferences: Preferences | bool | None) -> bool:
    allow = preferences.allow_add if isinstance(preferences, Preferences) else preferences
    return allow is not False


def _document(addable: dict[str, bool]) -> dict[str, Preferences]:
    return {one: Preferences(allow) for one, allow in addable.items()}
