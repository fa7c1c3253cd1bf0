"""The rooms of the portal, in the order in which they are listed; a new one is entered here."""

from lenticular.portal.room import Room
from lenticular.portal.rooms import (
    audit,
    budgets,
    consents,
    explain,
    groups,
    identities,
    keys,
    overview,
    people,
    policies,
    roles,
    sessions,
)

ROOMS: tuple[Room, ...] = (
    overview.ROOM,
    keys.ROOM,
    identities.ROOM,
    consents.ROOM,
    sessions.ROOM,
    people.ROOM,
    groups.ROOM,
    roles.ROOM,
    policies.ROOM,
    explain.ROOM,
    audit.ROOM,
    budgets.ROOM,
)
