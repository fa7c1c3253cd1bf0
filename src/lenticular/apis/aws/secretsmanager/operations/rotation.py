"""Rotation: RotateSecret, CancelRotateSecret.

A rotation by a function of the owner's is not there yet. What is there is rotation without
one, of secrets whose Type the cloud knows: ``RandomPassword`` and ``AccessKey``; see
`lenticular.primitives.secrets.renewal`. Its rules are the ExternalSecretRotationMetadata:
of a password those of GetRandomPassword, of an access key the ``UserName``.
"""

from lenticular.apis.aws.secretsmanager.access import Access
from lenticular.apis.aws.secretsmanager.errors import invalid_parameter
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.secrets import PENDING, Rotation, Secret, Secrets
from lenticular.primitives.secrets.renewal import USER_NAME

_NO_ROTATION = Rotation(enabled=False)


class RotationOperations:
    """What is done to the rotation of secrets."""

    def __init__(self, secrets: Secrets, access: Access) -> None:
        self._rotations = secrets.rotations
        self._access = access

    async def rotate_secret(self, call: Call, params: Params) -> Result:
        """Rotate a secret at once, unless that is unwanted, and then by its rules."""
        secret = await self._access.secret(call, params)
        if params.get("RotationLambdaARN"):
            raise invalid_parameter(
                "Functions are not there yet: leave RotationLambdaARN out, and give the secret a "
                "Type that is rotated without one, RandomPassword or AccessKey"
            )
        if params.get("ExternalSecretRotationRoleArn"):
            raise invalid_parameter(
                "ExternalSecretRotationRoleArn is not supported: nothing outside of the cloud is "
                "rotated"
            )
        rotation = _rotation(secret.rotation or _NO_ROTATION, params)
        if USER_NAME in rotation.rules:
            await self._require_keys(call, secret, rotation.rules[USER_NAME])
        at_once = params.get("RotateImmediately", True)
        version_id = params["ClientRequestToken"] if at_once else None
        changed = await self._rotations.begin(secret, rotation, version_id)
        result: Result = {"ARN": changed.arn, "Name": changed.name}
        return result | {"VersionId": version_id} if version_id else result

    async def cancel_rotate_secret(self, call: Call, params: Params) -> Result:
        """Rotate a secret no longer."""
        secret = await self._access.secret(call, params)
        changed = await self._rotations.stop(secret)
        pending = changed.staged(PENDING)
        result: Result = {"ARN": changed.arn, "Name": changed.name}
        return result | {"VersionId": pending.id} if pending else result

    async def _require_keys(self, call: Call, secret: Secret, user_name: str) -> None:
        """Let only those rotate a user's access key who may make and delete the keys of that user.

        The user is the one that the rotation names, not the secret's value, which others may
        have put there; and its ARN is the real one, for its path may be what policies go by.
        """
        user = await self._rotations.key_holder(secret, user_name)
        arn = user.arn if user else f"arn:aws:iam::{secret.account_id}:user/{user_name}"
        for action in ("iam:CreateAccessKey", "iam:DeleteAccessKey"):
            call.require(action, arn, account_id=secret.account_id)
        if user is None:
            raise invalid_parameter(f"There is no user {user_name} whose key could be rotated")


def _rotation(before: Rotation, params: Params) -> Rotation:
    """Return the rotation that a request asks for; what it leaves out stays."""
    given = params.get("RotationRules")
    if given is None:
        days, schedule, duration = before.days, before.schedule, before.duration
    else:
        days = given.get("AutomaticallyAfterDays", 0)
        schedule = given.get("ScheduleExpression", "")
        duration = given.get("Duration", "")
        if days and schedule:
            raise invalid_parameter(
                "You can't specify both AutomaticallyAfterDays and ScheduleExpression."
            )
    metadata = params.get("ExternalSecretRotationMetadata")
    rules = before.rules if metadata is None else {each["Key"]: each["Value"] for each in metadata}
    return Rotation(True, days, schedule, duration, rules)
