"""Groups and their members (AWS IAM API Reference, CreateGroup and the like)."""

from lenticular.apis.aws.iam import descriptions
from lenticular.apis.aws.iam.paging import Page
from lenticular.apis.aws.iam.targets import Targets, arn, require
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.identities import Identities


class GroupOperations:
    """Groups are made, told of, renamed and deleted; users go in and out."""

    def __init__(self, identities: Identities, targets: Targets) -> None:
        self._groups = identities.groups
        self._targets = targets

    async def create_group(self, call: Call, params: Params) -> Result:
        """Make an empty group."""
        name, path = params["GroupName"], params.get("Path", "/")
        require(call, arn(call, "group", name, path))
        made = await self._groups.create(call.principal.account_id, name, path=path)
        return {"Group": descriptions.group(made)}

    async def get_group(self, call: Call, params: Params) -> Result:
        """Tell of a group and of the users in it."""
        page = Page(params)
        group = await self._targets.group(call, params["GroupName"])
        members = await self._groups.members(group.account_id, group.name)
        users, rest = page.of(members, lambda user: user.name.lower())
        return {
            "Group": descriptions.group(group),
            "Users": [descriptions.user(user) for user in users],
            **rest,
        }

    async def update_group(self, call: Call, params: Params) -> Result:
        """Give a group another name or path; whoever does it may do it to both."""
        group = await self._targets.group(call, params["GroupName"])
        name, path = params.get("NewGroupName", group.name), params.get("NewPath", group.path)
        require(call, arn(call, "group", name, path))
        await self._groups.rename(group.account_id, group.name, new_name=name, new_path=path)
        return {}

    async def delete_group(self, call: Call, params: Params) -> Result:
        """Delete a group that has nothing left."""
        group = await self._targets.group(call, params["GroupName"])
        await self._groups.delete(group.account_id, group.name)
        return {}

    async def list_groups(self, call: Call, params: Params) -> Result:
        """Tell of the groups below a path."""
        page, prefix = Page(params), params.get("PathPrefix", "/")
        require(call, arn(call, "group", "", prefix))
        found = await self._groups.list(
            call.principal.account_id, path_prefix=prefix, after=page.after, limit=page.wanted
        )
        groups, rest = page.cut(found, lambda group: group.name)
        return {"Groups": [descriptions.group(group) for group in groups], **rest}

    async def list_groups_for_user(self, call: Call, params: Params) -> Result:
        """Tell of the groups that a user is in."""
        page = Page(params)
        user = await self._targets.user(call, params["UserName"])
        found = await self._groups.of_user(user.account_id, user.name)
        groups, rest = page.of(found, lambda group: group.name.lower())
        return {"Groups": [descriptions.group(group) for group in groups], **rest}

    async def add_user_to_group(self, call: Call, params: Params) -> Result:
        """Put a user into a group."""
        group = await self._targets.group(call, params["GroupName"])
        await self._groups.add_user(group.account_id, group.name, params["UserName"])
        return {}

    async def remove_user_from_group(self, call: Call, params: Params) -> Result:
        """Take a user out of a group."""
        group = await self._targets.group(call, params["GroupName"])
        await self._groups.remove_user(group.account_id, group.name, params["UserName"])
        return {}
