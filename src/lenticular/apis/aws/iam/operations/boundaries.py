"""Permissions boundaries (AWS IAM API Reference, PutUserPermissionsBoundary and the like)."""

from lenticular.apis.aws.iam.errors import no_such_entity, protected
from lenticular.apis.aws.iam.keys import boundary
from lenticular.apis.aws.iam.targets import Targets
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.identities import ROLES, USERS, Identities, Role, User


class BoundaryOperations:
    """Users and roles are bounded by a policy, or not any more."""

    def __init__(self, identities: Identities, targets: Targets) -> None:
        self._identities = identities
        self._targets = targets

    async def put_user_permissions_boundary(self, call: Call, params: Params) -> Result:
        """Let a policy bound a user."""
        arn = params["PermissionsBoundary"]
        user = await self._targets.user(call, params["UserName"], boundary(arn))
        await self._identities.attachments.bound(USERS, user.account_id, user.name, arn)
        return {}

    async def delete_user_permissions_boundary(self, call: Call, params: Params) -> Result:
        """Let nothing bound a user."""
        user = await self._targets.user(call, params["UserName"])
        await self._check_bounded(user)
        await self._identities.attachments.bound(USERS, user.account_id, user.name, "")
        return {}

    async def put_role_permissions_boundary(self, call: Call, params: Params) -> Result:
        """Let a policy bound a role."""
        arn = params["PermissionsBoundary"]
        role = await self._role(call, params, arn)
        await self._identities.attachments.bound(ROLES, role.account_id, role.name, arn)
        return {}

    async def delete_role_permissions_boundary(self, call: Call, params: Params) -> Result:
        """Let nothing bound a role."""
        role = await self._role(call, params)
        await self._check_bounded(role)
        await self._identities.attachments.bound(ROLES, role.account_id, role.name, "")
        return {}

    async def _role(self, call: Call, params: Params, arn: str = "") -> Role:
        role = await self._targets.role(call, params["RoleName"], boundary(arn))
        if role.service:
            raise protected(role.name)
        return role

    async def _check_bounded(self, entity: User | Role) -> None:
        if not await self._targets.boundary(entity):
            raise no_such_entity(f"No permissions boundary is attached to {entity.arn}")
