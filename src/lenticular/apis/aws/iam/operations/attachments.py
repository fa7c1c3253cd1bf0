"""Attachments of managed policies (AWS IAM API Reference, AttachUserPolicy and the like)."""

from typing import TypeVar

from lenticular.apis.aws.iam.errors import protected
from lenticular.apis.aws.iam.operations.managed_policies import by_name, owner_of
from lenticular.apis.aws.iam.paging import Page
from lenticular.apis.aws.iam.targets import Targets
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.identities import (
    GROUPS,
    ROLES,
    USERS,
    Directory,
    Entity,
    Identities,
    Role,
)
from lenticular.primitives.policies.evaluation import Keys

EntityType = TypeVar("EntityType", bound=Entity)


class AttachmentOperations:
    """Policies are attached to users, groups and roles, and detached."""

    def __init__(self, identities: Identities, targets: Targets) -> None:
        self._attachments = identities.attachments
        self._targets = targets

    async def attach_user_policy(self, call: Call, params: Params) -> Result:
        """Attach a policy to a user."""
        user = await self._targets.user(call, params["UserName"], _policy(params))
        await self._attachments.attach(USERS, user.account_id, user.name, params["PolicyArn"])
        return {}

    async def detach_user_policy(self, call: Call, params: Params) -> Result:
        """Detach a policy from a user."""
        user = await self._targets.user(call, params["UserName"], _policy(params))
        await self._attachments.detach(USERS, user.account_id, user.name, params["PolicyArn"])
        return {}

    async def list_attached_user_policies(self, call: Call, params: Params) -> Result:
        """Tell of the policies attached to a user."""
        user = await self._targets.user(call, params["UserName"])
        return await self._list(USERS, user.account_id, user.name, params)

    async def attach_group_policy(self, call: Call, params: Params) -> Result:
        """Attach a policy to a group."""
        group = await self._targets.group(call, params["GroupName"], _policy(params))
        await self._attachments.attach(GROUPS, group.account_id, group.name, params["PolicyArn"])
        return {}

    async def detach_group_policy(self, call: Call, params: Params) -> Result:
        """Detach a policy from a group."""
        group = await self._targets.group(call, params["GroupName"], _policy(params))
        await self._attachments.detach(GROUPS, group.account_id, group.name, params["PolicyArn"])
        return {}

    async def list_attached_group_policies(self, call: Call, params: Params) -> Result:
        """Tell of the policies attached to a group."""
        group = await self._targets.group(call, params["GroupName"])
        return await self._list(GROUPS, group.account_id, group.name, params)

    async def attach_role_policy(self, call: Call, params: Params) -> Result:
        """Attach a policy to a role."""
        role = await self._role(call, params)
        await self._attachments.attach(ROLES, role.account_id, role.name, params["PolicyArn"])
        return {}

    async def detach_role_policy(self, call: Call, params: Params) -> Result:
        """Detach a policy from a role."""
        role = await self._role(call, params)
        await self._attachments.detach(ROLES, role.account_id, role.name, params["PolicyArn"])
        return {}

    async def list_attached_role_policies(self, call: Call, params: Params) -> Result:
        """Tell of the policies attached to a role."""
        role = await self._targets.role(call, params["RoleName"])
        return await self._list(ROLES, role.account_id, role.name, params)

    async def _role(self, call: Call, params: Params) -> Role:
        """Return the role to be changed, which is no service's."""
        role = await self._targets.role(call, params["RoleName"], _policy(params))
        if role.service:
            raise protected(role.name)
        return role

    async def _list(
        self, directory: Directory[EntityType], account_id: str, name: str, params: Params
    ) -> Result:
        page, prefix = Page(params), params.get("PathPrefix", "/")
        attached = await self._attachments.of(directory, account_id, name)
        below = (policy for policy in attached if policy.path.startswith(prefix))
        listed, rest = page.of(below, by_name)
        return {
            "AttachedPolicies": [
                {"PolicyName": policy.name, "PolicyArn": policy.arn} for policy in listed
            ],
            **rest,
        }


def _policy(params: Params) -> Keys:
    """Return the condition key of the policy of a request. Raises `InputInvalid`."""
    owner_of(params["PolicyArn"])
    return {"iam:policyarn": params["PolicyArn"]}
