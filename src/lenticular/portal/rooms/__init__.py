"""The rooms of the portal, in the order in which they are listed; a new one is entered here."""

from lenticular.portal.room import Room
from lenticular.portal.rooms import (
    audit,
    budgets,
    collections,
    consents,
    datasets,
    explain,
    files,
    groups,
    identities,
    keys,
    overview,
    people,
    policies,
    roles,
    search,
    sessions,
    shares,
    tasks,
)

ROOMS: tuple[Room, ...] = (
    overview.ROOM,
    keys.ROOM,
    identities.ROOM,
    consents.ROOM,
    sessions.ROOM,
    files.ROOM,
    tasks.ROOM,
    collections.ROOM,
    shares.ROOM,
    datasets.ROOM,
    search.ROOM,
    people.ROOM,
    groups.ROOM,
    roles.ROOM,
    policies.ROOM,
    explain.ROOM,
    audit.ROOM,
    budgets.ROOM,
)
