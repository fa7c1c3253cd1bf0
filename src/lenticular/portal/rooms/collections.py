"""Collections: found, described, changed; roles on them; a machine of one's own set up as one."""

import asyncio
from collections.abc import Awaitable
from typing import Any, Final

from lenticular.apis.http import Response
from lenticular.portal.clients import Refused
from lenticular.portal.files.desk import is_id
from lenticular.portal.principals import identity_of, names_of, own_groups
from lenticular.portal.room import Room
from lenticular.portal.visit import Visit

Document = dict[str, Any]

_PAGE: Final = 50

_SCOPES: Final = (
    ("all", "All that you may see"),
    ("my-endpoints", "Yours"),
    ("shared-with-me", "Shared with you"),
    ("recently-used", "Used lately"),
    ("administered-by-me", "That you manage"),
)
"""Where is looked (Transfer API, ``filter_scope``), and how it is said."""

ROLES: Final = (
    ("access_manager", "Access manager: gives others access"),
    ("activity_monitor", "Activity monitor: sees all tasks"),
    ("activity_manager", "Activity manager: sees, pauses and ends all tasks"),
    ("administrator", "Administrator: may do all this, and give roles"),
)
"""What can be given, and how it is said (Transfer API, "Roles")."""


async def show(visit: Visit) -> Response:
    """List a page of the collections that fit."""
    scope = visit.query.get("scope", "all")
    words = visit.query.get("words", "").strip()
    offset = visit.start()
    query = {"filter_scope": scope, "limit": str(_PAGE), "offset": str(offset)}
    if words:
        query["filter_fulltext"] = words
    found = await visit.transfer("GET", "endpoint_search", params=query)
    return visit.page(
        "collections.html",
        collections=found["DATA"],
        scopes=_SCOPES,
        scope=scope,
        words=words,
        earlier=max(offset - _PAGE, 0) if offset else None,
        later=offset + _PAGE if found["has_next_page"] else None,
    )


async def new(visit: Visit) -> Response:
    """Show the form for a machine."""
    return visit.page("machine_new.html", values=visit.form, error="")


async def create(visit: Visit) -> Response:
    """Make a collection for a machine, and show the key with which the machine is set up."""
    name = visit.field("name")
    document = {
        "DATA_TYPE": "endpoint",
        "display_name": name,
        "description": visit.field("description") or None,
        "is_globus_connect": True,
        "public": bool(visit.field("public")),
    }
    made = await visit.transfer("POST", "endpoint", json=document)
    key = made["globus_connect_setup_key"]
    return visit.page(
        "machine_made.html",
        name=name,
        collection_id=made["id"],
        needs_trust=bool(visit.site.bundle),
        setup=f"lenticular connect setup {key} --folder ~/data:rw",
    )


async def one(visit: Visit) -> Response:
    """Show a collection."""
    collection = await _get(visit)
    path, is_guest = f"endpoint/{collection['id']}", collection["host_endpoint_id"] is not None
    manages = "administrator" in collection["my_effective_roles"]
    roles, shares = await asyncio.gather(
        _listed(visit.transfer("GET", f"{path}/role_list")),
        _listed(visit.transfer("GET", f"{path}/my_shared_endpoint_list"))
        if collection["shareable"] and not is_guest
        else _nothing(),
    )
    return visit.page(
        "collection.html",
        collection=collection,
        is_guest=is_guest,
        manages=manages,
        roles=roles,
        shares=shares,
        names=await names_of(visit, roles),
        role_names=ROLES,
        groups=await own_groups(visit) if manages else [],
    )


async def change(visit: Visit) -> Response:
    """Change what is said of a collection."""
    collection_id = _id(visit)
    document = {
        "DATA_TYPE": "endpoint",
        "display_name": visit.field("display_name"),
        "description": visit.text("description").strip() or None,
        "keywords": visit.field("keywords") or None,
        "contact_email": visit.field("contact_email") or None,
        "public": bool(visit.field("public")),
    }
    await visit.transfer("PUT", f"endpoint/{collection_id}", json=document)
    return visit.go(f"/collections/{collection_id}", "changed")


async def delete(visit: Visit) -> Response:
    """Delete a collection; its files stay."""
    await visit.transfer("DELETE", f"endpoint/{_id(visit)}")
    return visit.go("/collections", "deleted")


async def give_role(visit: Visit) -> Response:
    """Give a role to a person or a group."""
    collection_id, group = _id(visit), visit.field("group")
    principal = group or await identity_of(visit, visit.field("username"))
    document = {
        "DATA_TYPE": "role",
        "principal_type": "group" if group else "identity",
        "principal": principal,
        "role": visit.field("role"),
    }
    await visit.transfer("POST", f"endpoint/{collection_id}/role", json=document)
    return visit.go(f"/collections/{collection_id}", "given")


async def take_role(visit: Visit) -> Response:
    """Take a role away."""
    collection_id, role_id = _id(visit), visit.arguments["role_id"]
    if not is_id(role_id):
        raise Refused("NoSuchRole", "There is no such role.", 404)
    await visit.transfer("DELETE", f"endpoint/{collection_id}/role/{role_id}")
    return visit.go(f"/collections/{collection_id}", "taken")


async def _get(visit: Visit) -> Document:
    found: Document = await visit.transfer("GET", f"endpoint/{_id(visit)}")
    return found


def _id(visit: Visit) -> str:
    collection_id = visit.arguments["collection_id"]
    if not is_id(collection_id):
        raise Refused("NoSuchCollection", "There is no such collection.", 404)
    return collection_id


async def _listed(asked: Awaitable[Document]) -> list[Document]:
    """Return a list that was asked for; nothing of one that this person may not see."""
    try:
        found: list[Document] = (await asked)["DATA"]
    except Refused:
        return []
    return found


async def _nothing() -> list[Document]:
    return []


ROOM = Room(
    "/collections",
    "Collections",
    "Data",
    {
        "GET /collections": show,
        "GET /collections/new": new,
        "POST /collections/new": create,
        "GET /collections/{collection_id}": one,
        "POST /collections/{collection_id}/change": change,
        "POST /collections/{collection_id}/delete": delete,
        "POST /collections/{collection_id}/roles": give_role,
        "POST /collections/{collection_id}/roles/{role_id}/take": take_role,
    },
    done={
        "changed": "It says so now.",
        "deleted": "The collection is deleted. Its files are where they were.",
        "given": "They have the role now.",
        "taken": "They no longer have the role.",
    },
)
