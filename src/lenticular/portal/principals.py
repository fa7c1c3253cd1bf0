"""Whom access and roles are for: people and groups, by the names that people know them by."""

from collections.abc import Iterable
from typing import Any

from lenticular.portal.clients import Refused
from lenticular.portal.visit import Visit

Document = dict[str, Any]

_MOST_IDS = 200


async def identity_of(visit: Visit, name: str) -> str:
    """Return the id of the identity with a username; the domain may be left out if it is one's own.

    Raises `Refused`.
    """
    username = name if "@" in name else f"{name}@{visit.person.username.rpartition('@')[2]}"
    asked = {"usernames": username}
    found = await visit.auth("GET", "/v2/api/identities", params=asked) if name else None
    if not found or not found["identities"]:
        raise Refused(
            "NoSuchPerson",
            f"Nobody here is called {username}. Ask them what Overview shows them as their "
            f"sign-in name, or invite them by mail."
            if name
            else "Say who: their sign-in name.",
            404,
        )
    identity_id: str = found["identities"][0]["id"]
    return identity_id


async def names_of(visit: Visit, documents: Iterable[Document]) -> dict[str, str]:
    """Return how the principals of rules or roles are called, by id.

    What one may not know is left out.
    """
    people, groups = set(), False
    for one in documents:
        if one["principal_type"] == "identity":
            people.add(one["principal"])
        groups = groups or one["principal_type"] == "group"
    names: dict[str, str] = {}
    ids = sorted(people)
    for start in range(0, len(ids), _MOST_IDS):
        asked = {"ids": ",".join(ids[start : start + _MOST_IDS])}
        found = await visit.auth("GET", "/v2/api/identities", params=asked)
        names |= {one["id"]: _called(one) for one in found["identities"]}
    if groups:
        names |= dict(await own_groups(visit))
    return names


async def own_groups(visit: Visit) -> list[tuple[str, str]]:
    """Return the ids and names of the groups that this person is in."""
    groups = await visit.groups("GET", "groups/my_groups")
    return sorted(((one["id"], one["name"]) for one in groups), key=lambda one: one[1].lower())


def _called(identity: Document) -> str:
    name, username = identity["name"], identity["username"]
    is_told = name in ("", None, username, username.partition("@")[0])
    return str(username) if is_told else f"{name} ({username})"
