"""Values: GetSecretValue, BatchGetSecretValue, PutSecretValue, UpdateSecretVersionStage."""

from lenticular.apis.aws.secretsmanager.access import Access
from lenticular.apis.aws.secretsmanager.errors import invalid_parameter, translate
from lenticular.apis.aws.secretsmanager.operations.listings import page_of, selected
from lenticular.apis.aws.secretsmanager.operations.secrets import value_of
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.secrets import CURRENT, Secret, Secrets, Value, Version
from lenticular.primitives.secrets.errors import SecretsError

_MOST_AT_ONCE = 20


class ValueOperations:
    """What is done to the values of secrets."""

    def __init__(self, secrets: Secrets, access: Access) -> None:
        self._secrets = secrets
        self._access = access

    async def get_secret_value(self, call: Call, params: Params) -> Result:
        """Return a value, by default the current one."""
        secret = await self._access.secret(call, params)
        found = await self._secrets.value(
            secret, params.get("VersionId"), params.get("VersionStage")
        )
        return _valued(*found)

    async def batch_get_secret_value(self, call: Call, params: Params) -> Result:
        """Return the current values of several secrets; of one that is refused, why."""
        call.require("secretsmanager:BatchGetSecretValue")
        if ("SecretIdList" in params) == ("Filters" in params):
            raise invalid_parameter("You must include Filters or SecretIdList, but not both.")
        result: Result = {}
        ids = params.get("SecretIdList")
        if ids is None:
            call.require("secretsmanager:ListSecrets")
            found = await selected(self._secrets, call, params)
            page, token = page_of(found, params, _MOST_AT_ONCE)
            ids = [secret.arn for secret in page]
            if token is not None:
                result["NextToken"] = token
        elif "MaxResults" in params or "NextToken" in params:
            raise invalid_parameter("MaxResults and NextToken go with Filters only.")
        values: list[Result] = []
        errors: list[Result] = []
        for secret_id in dict.fromkeys(ids):
            try:
                secret = await self._access.secret(call, {}, "GetSecretValue", secret_id)
                values.append(_valued(*await self._secrets.value(secret)))
            except (AwsError, SecretsError) as error:
                known = error if isinstance(error, AwsError) else translate(error)
                if known is None:
                    raise
                errors.append(
                    {"SecretId": secret_id, "ErrorCode": known.code, "Message": known.message}
                )
        return result | {"SecretValues": values, "Errors": errors}

    async def put_secret_value(self, call: Call, params: Params) -> Result:
        """Add a version, by default as the current one."""
        secret = await self._access.secret(call, params)
        value = value_of(params)
        if value is None:
            raise invalid_parameter("You must provide either SecretString or SecretBinary.")
        version_id = params["ClientRequestToken"]
        stages = tuple(params.get("VersionStages", (CURRENT,)))
        changed = await self._secrets.put(secret, value, version_id, stages)
        return {
            "ARN": changed.arn,
            "Name": changed.name,
            "VersionId": version_id,
            "VersionStages": list(changed.version(version_id).stages),
        }

    async def update_secret_version_stage(self, call: Call, params: Params) -> Result:
        """Move a staging label from one version to another."""
        secret = await self._access.secret(call, params)
        source, target = params.get("RemoveFromVersionId"), params.get("MoveToVersionId")
        if source is None and target is None:
            raise invalid_parameter(
                "You must provide RemoveFromVersionId, MoveToVersionId, or both."
            )
        await self._secrets.move_stage(secret, params["VersionStage"], source, target)
        return {"ARN": secret.arn, "Name": secret.name}


def _valued(secret: Secret, version: Version, value: Value) -> Result:
    return {
        "ARN": secret.arn,
        "Name": secret.name,
        "VersionId": version.id,
        "SecretString": value.text,
        "SecretBinary": value.data,
        "VersionStages": list(version.stages) or None,
        "CreatedDate": version.created / 1000,
    }
