"""Users (AWS IAM API Reference, CreateUser and the like)."""

from lenticular.apis.aws.iam import descriptions
from lenticular.apis.aws.iam.keys import boundary, given_tags
from lenticular.apis.aws.iam.paging import Page
from lenticular.apis.aws.iam.targets import Targets, arn, require
from lenticular.apis.aws.wire.conditionkeys import request_tags
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.identities import Identities


class UserOperations:
    """Users are made, told of, renamed and deleted."""

    def __init__(self, identities: Identities, targets: Targets) -> None:
        self._identities = identities
        self._targets = targets

    async def create_user(self, call: Call, params: Params) -> Result:
        """Make a user without credentials."""
        name, path, tags = params["UserName"], params.get("Path", "/"), given_tags(params)
        bound, resource = params.get("PermissionsBoundary", ""), arn(call, "user", name, path)
        require(call, resource, {**request_tags(tags), **boundary(bound)})
        if tags:
            call.require("iam:TagUser", resource, keys=request_tags(tags))
        made = await self._identities.users.create(
            call.principal.account_id, name, path=path, tags=tags, boundary=bound
        )
        return {"User": descriptions.user(made, boundary=bound, detailed=True)}

    async def get_user(self, call: Call, params: Params) -> Result:
        """Tell of a user, by default of the caller."""
        user = await self._targets.user_or_caller(call, params)
        if user is not None:
            bound = await self._targets.boundary(user)
            return {"User": descriptions.user(user, boundary=bound, detailed=True)}
        account = await self._identities.accounts.get(call.principal.account_id)
        return {"User": descriptions.root(account)}

    async def update_user(self, call: Call, params: Params) -> Result:
        """Give a user another name or path; whoever does it may do it to both."""
        user = await self._targets.user(call, params["UserName"])
        name, path = params.get("NewUserName", user.name), params.get("NewPath", user.path)
        require(call, arn(call, "user", name, path))
        await self._identities.users.rename(
            user.account_id, user.name, new_name=name, new_path=path
        )
        return {}

    async def delete_user(self, call: Call, params: Params) -> Result:
        """Delete a user that has nothing left."""
        user = await self._targets.user(call, params["UserName"])
        await self._identities.users.delete(user.account_id, user.name)
        return {}

    async def list_users(self, call: Call, params: Params) -> Result:
        """Tell of the users below a path."""
        page, prefix = Page(params), params.get("PathPrefix", "/")
        require(call, arn(call, "user", "", prefix))
        found = await self._identities.users.list(
            call.principal.account_id, path_prefix=prefix, after=page.after, limit=page.wanted
        )
        users, rest = page.cut(found, lambda user: user.name)
        return {"Users": [descriptions.user(user) for user in users], **rest}
