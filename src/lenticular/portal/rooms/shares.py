"""Shares: folders that people share as guest collections, and who may do what with them."""

import asyncio
from datetime import date
from typing import Any, Final

from lenticular.apis.http import Response
from lenticular.portal.clients import Refused
from lenticular.portal.files.desk import folder, is_id
from lenticular.portal.names import moment, read
from lenticular.portal.principals import identity_of, names_of, own_groups
from lenticular.portal.room import Room
from lenticular.portal.visit import Visit

Document = dict[str, Any]

KINDS: Final = (
    ("identity", "A person who can sign in here"),
    ("group", "A group"),
    ("email", "Whoever gets mail at an address, once they accept"),
    ("link", "Whoever has a link, which is mailed to an address"),
    ("all_authenticated_users", "Everybody who signs in"),
    ("anonymous", "Everybody, without signing in"),
)
"""For whom a rule can be, and how it is said."""

_SHORT: Final = {
    "email": "invited, has not accepted yet",
    "link": "link",
    "group": "group",
    "identity": "",
    "all_authenticated_users": "",
    "anonymous": "",
}
_MOST: Final = "100"
"""Shares of a list."""

PERMISSIONS: Final = (("r", "read"), ("rw", "read and write"))


async def show(visit: Visit) -> Response:
    """List what this person shares, and what is shared with them."""
    by_me, with_me = await asyncio.gather(
        visit.collections(filter_scope="shared-by-me", limit=_MOST),
        visit.collections(filter_scope="shared-with-me", limit=_MOST),
    )
    return visit.page("shares.html", by_me=by_me, with_me=with_me)


async def new(visit: Visit) -> Response:
    """Show the form with which a folder is shared; of a guest collection, its rules."""
    collection_id, path = visit.query.get("collection", ""), visit.query.get("path", "/")
    if not is_id(collection_id):
        raise Refused("NoSuchCollection", "There is no such collection.", 404)
    collection = await visit.transfer("GET", f"endpoint/{collection_id}")
    if collection["acl_available"]:
        return visit.go(f"/shares/{collection_id}", path=path)
    return _form(visit, collection, read(path))


def _form(
    visit: Visit, collection: Document, path: str, error: str = "", status: int = 200
) -> Response:
    name = visit.field("name") or path.strip("/").rpartition("/")[2]
    return visit.page(
        "share_new.html",
        status,
        collection=collection,
        path=path,
        name=name or collection["display_name"],
        description=visit.field("description"),
        error=error,
    )


async def create(visit: Visit) -> Response:
    """Share a folder: make a guest collection of it."""
    host_id, path = visit.field("collection"), folder(read(visit.field("path")))
    document = {
        "DATA_TYPE": "shared_endpoint",
        "host_endpoint": host_id,
        "host_path": path,
        "display_name": visit.field("name"),
        "description": visit.field("description") or None,
        "public": bool(visit.field("public")),
    }
    try:
        made = await visit.transfer("POST", "shared_endpoint", json=document)
    except Refused as refusal:
        if refusal.status != 400 or not is_id(host_id):
            raise
        host = await visit.transfer("GET", f"endpoint/{host_id}")
        return _form(visit, host, path, refusal.message, 400)
    return visit.go(f"/shares/{made['id']}", "created")


async def one(visit: Visit) -> Response:
    """Show who may do what with a share."""
    return await _one(visit)


async def _one(visit: Visit, error: str = "", status: int = 200) -> Response:
    share_id = _id(visit)
    share = await visit.transfer("GET", f"endpoint/{share_id}")
    rules: list[Document] = []
    if share["acl_editable"]:
        rules = (await visit.transfer("GET", f"endpoint/{share_id}/access_list"))["DATA"]
    names = await names_of(visit, rules)
    return visit.page(
        "share.html",
        status,
        share=share,
        rules=[_described(rule, names) for rule in rules],
        kinds=KINDS,
        permissions=PERMISSIONS,
        groups=await own_groups(visit) if share["acl_editable"] else [],
        path=read(visit.field("path") or visit.query.get("path", "")) or "/",
        values=visit.field,
        error=error,
    )


def _described(rule: Document, names: dict[str, str]) -> Document:
    everybody = {
        "all_authenticated_users": "Everybody who signs in",
        "anonymous": "Everybody",
    }
    principal = rule["principal"] or ""
    kind = rule["principal_type"]
    return {
        "id": rule["id"],
        "who": everybody.get(kind) or names.get(principal) or principal,
        "kind": _SHORT[kind],
        "role": (rule["role_type"] or "").replace("_", " "),
        "path": rule["path"],
        "permissions": rule["permissions"],
        "is_fixed": kind in ("anonymous", "link"),
        "expires": moment(rule["expiration_date"]),
    }


async def add_rule(visit: Visit) -> Response:
    """Give somebody access to a folder of a share."""
    share_id, kind = _id(visit), visit.field("kind")
    try:
        document = {
            "DATA_TYPE": "access",
            "principal_type": kind,
            "principal": await _principal(visit, kind),
            "path": folder(read(visit.field("path"))) or "/",
            "permissions": visit.field("permissions"),
            "notify_message": visit.text("message").strip() or None,
            "notify_email": visit.field("notify_email") or None if kind == "identity" else None,
            "expiration_date": _end_of(visit.field("expires")),
        }
        await visit.transfer("POST", f"endpoint/{share_id}/access", json=document)
    except Refused as refusal:
        if refusal.is_denial or refusal.status >= 500:
            raise
        return await _one(visit, refusal.message, refusal.status)
    return visit.go(f"/shares/{share_id}", "invited" if kind in ("email", "link") else "given")


async def _principal(visit: Visit, kind: str) -> str:
    if kind == "identity":
        return await identity_of(visit, visit.field("username"))
    if kind == "group":
        return visit.field("group")
    return visit.field("address") if kind in ("email", "link") else ""


def _end_of(day: str) -> str | None:
    """Return the last moment of a day; None: none was given. Raises `Refused`."""
    if not day:
        return None
    try:
        return f"{date.fromisoformat(day).isoformat()}T23:59:59+00:00"
    except ValueError:
        raise Refused("BadDate", f"{day[:50]!r} is no day: write 2030-12-31.", 400) from None


async def change_rule(visit: Visit) -> Response:
    """Change what a rule lets do."""
    share_id, rule_id = _id(visit), _rule_id(visit)
    document = {"DATA_TYPE": "access", "permissions": visit.field("permissions")}
    await visit.transfer("PUT", f"endpoint/{share_id}/access/{rule_id}", json=document)
    return visit.go(f"/shares/{share_id}", "changed")


async def withdraw_rule(visit: Visit) -> Response:
    """Take a rule away."""
    share_id, rule_id = _id(visit), _rule_id(visit)
    await visit.transfer("DELETE", f"endpoint/{share_id}/access/{rule_id}")
    return visit.go(f"/shares/{share_id}", "withdrawn")


async def delete(visit: Visit) -> Response:
    """Share a folder no more."""
    await visit.transfer("DELETE", f"endpoint/{_id(visit)}")
    return visit.go("/shares", "deleted")


def _id(visit: Visit) -> str:
    share_id = visit.arguments["share_id"]
    if not is_id(share_id):
        raise Refused("NoSuchShare", "There is no such share.", 404)
    return share_id


def _rule_id(visit: Visit) -> str:
    rule_id = visit.arguments["rule_id"]
    if not is_id(rule_id):
        raise Refused("NoSuchRule", "There is no such rule.", 404)
    return rule_id


ROOM = Room(
    "/shares",
    "Shares",
    "Data",
    {
        "GET /shares": show,
        "POST /shares": create,
        "GET /shares/new": new,
        "GET /shares/{share_id}": one,
        "POST /shares/{share_id}/rules": add_rule,
        "POST /shares/{share_id}/rules/{rule_id}/change": change_rule,
        "POST /shares/{share_id}/rules/{rule_id}/withdraw": withdraw_rule,
        "POST /shares/{share_id}/delete": delete,
    },
    done={
        "created": "The folder is shared. Nobody but you is let in yet: say whom it is for.",
        "given": "They have access from now on.",
        "invited": "They are written to. They have access once they open the link.",
        "changed": "It holds from now on.",
        "withdrawn": "They no longer have it. Downloads under way end within seconds.",
        "deleted": "The folder is shared no more. Its files are where they were.",
    },
)
