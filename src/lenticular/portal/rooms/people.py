"""People, for administrators: who is here, what each may do, letting somebody leave."""

import json

from lenticular.apis.http import Response
from lenticular.portal.attachments import DONE, Attachments
from lenticular.portal.clients import Refused
from lenticular.portal.room import Probe, Room
from lenticular.portal.rooms import invitations
from lenticular.portal.visit import Visit

_POLICIES = Attachments("user", "/people")

_DEACTIVATED = "deactivated"
"""Name of the inline policy that refuses everything."""

_NOTHING_AT_ALL = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}],
    }
)


async def show(visit: Visit) -> Response:
    """List the people of the account."""
    people = await visit.list_all("list_users", "Users")
    people.sort(key=lambda user: str(user["UserName"]).lower())
    return visit.page("people.html", people=people)


async def one(visit: Visit) -> Response:
    """Show one of them."""
    name = visit.arguments["name"]
    user = (await visit.aws("iam", "get_user", UserName=name))["User"]
    groups = await visit.list_all("list_groups_for_user", "Groups", UserName=name)
    known = await visit.list_all("list_groups", "Groups")
    member_of = [group["GroupName"] for group in groups]
    policies = await _POLICIES.of(visit, name)
    return visit.page(
        "person.html",
        user=user,
        is_active=_DEACTIVATED not in policies["inline"],
        groups=member_of,
        other_groups=[
            (group["GroupName"],) * 2 for group in known if group["GroupName"] not in member_of
        ],
        keys=await visit.list_all("list_access_keys", "AccessKeyMetadata", UserName=name),
        has_password=await _has_password(visit, name),
        policies=policies,
    )


async def _has_password(visit: Visit, name: str) -> bool:
    try:
        await visit.aws("iam", "get_login_profile", UserName=name)
    except Refused as refusal:
        if refusal.status == 404:
            return False
        raise
    return True


async def join(visit: Visit) -> Response:
    """Put somebody into a group."""
    return await _group(visit, "add_user_to_group", "joined")


async def part(visit: Visit) -> Response:
    """Take somebody out of a group."""
    return await _group(visit, "remove_user_from_group", "parted")


async def _group(visit: Visit, operation: str, done: str) -> Response:
    name = visit.arguments["name"]
    await visit.aws("iam", operation, UserName=name, GroupName=visit.field("group"))
    return visit.go(f"/people/{name}", done)


async def deactivate(visit: Visit) -> Response:
    """Take somebody's password, switch their keys off, and refuse them everything.

    What they own stays. The refusal is for those who sign in at an institution.
    """
    name = visit.arguments["name"]
    await visit.aws(
        "iam",
        "put_user_policy",
        UserName=name,
        PolicyName=_DEACTIVATED,
        PolicyDocument=_NOTHING_AT_ALL,
    )
    if await _has_password(visit, name):
        await visit.aws("iam", "delete_login_profile", UserName=name)
    for key in await visit.list_all("list_access_keys", "AccessKeyMetadata", UserName=name):
        await visit.aws(
            "iam",
            "update_access_key",
            UserName=name,
            AccessKeyId=key["AccessKeyId"],
            Status="Inactive",
        )
    await visit.site.people.expel(visit.person, name)
    return visit.go(f"/people/{name}", "deactivated")


async def reactivate(visit: Visit) -> Response:
    """Refuse somebody nothing more; a password and keys they need anew."""
    name = visit.arguments["name"]
    await visit.aws("iam", "delete_user_policy", UserName=name, PolicyName=_DEACTIVATED)
    return visit.go(f"/people/{name}", "reactivated")


ROOM = Room(
    "/people",
    "People",
    "The lab",
    {
        "GET /people": show,
        "GET /people/invite": invitations.new,
        "POST /people/invite": invitations.invite,
        "GET /people/{name}": one,
        "POST /people/{name}/link": invitations.link,
        "POST /people/{name}/join": join,
        "POST /people/{name}/part": part,
        "POST /people/{name}/deactivate": deactivate,
        "POST /people/{name}/reactivate": reactivate,
        **_POLICIES.doors,
    },
    probe=Probe("iam", "list_users", {"MaxItems": 1}),
    done=DONE
    | {
        "joined": "They are in the group now.",
        "parted": "They are no longer in the group.",
        "deactivated": "They cannot do anything here any more.",
        "reactivated": "They are let in again. Make a link for a new password.",
    },
)
