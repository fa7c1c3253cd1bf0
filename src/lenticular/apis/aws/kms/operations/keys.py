"""Keys as such: made, described, listed, enabled and disabled, and deleted."""

from msgspec.structs import replace

from lenticular.apis.aws.kms.descriptions import described
from lenticular.apis.aws.kms.errors import unsupported, validation
from lenticular.apis.aws.kms.operations.tags import tags_of
from lenticular.apis.aws.kms.paging import page_of
from lenticular.apis.aws.kms.requests import Requests, note
from lenticular.apis.aws.wire.conditionkeys import request_tags
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.keys import Keys
from lenticular.primitives.keys.catalog import Plan, kept
from lenticular.primitives.keys.errors import AliasNotFound
from lenticular.primitives.keys.names import S3_ALIAS
from lenticular.primitives.keys.specs import ENCRYPT_DECRYPT, SYMMETRIC_DEFAULT

_SHORTEST_WINDOW, _LONGEST_WINDOW = 7, 30
"""Days before a key is destroyed."""


class KeyOperations:
    """What is done to keys as such."""

    def __init__(self, keys: Keys, requests: Requests) -> None:
        self._keys = keys
        self._requests = requests

    async def create_key(self, call: Call, params: Params) -> Result:
        """Make a key."""
        tags = tags_of(params)
        spec = params.get("KeySpec") or params.get("CustomerMasterKeySpec", SYMMETRIC_DEFAULT)
        usage = params.get("KeyUsage", ENCRYPT_DECRYPT)
        more = {
            "kms:keyspec": spec,
            "kms:keyusage": usage,
            "kms:keyorigin": params.get("Origin", "AWS_KMS"),
            "kms:multiregion": str(params.get("MultiRegion", False)).lower(),
        }
        asked = self._requests.account(call, params, more | request_tags(tags))
        _check_made_here(params)
        plan = Plan(
            region=call.region,
            spec=spec,
            usage=usage,
            policy=params.get("Policy", ""),
            may_lock_out=params.get("BypassPolicyLockoutSafetyCheck", False),
            description=params.get("Description", ""),
            tags=tags,
        )
        return {"KeyMetadata": described(note(call, await self._keys.catalog.create(asked, plan)))}

    async def describe_key(self, call: Call, params: Params) -> Result:
        """Tell all of a key but its materials; S3's is made when it is asked for."""
        asked = self._requests.key(call, params)
        try:
            key = await self._keys.catalog.find(asked)
        except AliasNotFound:
            name = asked.name()
            if name.alias != S3_ALIAS or name.account_id != call.principal.account_id:
                raise
            key = await self._keys.catalog.find_managed(asked)
        return {"KeyMetadata": described(note(call, key))}

    async def list_keys(self, call: Call, params: Params) -> Result:
        """List the account's keys in the region."""
        asked = self._requests.account(call, params)
        found = await self._keys.catalog.of_account(asked, call.region)
        page, more = page_of(found, params, lambda key: key.id, 100)
        return {"Keys": [{"KeyId": key.id, "KeyArn": key.arn} for key in page], **more}

    async def enable_key(self, call: Call, params: Params) -> Result:
        """Let a key be used."""
        note(call, await self._keys.catalog.enable(self._requests.key(call, params)))
        return {}

    async def disable_key(self, call: Call, params: Params) -> Result:
        """Let a key not be used until it is enabled."""
        note(call, await self._keys.catalog.disable(self._requests.key(call, params)))
        return {}

    async def update_key_description(self, call: Call, params: Params) -> Result:
        """Describe a key otherwise."""
        asked = self._requests.key(call, params)
        description = params["Description"]
        key = await self._keys.catalog.alter(
            asked, lambda key: replace(kept(key), description=description)
        )
        note(call, key)
        return {}

    async def schedule_key_deletion(self, call: Call, params: Params) -> Result:
        """Let a key be destroyed in 7 to 30 days, and not be used until then."""
        days = params.get("PendingWindowInDays", _LONGEST_WINDOW)
        asked = self._requests.key(call, {**params, "PendingWindowInDays": days})
        if not _SHORTEST_WINDOW <= days <= _LONGEST_WINDOW:
            raise validation(
                f"PendingWindowInDays is {days}: expected {_SHORTEST_WINDOW} to {_LONGEST_WINDOW}"
            )
        key = note(call, await self._keys.catalog.schedule_deletion(asked, days))
        return {
            "KeyId": key.arn,
            "DeletionDate": key.deletion / 1000,
            "KeyState": key.state,
            "PendingWindowInDays": days,
        }

    async def cancel_key_deletion(self, call: Call, params: Params) -> Result:
        """Let a key stay, disabled."""
        asked = self._requests.key(call, params)
        return {"KeyId": note(call, await self._keys.catalog.cancel_deletion(asked)).arn}


def _check_made_here(params: Params) -> None:
    """Raise UnsupportedOperationException for keys that are made, or are, elsewhere."""
    origin = params.get("Origin", "AWS_KMS")
    if origin != "AWS_KMS" or "CustomKeyStoreId" in params or "XksKeyId" in params:
        raise unsupported(f"Keys of the origin {origin} are not supported: expected AWS_KMS")
    if params.get("MultiRegion", False):
        raise unsupported("Multi-Region keys are not supported: this cloud is one region")
