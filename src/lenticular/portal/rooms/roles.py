"""Roles, for administrators: what is assumed for a while, by whom the trust policy names."""

import json
from typing import Any

from lenticular.apis.http import Response
from lenticular.portal.attachments import DONE, Attachments
from lenticular.portal.clients import Refused
from lenticular.portal.documents import written
from lenticular.portal.room import Probe, Room
from lenticular.portal.visit import Visit

_POLICIES = Attachments("role", "/roles")


async def show(visit: Visit) -> Response:
    """List the roles."""
    return visit.page("roles.html", roles=await visit.list_all("list_roles", "Roles"))


async def new(visit: Visit) -> Response:
    """Show the form that makes one."""
    account = f"arn:aws:iam::{visit.person.account_id}:root"
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}
        ],
    }
    return visit.page("role_new.html", name="", trust=json.dumps(trust, indent=2), error="")


async def create(visit: Visit) -> Response:
    """Make a role."""
    name, trust = visit.field("name"), visit.text("trust")
    try:
        await visit.aws("iam", "create_role", RoleName=name, AssumeRolePolicyDocument=trust)
    except Refused as refusal:
        if refusal.is_denial:
            raise
        return visit.page(
            "role_new.html", refusal.status, name=name, trust=trust, error=refusal.message
        )
    return visit.go(f"/roles/{name}", "created")


async def one(visit: Visit) -> Response:
    """Show a role."""
    return await _one(visit)


async def _one(
    visit: Visit, trust: str | None = None, error: str = "", status: int = 200
) -> Response:
    name = visit.arguments["name"]
    role: dict[str, Any] = (await visit.aws("iam", "get_role", RoleName=name))["Role"]
    return visit.page(
        "role.html",
        status,
        role=role,
        trust=written(role["AssumeRolePolicyDocument"]) if trust is None else trust,
        error=error,
        policies=await _POLICIES.of(visit, name),
    )


async def entrust(visit: Visit) -> Response:
    """Say anew who may assume a role."""
    name, trust = visit.arguments["name"], visit.text("trust")
    try:
        await visit.aws("iam", "update_assume_role_policy", RoleName=name, PolicyDocument=trust)
    except Refused as refusal:
        if refusal.is_denial:
            raise
        return await _one(visit, trust, refusal.message, refusal.status)
    return visit.go(f"/roles/{name}", "entrusted")


async def delete(visit: Visit) -> Response:
    """Delete a role that has nothing left."""
    await visit.aws("iam", "delete_role", RoleName=visit.arguments["name"])
    return visit.go("/roles", "deleted")


ROOM = Room(
    "/roles",
    "Roles",
    "The lab",
    {
        "GET /roles": show,
        "GET /roles/new": new,
        "POST /roles/new": create,
        "GET /roles/{name}": one,
        "POST /roles/{name}/trust": entrust,
        "POST /roles/{name}/delete": delete,
        **_POLICIES.doors,
    },
    probe=Probe("iam", "list_roles", {"MaxItems": 1}),
    done=DONE
    | {
        "created": "The role is there. Say what whoever assumes it may do.",
        "entrusted": "The trust policy is replaced.",
        "deleted": "The role is deleted.",
    },
)
