"""Inline policies (AWS IAM API Reference, PutUserPolicy and the like)."""

from typing import TypeVar

from lenticular.apis.aws.iam import descriptions
from lenticular.apis.aws.iam.errors import protected
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

EntityType = TypeVar("EntityType", bound=Entity)


class InlinePolicyOperations:
    """Users, groups and roles have policies of their own."""

    def __init__(self, identities: Identities, targets: Targets) -> None:
        self._policies = identities.inline_policies
        self._targets = targets

    async def put_user_policy(self, call: Call, params: Params) -> Result:
        """Give a user a policy of its own."""
        user = await self._targets.user(call, params["UserName"])
        return await self._put(USERS, user, params)

    async def get_user_policy(self, call: Call, params: Params) -> Result:
        """Tell of a user's own policy."""
        user = await self._targets.user(call, params["UserName"])
        return {"UserName": user.name} | await self._get(USERS, user, params)

    async def delete_user_policy(self, call: Call, params: Params) -> Result:
        """Take a user's own policy away."""
        user = await self._targets.user(call, params["UserName"])
        return await self._delete(USERS, user, params)

    async def list_user_policies(self, call: Call, params: Params) -> Result:
        """Tell the names of a user's own policies."""
        user = await self._targets.user(call, params["UserName"])
        return await self._list(USERS, user, params)

    async def put_group_policy(self, call: Call, params: Params) -> Result:
        """Give a group a policy of its own."""
        group = await self._targets.group(call, params["GroupName"])
        return await self._put(GROUPS, group, params)

    async def get_group_policy(self, call: Call, params: Params) -> Result:
        """Tell of a group's own policy."""
        group = await self._targets.group(call, params["GroupName"])
        return {"GroupName": group.name} | await self._get(GROUPS, group, params)

    async def delete_group_policy(self, call: Call, params: Params) -> Result:
        """Take a group's own policy away."""
        group = await self._targets.group(call, params["GroupName"])
        return await self._delete(GROUPS, group, params)

    async def list_group_policies(self, call: Call, params: Params) -> Result:
        """Tell the names of a group's own policies."""
        group = await self._targets.group(call, params["GroupName"])
        return await self._list(GROUPS, group, params)

    async def put_role_policy(self, call: Call, params: Params) -> Result:
        """Give a role a policy of its own."""
        return await self._put(ROLES, await self._changeable(call, params), params)

    async def get_role_policy(self, call: Call, params: Params) -> Result:
        """Tell of a role's own policy."""
        role = await self._targets.role(call, params["RoleName"])
        return {"RoleName": role.name} | await self._get(ROLES, role, params)

    async def delete_role_policy(self, call: Call, params: Params) -> Result:
        """Take a role's own policy away."""
        return await self._delete(ROLES, await self._changeable(call, params), params)

    async def list_role_policies(self, call: Call, params: Params) -> Result:
        """Tell the names of a role's own policies."""
        role = await self._targets.role(call, params["RoleName"])
        return await self._list(ROLES, role, params)

    async def _changeable(self, call: Call, params: Params) -> Role:
        """Return the role to be changed, which is no service's."""
        role = await self._targets.role(call, params["RoleName"])
        if role.service:
            raise protected(role.name)
        return role

    async def _put(
        self, directory: Directory[EntityType], entity: EntityType, params: Params
    ) -> Result:
        await self._policies.put(
            directory,
            entity.account_id,
            entity.name,
            params["PolicyName"],
            params["PolicyDocument"],
        )
        return {}

    async def _get(
        self, directory: Directory[EntityType], entity: EntityType, params: Params
    ) -> Result:
        name = params["PolicyName"]
        text = await self._policies.get(directory, entity.account_id, entity.name, name)
        return {"PolicyName": name, "PolicyDocument": descriptions.document(text)}

    async def _delete(
        self, directory: Directory[EntityType], entity: EntityType, params: Params
    ) -> Result:
        await self._policies.delete(directory, entity.account_id, entity.name, params["PolicyName"])
        return {}

    async def _list(
        self, directory: Directory[EntityType], entity: EntityType, params: Params
    ) -> Result:
        page = Page(params)
        names = await self._policies.names(directory, entity.account_id, entity.name)
        listed, rest = page.of(names, str)
        return {"PolicyNames": list(listed), **rest}
