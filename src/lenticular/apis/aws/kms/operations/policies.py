"""Key policies: GetKeyPolicy, PutKeyPolicy, ListKeyPolicies."""

from lenticular.apis.aws.kms.errors import not_found
from lenticular.apis.aws.kms.requests import Requests, note
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.keys import Keys
from lenticular.primitives.keys.policies import POLICY_NAME


class PolicyOperations:
    """What is done to the policies of keys."""

    def __init__(self, keys: Keys, requests: Requests) -> None:
        self._keys = keys
        self._requests = requests

    async def get_key_policy(self, call: Call, params: Params) -> Result:
        """Return the policy of a key."""
        policy = await self._keys.catalog.policy(self._requests.key(call, params))
        _check_name(params)
        return {"Policy": policy, "PolicyName": POLICY_NAME}

    async def put_key_policy(self, call: Call, params: Params) -> Result:
        """Replace the policy of a key."""
        asked = self._requests.key(call, params)
        _check_name(params)
        lockout = params.get("BypassPolicyLockoutSafetyCheck", False)
        key = await self._keys.catalog.set_policy(asked, params["Policy"], lockout=lockout)
        note(call, key)
        return {}

    async def list_key_policies(self, call: Call, params: Params) -> Result:
        """List the names of a key's policies: there is one."""
        note(call, await self._keys.catalog.find(self._requests.key(call, params)))
        return {"PolicyNames": [POLICY_NAME], "Truncated": False}


def _check_name(params: Params) -> None:
    name = params.get("PolicyName", POLICY_NAME)
    if name != POLICY_NAME:
        raise not_found(f"No such policy {name}: the only one is called {POLICY_NAME}")
