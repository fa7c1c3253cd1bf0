"""Policies, for administrators: who may do what, as IAM's language says it."""

import json

from lenticular.apis.http import Response
from lenticular.portal.clients import Refused
from lenticular.portal.documents import written
from lenticular.portal.room import Probe, Room
from lenticular.portal.visit import Visit

_FIRST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:ListBucket"],
                "Resource": ["arn:aws:s3:::samples", "arn:aws:s3:::samples/*"],
            }
        ],
    },
    indent=2,
)
"""What a new policy begins with: one can read a policy easier than remember its grammar."""


async def show(visit: Visit) -> Response:
    """List the policies of this account and those that every account has."""
    own = await visit.list_all("list_policies", "Policies", Scope="Local")
    ready = await visit.list_all("list_policies", "Policies", Scope="AWS")
    return visit.page("policies.html", own=own, ready=ready)


async def new(visit: Visit) -> Response:
    """Show the form that makes one."""
    return visit.page("policy_new.html", name="", description="", document=_FIRST, error="")


async def create(visit: Visit) -> Response:
    """Make a policy."""
    name, description = visit.field("name"), visit.field("description")
    document = visit.text("document")
    try:
        made = await visit.aws(
            "iam",
            "create_policy",
            PolicyName=name,
            PolicyDocument=document,
            **({"Description": description} if description else {}),
        )
    except Refused as refusal:
        if refusal.is_denial:
            raise
        return visit.page(
            "policy_new.html",
            refusal.status,
            name=name,
            description=description,
            document=document,
            error=refusal.message,
        )
    return visit.go("/policies/view", "created", arn=made["Policy"]["Arn"])


async def one(visit: Visit) -> Response:
    """Show a policy."""
    return await _one(visit, visit.query.get("arn", ""))


async def _one(
    visit: Visit, arn: str, document: str | None = None, error: str = "", status: int = 200
) -> Response:
    policy = (await visit.aws("iam", "get_policy", PolicyArn=arn))["Policy"]
    current = await visit.aws(
        "iam", "get_policy_version", PolicyArn=arn, VersionId=policy["DefaultVersionId"]
    )
    users = await visit.list_all("list_entities_for_policy", "PolicyUsers", PolicyArn=arn)
    groups = await visit.list_all("list_entities_for_policy", "PolicyGroups", PolicyArn=arn)
    roles = await visit.list_all("list_entities_for_policy", "PolicyRoles", PolicyArn=arn)
    text = written(current["PolicyVersion"]["Document"])
    return visit.page(
        "policy.html",
        status,
        policy=policy,
        document=text if document is None else document,
        error=error,
        versions=await visit.list_all("list_policy_versions", "Versions", PolicyArn=arn),
        is_own=not arn.startswith("arn:aws:iam::aws:"),
        attached=[
            *(("/people", user["UserName"]) for user in users),
            *(("/groups", group["GroupName"]) for group in groups),
            *(("/roles", role["RoleName"]) for role in roles),
        ],
    )


async def rewrite(visit: Visit) -> Response:
    """Make a new version of a policy, which decides from now on."""
    arn, document = visit.field("arn"), visit.text("document")
    try:
        await visit.aws(
            "iam",
            "create_policy_version",
            PolicyArn=arn,
            PolicyDocument=document,
            SetAsDefault=True,
        )
    except Refused as refusal:
        if refusal.is_denial:
            raise
        return await _one(visit, arn, document, refusal.message, refusal.status)
    return visit.go("/policies/view", "rewritten", arn=arn)


async def choose(visit: Visit) -> Response:
    """Let an earlier version decide again."""
    arn, version = visit.field("arn"), visit.field("version")
    await visit.aws("iam", "set_default_policy_version", PolicyArn=arn, VersionId=version)
    return visit.go("/policies/view", "chosen", arn=arn)


async def drop(visit: Visit) -> Response:
    """Delete a version that does not decide: there can be five."""
    arn, version = visit.field("arn"), visit.field("version")
    await visit.aws("iam", "delete_policy_version", PolicyArn=arn, VersionId=version)
    return visit.go("/policies/view", "dropped", arn=arn)


async def delete(visit: Visit) -> Response:
    """Delete a policy that is attached nowhere, with its earlier versions."""
    arn = visit.field("arn")
    for version in await visit.list_all("list_policy_versions", "Versions", PolicyArn=arn):
        if not version["IsDefaultVersion"]:
            await visit.aws(
                "iam", "delete_policy_version", PolicyArn=arn, VersionId=version["VersionId"]
            )
    await visit.aws("iam", "delete_policy", PolicyArn=arn)
    return visit.go("/policies", "deleted")


ROOM = Room(
    "/policies",
    "Policies",
    "The lab",
    {
        "GET /policies": show,
        "GET /policies/new": new,
        "POST /policies/new": create,
        "GET /policies/view": one,
        "POST /policies/view": rewrite,
        "POST /policies/choose": choose,
        "POST /policies/drop": drop,
        "POST /policies/delete": delete,
    },
    probe=Probe("iam", "list_policies", {"MaxItems": 1}),
    done={
        "created": "The policy is there. It decides nothing until it is attached.",
        "rewritten": "The policy is saved as a new version, which decides from now on.",
        "chosen": "That version decides from now on.",
        "dropped": "The version is deleted.",
        "deleted": "The policy is deleted.",
    },
)
