"""Letting somebody in: a new user, and the link with which they choose their password."""

import json

from lenticular.apis.http import Response
from lenticular.portal.attachments import attachable
from lenticular.portal.clients import Refused
from lenticular.portal.visit import Visit

OWN_CREDENTIALS = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": [
                    "iam:ChangePassword",
                    "iam:CreateAccessKey",
                    "iam:DeleteAccessKey",
                    "iam:GetAccessKeyLastUsed",
                    "iam:GetUser",
                    "iam:ListAccessKeys",
                    "iam:ListGroupsForUser",
                    "iam:UpdateAccessKey",
                ],
                "Resource": "arn:aws:iam::*:user/${aws:username}",
            },
            {"Effect": "Allow", "Action": "iam:GetAccountPasswordPolicy", "Resource": "*"},
        ],
    },
    indent=2,
)
"""Lets people keep their own password and access keys, and nobody else's."""

_OWN_CREDENTIALS_NAME = "own-credentials"


async def new(visit: Visit) -> Response:
    """Show the form."""
    return await _form(visit)


async def _form(visit: Visit, error: str = "", status: int = 200) -> Response:
    groups = await visit.list_all("list_groups", "Groups")
    return visit.page(
        "person_new.html",
        status,
        groups=[group["GroupName"] for group in groups],
        policies=[("", "Nothing yet"), *await attachable(visit)],
        values={name: visit.field(name) for name in ("name", "full_name", "email", "policy")},
        chosen=visit.form.get("group", []),
        keys=not visit.form or bool(visit.field("keys")),
        error=error,
    )


async def invite(visit: Visit) -> Response:
    """Make a user as the form says, and show their link."""
    name = visit.field("name")
    try:
        await visit.aws("iam", "create_user", UserName=name)
    except Refused as refusal:
        if refusal.is_denial:
            raise
        return await _form(visit, refusal.message, refusal.status)
    if visit.field("keys"):
        await visit.aws(
            "iam",
            "put_user_policy",
            UserName=name,
            PolicyName=_OWN_CREDENTIALS_NAME,
            PolicyDocument=OWN_CREDENTIALS,
        )
    for group in visit.form.get("group", []):
        await visit.aws("iam", "add_user_to_group", UserName=name, GroupName=group)
    if policy := visit.field("policy"):
        await visit.aws("iam", "attach_user_policy", UserName=name, PolicyArn=policy)
    await visit.site.people.describe(
        visit.person, name, email=visit.field("email"), full_name=visit.field("full_name")
    )
    return await _link(visit, name)


async def link(visit: Visit) -> Response:
    """Make a link for somebody who is here already and needs a new password."""
    return await _link(visit, visit.arguments["name"])


async def _link(visit: Visit, name: str) -> Response:
    path = await visit.site.people.invite(visit.person, name)
    return visit.page("link_made.html", name=name, link=f"{visit.globus_url}{path}")
