"""Secrets as such: CreateSecret, UpdateSecret, DescribeSecret."""

from typing import Any

from msgspec.structs import replace

from lenticular.apis.aws.secretsmanager.access import Access, checked_tags
from lenticular.apis.aws.secretsmanager.descriptions import described
from lenticular.apis.aws.secretsmanager.errors import invalid_parameter
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.secrets import Secret, Secrets, Value
from lenticular.primitives.secrets.renewal import KINDS

_OWN_KEY = ("alias/aws/secretsmanager", "aws/secretsmanager")
"""What the key of the vault is called; there are no others."""

_ELSEWHERE = ("AddReplicaRegions", "CrossAccountPrimaryARN")


class SecretOperations:
    """What is done to secrets as such."""

    def __init__(self, secrets: Secrets, access: Access) -> None:
        self._secrets = secrets
        self._access = access

    async def create_secret(self, call: Call, params: Params) -> Result:
        """Make a secret, with a first version when there is a value."""
        name = self._access.require_new(call, params)
        for parameter in _ELSEWHERE:
            if params.get(parameter):
                raise AwsError(
                    "InvalidRequestException",
                    f"{parameter} is not supported: this cloud is one region of its own",
                )
        value = value_of(params)
        version_id = params["ClientRequestToken"]
        secret = await self._secrets.create(
            name,
            value,
            version_id,
            description=params.get("Description", ""),
            kind=_kind(params),
            key_id=_key_id(params),
            tags=checked_tags(params.get("Tags", ())),
        )
        result: Result = {"ARN": secret.arn, "Name": secret.name}
        return result | {"VersionId": version_id} if value is not None else result

    async def update_secret(self, call: Call, params: Params) -> Result:
        """Change the settings of a secret and, with a value, its current version."""
        secret = await self._access.secret(call, params)
        value = value_of(params)
        changes: dict[str, Any] = {}
        if "Description" in params:
            changes["description"] = params["Description"]
        if "Type" in params:
            changes["kind"] = _kind(params)
        if "KmsKeyId" in params:
            changes["key_id"] = _key_id(params)

        def alter(found: Secret) -> Secret:
            return replace(found, **changes)

        version_id = params["ClientRequestToken"]
        changed = await self._secrets.update(secret, alter, value, version_id)
        result: Result = {"ARN": changed.arn, "Name": changed.name}
        return result | {"VersionId": version_id} if value is not None else result

    async def describe_secret(self, call: Call, params: Params) -> Result:
        """Tell all of a secret but its values."""
        secret = await self._access.secret(call, params)
        stages = {version.id: list(version.stages) for version in secret.versions if version.stages}
        result = described(secret)
        return result | {"VersionIdsToStages": stages} if stages else result


def value_of(params: Params) -> Value | None:
    """Return the value that is given. Raises InvalidParameterException for two."""
    text, data = params.get("SecretString"), params.get("SecretBinary")
    if text is not None and data is not None:
        raise invalid_parameter(
            "You can't specify both a binary secret value and a string secret value in the same "
            "secret."
        )
    return None if text is None and data is None else Value(text, data)


def _kind(params: Params) -> str:
    kind: str = params.get("Type", "")
    if kind and kind not in KINDS:
        raise invalid_parameter(
            f"The Type {kind} is not known here: a secret that is rotated without a function is "
            f"of the Type {' or '.join(KINDS)}"
        )
    return kind


def _key_id(params: Params) -> str:
    key_id: str = params.get("KmsKeyId", "")
    if key_id and not key_id.endswith(_OWN_KEY):
        raise AwsError(
            "EncryptionFailure",
            f"There is no key {key_id}: secrets are sealed with {_OWN_KEY[0]}",
        )
    return key_id
