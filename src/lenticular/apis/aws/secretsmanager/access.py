"""Which secret a request is about, and whether its caller may do what it asks.

Service Authorization Reference, "Actions, resources, and condition keys for AWS Secrets
Manager"; User Guide, "Resource-based policies".
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from lenticular.apis.aws.secretsmanager.errors import invalid_parameter, not_found
from lenticular.apis.aws.wire.conditionkeys import Keys, request_tags, requested, resource_tags
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params
from lenticular.primitives.policies.documents import Policy, parse
from lenticular.primitives.policies.principal_element import Bindings
from lenticular.primitives.secrets import Secret, SecretName, Secrets
from lenticular.primitives.secrets.errors import SecretNotFound

_ARN = re.compile(r"arn:aws[a-z-]*:secretsmanager:([a-z0-9-]+):([0-9]{12}):secret:(.+)")
_NAME = re.compile(r"[A-Za-z0-9/_+=.@!-]{1,512}")
_SUFFIX = 7
"""Characters of the hyphen and what follows it at the end of an ARN."""

_REQUESTED = {
    "BlockPublicPolicy": "secretsmanager:blockpublicpolicy",
    "Description": "secretsmanager:description",
    "ForceDeleteWithoutRecovery": "secretsmanager:forcedeletewithoutrecovery",
    "KmsKeyId": "secretsmanager:kmskeyarn",
    "Name": "secretsmanager:name",
    "RecoveryWindowInDays": "secretsmanager:recoverywindowindays",
    "RotateImmediately": "secretsmanager:rotateimmediately",
    "SecretId": "secretsmanager:secretid",
    "VersionId": "secretsmanager:versionid",
    "VersionStage": "secretsmanager:versionstage",
}
"""Condition keys of what is asked, by parameter."""


class Access:
    """Finds secrets for those who may know of them."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    async def secret(
        self,
        call: Call,
        params: Params,
        action: str = "",
        secret_id: str | None = None,
        more: Keys | None = None,
    ) -> Secret:
        """Return the secret that is asked for, once its caller is found to be allowed.

        `action` is by default the operation's own, `secret_id` the parameter's; `more` are
        condition keys of this operation. Raises
        ResourceNotFoundException and AccessDeniedException: of another account's secrets
        nobody learns whether they exist without being allowed.
        """
        given = params["SecretId"] if secret_id is None else secret_id
        action = f"secretsmanager:{action or call.operation}"
        if call.principal.is_anonymous:
            call.require(action)  # a policy for everybody means everybody with a signature
        name, suffix = _parse(call, given)
        keys = requested(params, _REQUESTED) | (more or {})
        secret = await self._find(name, suffix)
        try:
            _require(call, action, name, secret, keys)
        except AwsError as error:
            if call.principal.account_id not in {"", name.account_id}:
                raise _denied(call, action, given) from error
            raise
        if secret is None:
            raise not_found()
        return secret

    async def _find(self, name: SecretName, suffix: str | None) -> Secret | None:
        """Return a secret by its name, or by an ARN with or without its random end."""
        if suffix is not None:
            found = await self._find(name._replace(name=name.name[: -len(suffix)]), None)
            if found is not None and found.arn.endswith(suffix):
                return found
        try:
            return await self._secrets.find(name)
        except SecretNotFound:
            return None

    def require_new(self, call: Call, params: Params) -> SecretName:
        """Return the name of a secret to be made, once its caller is found to be allowed."""
        given = params["Name"]
        if not _NAME.fullmatch(given):
            raise AwsError(
                "ValidationException",
                "Invalid name. Must be a valid name containing alphanumeric characters, or any of "
                "the following: -/_+=.@!",
            )
        name = SecretName(call.principal.account_id, call.region, given)
        arn = _new_arn(name)
        tags = checked_tags(params.get("Tags", ()))
        keys = requested(params, _REQUESTED) | request_tags(tags)
        call.require("secretsmanager:CreateSecret", arn, keys=keys)
        if tags:
            call.require("secretsmanager:TagResource", arn, keys=keys)
        return name


def _require(call: Call, action: str, name: SecretName, secret: Secret | None, keys: Keys) -> None:
    """Let the call go on only if its caller may do this to a secret, whether it is there or not."""
    if secret is None:
        # A policy may name a secret by its ARN, whose end nobody knows as there is none.
        call.require(action, _new_arn(name), account_id=name.account_id, keys=keys)
        return
    call.require(
        action,
        secret.arn,
        account_id=secret.account_id,
        keys=keys | resource_tags(secret.tags, "secretsmanager"),
        resource_policy=policy_of(secret),
    )


def _denied(call: Call, action: str, given: str) -> AwsError:
    """Return the error that says of another account's secret only what was asked."""
    who = call.principal.arn or call.principal.user_id
    return AwsError(
        "AccessDeniedException",
        f"User: {who} is not authorized to perform: {action} on resource: {given}",
    )


def _new_arn(name: SecretName) -> str:
    where = f"{name.region}:{name.account_id}"
    return f"arn:aws:secretsmanager:{where}:secret:{name.name}-??????"


def _parse(call: Call, given: str) -> tuple[SecretName, str | None]:
    """Return the name that an id gives, and the end of it that may be an ARN's suffix."""
    if not given.startswith("arn:"):
        return SecretName(call.principal.account_id, call.region, given), None
    match = _ARN.fullmatch(given)
    if match is None:
        raise invalid_parameter(f"{given} is not the ARN of a secret")
    region, account_id, rest = match.groups()
    if region != call.region:
        raise not_found()
    suffix = rest[-_SUFFIX:] if rest[-_SUFFIX : 1 - _SUFFIX] == "-" else None
    return SecretName(account_id, region, rest), suffix


def checked_tags(given: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return tags by key. Raises InvalidParameterException."""
    tags: dict[str, str] = {}
    for tag in given:
        key = tag.get("Key", "")
        if not key:
            raise invalid_parameter("Every tag has a Key")
        if key in tags:
            raise invalid_parameter(f"Duplicate tag key found: {key}")
        if key.lower().startswith("aws:"):
            raise invalid_parameter("Tag keys that begin with aws: are reserved")
        tags[key] = tag.get("Value", "")
    return tags


def policy_of(secret: Secret) -> Policy | None:
    """Return the resource policy of a secret, compiled."""
    return compiled(secret.policy, secret.arn, secret.bindings) if secret.policy else None


@lru_cache(maxsize=1024)
def compiled(document: str, arn: str, bindings: Bindings = ()) -> Policy:
    """Return the policy of a document. Raises `PolicyMalformed`."""
    return parse(document, f"the policy of the secret {arn}", "resource", bindings)
