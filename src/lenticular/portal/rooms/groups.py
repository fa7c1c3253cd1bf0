"""Groups, for administrators: what several people may do, said once."""

from lenticular.apis.http import Response
from lenticular.portal.attachments import DONE, Attachments
from lenticular.portal.clients import Refused
from lenticular.portal.room import Probe, Room
from lenticular.portal.visit import Visit

_POLICIES = Attachments("group", "/groups")


async def show(visit: Visit) -> Response:
    """List the groups."""
    return await _list(visit)


async def _list(visit: Visit, error: str = "", status: int = 200) -> Response:
    return visit.page(
        "groups.html",
        status,
        groups=await visit.list_all("list_groups", "Groups"),
        name=visit.field("name"),
        error=error,
    )


async def create(visit: Visit) -> Response:
    """Make a group."""
    name = visit.field("name")
    try:
        await visit.aws("iam", "create_group", GroupName=name)
    except Refused as refusal:
        if refusal.is_denial:
            raise
        return await _list(visit, refusal.message, refusal.status)
    return visit.go(f"/groups/{name}", "created")


async def one(visit: Visit) -> Response:
    """Show a group."""
    name = visit.arguments["name"]
    members = await visit.list_all("get_group", "Users", GroupName=name)
    names = [user["UserName"] for user in members]
    people = await visit.list_all("list_users", "Users")
    return visit.page(
        "group.html",
        name=name,
        members=names,
        others=[(user["UserName"],) * 2 for user in people if user["UserName"] not in names],
        policies=await _POLICIES.of(visit, name),
    )


async def add(visit: Visit) -> Response:
    """Put somebody in."""
    return await _member(visit, "add_user_to_group", "added")


async def remove(visit: Visit) -> Response:
    """Take somebody out."""
    return await _member(visit, "remove_user_from_group", "removed")


async def _member(visit: Visit, operation: str, done: str) -> Response:
    name = visit.arguments["name"]
    await visit.aws("iam", operation, GroupName=name, UserName=visit.field("user"))
    return visit.go(f"/groups/{name}", done)


async def delete(visit: Visit) -> Response:
    """Delete a group that has nothing left."""
    await visit.aws("iam", "delete_group", GroupName=visit.arguments["name"])
    return visit.go("/groups", "deleted")


ROOM = Room(
    "/groups",
    "Groups",
    "The lab",
    {
        "GET /groups": show,
        "POST /groups": create,
        "GET /groups/{name}": one,
        "POST /groups/{name}/add": add,
        "POST /groups/{name}/remove": remove,
        "POST /groups/{name}/delete": delete,
        **_POLICIES.doors,
    },
    probe=Probe("iam", "list_groups", {"MaxItems": 1}),
    done=DONE
    | {
        "created": "The group is there. Say what its members may do, and put them in.",
        "added": "They are in the group now.",
        "removed": "They are no longer in the group.",
        "deleted": "The group is deleted.",
    },
)
