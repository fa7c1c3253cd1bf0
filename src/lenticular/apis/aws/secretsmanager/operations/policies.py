"""Resource policies: PutResourcePolicy, GetResourcePolicy, DeleteResourcePolicy,
ValidateResourcePolicy.
"""

import json
from typing import Any

from lenticular.apis.aws.secretsmanager.access import Access, compiled
from lenticular.apis.aws.secretsmanager.errors import invalid_parameter
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.policies.documents import Policy
from lenticular.primitives.secrets import Secret, Secrets


class PolicyOperations:
    """What is done to the policies of secrets."""

    def __init__(self, secrets: Secrets, access: Access) -> None:
        self._secrets = secrets
        self._access = access

    async def put_resource_policy(self, call: Call, params: Params) -> Result:
        """Set the policy of a secret."""
        secret = await self._access.secret(call, params)
        _check_unnamed(params)
        document = params["ResourcePolicy"]
        policy = compiled(document, secret.arn)
        if params.get("BlockPublicPolicy", False) and _lets_everybody_in(document):
            raise AwsError(
                "PublicPolicyException",
                "The resource policy lets everybody in, and BlockPublicPolicy forbids that.",
            )
        return await self._set(secret, policy)

    async def get_resource_policy(self, call: Call, params: Params) -> Result:
        """Return the policy of a secret, if it has one."""
        secret = await self._access.secret(call, params)
        _check_unnamed(params)
        policy = await self._secrets.policy(secret) or None
        return {"ARN": secret.arn, "Name": secret.name, "ResourcePolicy": policy}

    async def delete_resource_policy(self, call: Call, params: Params) -> Result:
        """Remove the policy of a secret, if it has one."""
        secret = await self._access.secret(call, params)
        _check_unnamed(params)
        return await self._set(secret, None)

    async def validate_resource_policy(self, call: Call, params: Params) -> Result:
        """Tell whether a policy could be put, and lets not everybody in."""
        if "SecretId" in params:
            await self._access.secret(call, params)
        else:
            call.require("secretsmanager:ValidateResourcePolicy")
        document = params["ResourcePolicy"]
        await self._secrets.check_policy(compiled(document, ""))
        if not _lets_everybody_in(document):
            return {"PolicyValidationPassed": True, "ValidationErrors": []}
        error = {
            "CheckName": "PublicPolicy",
            "ErrorMessage": "The resource policy lets everybody in.",
        }
        return {"PolicyValidationPassed": False, "ValidationErrors": [error]}

    async def _set(self, secret: Secret, policy: Policy | None) -> Result:
        await self._secrets.set_policy(secret, policy)
        return {"ARN": secret.arn, "Name": secret.name}


def _check_unnamed(params: Params) -> None:
    """Raise InvalidParameterException where one of several policies is meant."""
    if "PolicyName" in params:
        raise invalid_parameter("PolicyName is not supported: a secret has one resource policy.")


def _lets_everybody_in(document: str) -> bool:
    """Tell whether a policy allows something to everybody, under no condition."""
    statements: Any = json.loads(document)["Statement"]
    return any(
        statement["Effect"] == "Allow"
        and not statement.get("Condition")
        and _means_everybody(statement.get("Principal"))
        for statement in (statements if isinstance(statements, list) else [statements])
    )


def _means_everybody(principal: Any) -> bool:
    named = principal.get("AWS", ()) if isinstance(principal, dict) else principal
    return "*" in ([named] if isinstance(named, str) else named or ())
