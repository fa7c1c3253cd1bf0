"""The managed policies that a user, a group or a role has: shown, attached and detached."""

from dataclasses import dataclass
from typing import Any, Literal

from lenticular.apis.http import Response
from lenticular.portal.room import Handler
from lenticular.portal.visit import Visit

Kind = Literal["user", "group", "role"]


_BROADEST = ("AdministratorAccess", "PowerUserAccess", "ReadOnlyAccess")


async def attachable(visit: Visit) -> list[tuple[str, str]]:
    """Return the ARNs and names of all policies: the account's own, the broadest, the others."""
    own = await visit.list_all("list_policies", "Policies", Scope="Local")
    ready = await visit.list_all("list_policies", "Policies", Scope="AWS")
    ready.sort(key=lambda policy: policy["PolicyName"] not in _BROADEST)
    return [
        *((policy["Arn"], f"{policy['PolicyName']} (this account)") for policy in own),
        *((policy["Arn"], policy["PolicyName"]) for policy in ready),
    ]


@dataclass(frozen=True, slots=True)
class Attachments:
    """What is attached to the things of one kind; their room is at ``path``."""

    kind: Kind
    path: str

    @property
    def doors(self) -> dict[str, Handler]:
        """What a room of this kind needs in addition."""
        return {
            f"POST {self.path}/{{name}}/attach": self.attach,
            f"POST {self.path}/{{name}}/detach": self.detach,
        }

    async def of(self, visit: Visit, name: str) -> dict[str, Any]:
        """Return what the template ``attachments.html`` shows."""
        listed = {self._name: name}
        return {
            "attached": await visit.list_all(
                f"list_attached_{self.kind}_policies", "AttachedPolicies", **listed
            ),
            "inline": await visit.list_all(f"list_{self.kind}_policies", "PolicyNames", **listed),
            "attachable": await attachable(visit),
            "path": f"{self.path}/{name}",
        }

    async def attach(self, visit: Visit) -> Response:
        """Attach a policy."""
        return await self._set(visit, "attach", "attached")

    async def detach(self, visit: Visit) -> Response:
        """Detach a policy."""
        return await self._set(visit, "detach", "detached")

    async def _set(self, visit: Visit, verb: str, done: str) -> Response:
        name = visit.arguments["name"]
        params = {self._name: name, "PolicyArn": visit.field("policy")}
        await visit.aws("iam", f"{verb}_{self.kind}_policy", **params)
        return visit.go(f"{self.path}/{name}", done)

    @property
    def _name(self) -> str:
        return f"{self.kind.capitalize()}Name"


DONE = {
    "attached": "The policy is attached and decides from now on.",
    "detached": "The policy is detached.",
}
"""What a room says after it."""
