"""Policy explain: may somebody do something, and which statement says so?"""

from typing import Any

from lenticular.apis.http import Response
from lenticular.portal.clients import Refused
from lenticular.portal.room import Probe, Room
from lenticular.portal.visit import Visit


async def show(visit: Visit) -> Response:
    """Show the form, and the answer when something was asked."""
    query = visit.query
    who, action = query.get("who", ""), query.get("action", "").strip()
    resource = query.get("resource", "").strip() or "*"
    answer, error = None, ""
    if who and action:
        try:
            answer = await _ask(visit, who, action, resource)
        except Refused as refusal:
            if refusal.is_denial:
                raise
            error = refusal.message
    users = await visit.list_all("list_users", "Users")
    roles = await visit.list_all("list_roles", "Roles")
    return visit.page(
        "explain.html",
        principals=[
            *((user["Arn"], user["UserName"]) for user in users),
            *((role["Arn"], f"{role['RoleName']} (role)") for role in roles),
        ],
        who=who or f"arn:aws:iam::{visit.person.account_id}:user/{visit.person.user_name}",
        action=action,
        resource=resource,
        answer=answer,
        error=error,
    )


async def _ask(visit: Visit, who: str, action: str, resource: str) -> dict[str, Any]:
    simulated = await visit.aws(
        "iam",
        "simulate_principal_policy",
        PolicySourceArn=who,
        ActionNames=[action],
        ResourceArns=[resource],
    )
    answer: dict[str, Any] = simulated["EvaluationResults"][0]
    return answer


ROOM = Room(
    "/explain",
    "Why, or why not",
    "The lab",
    {"GET /explain": show},
    probe=Probe("iam", "list_users", {"MaxItems": 1}),
)
