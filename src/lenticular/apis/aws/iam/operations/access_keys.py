"""Access keys (AWS IAM API Reference, CreateAccessKey and the like)."""

from lenticular.apis.aws.iam import descriptions
from lenticular.apis.aws.iam.errors import no_such_entity
from lenticular.apis.aws.iam.paging import Page
from lenticular.apis.aws.iam.targets import Targets, require
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.identities import Identities, User


class AccessKeyOperations:
    """Access keys are made, switched off and on, told of, and deleted.

    Without a UserName they are the caller's own; those of a root identity are its alone.
    """

    def __init__(self, identities: Identities, targets: Targets) -> None:
        self._identities = identities
        self._targets = targets

    async def create_access_key(self, call: Call, params: Params) -> Result:
        """Make a key; its secret is told this once."""
        user = await self._targets.user_or_caller(call, params)
        key, secret = await self._identities.keys.create(call.principal.account_id, _name(user))
        return {
            "AccessKey": descriptions.access_key(key, _name(user) or None)
            | {"SecretAccessKey": secret}
        }

    async def update_access_key(self, call: Call, params: Params) -> Result:
        """Let a key sign requests, or not."""
        user = await self._targets.user_or_caller(call, params)
        await self._identities.keys.set_active(
            call.principal.account_id,
            _name(user),
            params["AccessKeyId"],
            params["Status"] == "Active",
        )
        return {}

    async def delete_access_key(self, call: Call, params: Params) -> Result:
        """Delete a key for good."""
        user = await self._targets.user_or_caller(call, params)
        await self._identities.keys.delete(
            call.principal.account_id, _name(user), params["AccessKeyId"]
        )
        return {}

    async def list_access_keys(self, call: Call, params: Params) -> Result:
        """Tell of the keys of an identity."""
        page = Page(params)
        user = await self._targets.user_or_caller(call, params)
        found = await self._identities.keys.list(call.principal.account_id, _name(user))
        keys, rest = page.of(found, lambda key: key.access_key_id)
        return {
            "AccessKeyMetadata": [
                descriptions.access_key(key, _name(user) or None) for key in keys
            ],
            **rest,
        }

    async def get_access_key_last_used(self, call: Call, params: Params) -> Result:
        """Tell when a key was last used, and for what."""
        key_id, account_id = params["AccessKeyId"], call.principal.account_id
        found = await self._identities.keys.find(key_id)
        if found is None or found[0].account_id != account_id:
            require(call, "*")
            raise no_such_entity(f"The Access Key with id {key_id} cannot be found.")
        _, user = found
        require(call, f"arn:aws:iam::{account_id}:root" if user is None else user.arn)
        use = await self._identities.uses.last(key_id)
        return {
            "UserName": _name(user) or None,
            "AccessKeyLastUsed": {
                "LastUsedDate": descriptions.seconds(use.time) if use else None,
                "ServiceName": use.service if use else "N/A",
                "Region": use.region if use else "N/A",
            },
        }


def _name(user: User | None) -> str:
    return "" if user is None else user.name
