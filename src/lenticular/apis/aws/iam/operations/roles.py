"""Roles (AWS IAM API Reference, CreateRole and the like)."""

from msgspec.structs import replace

from lenticular.apis.aws.iam import descriptions
from lenticular.apis.aws.iam.errors import protected
from lenticular.apis.aws.iam.keys import boundary, given_tags
from lenticular.apis.aws.iam.paging import Page
from lenticular.apis.aws.iam.targets import Targets, arn, require
from lenticular.apis.aws.wire.conditionkeys import request_tags
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.identities import Identities, InputInvalid, QuotaExceeded, Role

SERVICE_PATH = "/aws-service-role/"
"""Begins the paths of roles that belong to a service."""

_TRUST_SIZE = 2048
"""Characters of a trust policy, white space not counted."""


class RoleOperations:
    """Roles are made, told of, changed and deleted."""

    def __init__(self, identities: Identities, targets: Targets) -> None:
        self._identities = identities
        self._targets = targets

    async def create_role(self, call: Call, params: Params) -> Result:
        """Make a role that its trust policy lets others assume."""
        name, path, tags = params["RoleName"], params.get("Path", "/"), given_tags(params)
        bound, resource = params.get("PermissionsBoundary", ""), arn(call, "role", name, path)
        require(call, resource, {**request_tags(tags), **boundary(bound)})
        if tags:
            call.require("iam:TagRole", resource, keys=request_tags(tags))
        if path.startswith(SERVICE_PATH):
            raise InputInvalid(
                f"the path {SERVICE_PATH} is of service-linked roles: use another path, or "
                f"CreateServiceLinkedRole"
            )
        made = await self._identities.roles.create(
            call.principal.account_id,
            name,
            _limited(params["AssumeRolePolicyDocument"]),
            path=path,
            description=params.get("Description", ""),
            max_session_duration=params.get("MaxSessionDuration", 3600),
            tags=tags,
            boundary=bound,
        )
        return {"Role": descriptions.role(made, boundary=bound, detailed=True)}

    async def get_role(self, call: Call, params: Params) -> Result:
        """Tell of a role."""
        found = await self._targets.role(call, params["RoleName"])
        [role] = await self._identities.roles.as_shown([found])
        use, bound = await self._identities.uses.last(role.id), await self._targets.boundary(role)
        return {"Role": descriptions.role(role, boundary=bound, use=use, detailed=True)}

    async def list_roles(self, call: Call, params: Params) -> Result:
        """Tell of the roles below a path."""
        page, prefix = Page(params), params.get("PathPrefix", "/")
        require(call, arn(call, "role", "", prefix))
        found = await self._identities.roles.list(
            call.principal.account_id, path_prefix=prefix, after=page.after, limit=page.wanted
        )
        roles, rest = page.cut(found, lambda role: role.name)
        shown = await self._identities.roles.as_shown(roles)
        return {"Roles": [descriptions.role(role) for role in shown], **rest}

    async def update_role(self, call: Call, params: Params) -> Result:
        """Change what a role is for, and how long its sessions may last."""
        role = await self._own(call, params)
        await self._identities.roles.alter(
            role.account_id,
            role.name,
            lambda role: replace(
                role,
                description=params.get("Description", role.description),
                max_session_duration=params.get("MaxSessionDuration", role.max_session_duration),
            ),
        )
        return {}

    async def update_role_description(self, call: Call, params: Params) -> Result:
        """Change what a role is for."""
        role = await self._targets.role(call, params["RoleName"])
        changed = await self._identities.roles.alter(
            role.account_id,
            role.name,
            lambda role: replace(role, description=params["Description"]),
        )
        [shown] = await self._identities.roles.as_shown([changed])
        return {"Role": descriptions.role(shown)}

    async def update_assume_role_policy(self, call: Call, params: Params) -> Result:
        """Change who may assume a role."""
        role = await self._own(call, params)
        trust = _limited(params["PolicyDocument"])
        await self._identities.roles.entrust(role.account_id, role.name, trust)
        return {}

    async def delete_role(self, call: Call, params: Params) -> Result:
        """Delete a role that has nothing left."""
        role = await self._own(call, params)
        await self._identities.roles.delete(role.account_id, role.name)
        return {}

    async def _own(self, call: Call, params: Params) -> Role:
        """Return the role to be changed, which is no service's."""
        role = await self._targets.role(call, params["RoleName"])
        if role.service:
            raise protected(role.name)
        return role


def _limited(text: str) -> str:
    """Return a trust policy that is not too long. Raises `QuotaExceeded`."""
    if len("".join(text.split())) > _TRUST_SIZE:
        raise QuotaExceeded("ACLSizePerRole", _TRUST_SIZE)
    return text
