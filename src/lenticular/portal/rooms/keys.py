"""My access keys: what programs of this person sign their requests with."""

from lenticular.apis.http import Response
from lenticular.portal.room import Room
from lenticular.portal.snippets import aws_profile, aws_shell
from lenticular.portal.visit import Visit


async def show(visit: Visit) -> Response:
    """List the keys, with when each was last used."""
    name = visit.person.user_name
    keys = await visit.list_all("list_access_keys", "AccessKeyMetadata", UserName=name)
    for key in keys:
        answer = await visit.aws("iam", "get_access_key_last_used", AccessKeyId=key["AccessKeyId"])
        key["used"] = {"LastUsedDate": None} | answer["AccessKeyLastUsed"]
    return visit.page("keys.html", keys=sorted(keys, key=lambda key: key["CreateDate"]))


async def create(visit: Visit) -> Response:
    """Make a key and show its secret, this once."""
    name = visit.person.user_name
    answer = await visit.aws("iam", "create_access_key", UserName=name)
    key = answer["AccessKey"]
    secrets = key["AccessKeyId"], key["SecretAccessKey"]
    return visit.page(
        "key_made.html",
        key=key,
        profile=aws_profile(visit, *secrets),
        shell=aws_shell(visit, *secrets),
    )


async def change(visit: Visit) -> Response:
    """Switch a key on or off."""
    await visit.aws(
        "iam",
        "update_access_key",
        UserName=visit.person.user_name,
        AccessKeyId=visit.arguments["key_id"],
        Status=visit.field("status"),
    )
    return visit.go("/keys", "on" if visit.field("status") == "Active" else "off")


async def delete(visit: Visit) -> Response:
    """Delete a key."""
    await visit.aws(
        "iam",
        "delete_access_key",
        UserName=visit.person.user_name,
        AccessKeyId=visit.arguments["key_id"],
    )
    return visit.go("/keys", "deleted")


ROOM = Room(
    "/keys",
    "Access keys",
    "Yours",
    {
        "GET /keys": show,
        "POST /keys": create,
        "POST /keys/{key_id}/status": change,
        "POST /keys/{key_id}/delete": delete,
    },
    done={
        "on": "The key works again.",
        "off": "The key is switched off. Requests that it signs are refused.",
        "deleted": "The key is deleted.",
    },
)
