"""Deleting secrets, and taking that back: DeleteSecret, RestoreSecret."""

from lenticular.apis.aws.secretsmanager.access import Access
from lenticular.apis.aws.secretsmanager.errors import invalid_parameter, invalid_request
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.secrets import Secrets
from lenticular.primitives.secrets.errors import SecretDeleted

_SHORTEST, _LONGEST = 7, 30
"""Days for which a deleted secret can be restored."""

_DAY = 24 * 3600


class DeletionOperations:
    """What is done to be rid of secrets."""

    def __init__(self, secrets: Secrets, access: Access) -> None:
        self._secrets = secrets
        self._access = access

    async def delete_secret(self, call: Call, params: Params) -> Result:
        """Mark a secret for deletion, or delete it at once."""
        force = params.get("ForceDeleteWithoutRecovery", False)
        window = _window(params, force=force)
        try:
            secret = await self._access.secret(call, params)
        except AwsError as error:
            if force and error.code == "ResourceNotFoundException":
                return {"Name": params["SecretId"]}  # it is gone, which is what was asked
            raise
        try:
            deleted = await self._secrets.delete(secret, window * _DAY)
        except SecretDeleted as error:
            raise invalid_request(
                "You tried to perform the operation on a secret that's currently marked deleted."
            ) from error
        return {"ARN": deleted.arn, "Name": deleted.name, "DeletionDate": deleted.purge / 1000}

    async def restore_secret(self, call: Call, params: Params) -> Result:
        """Take the mark off a secret."""
        secret = await self._access.secret(call, params)
        await self._secrets.restore(secret)
        return {"ARN": secret.arn, "Name": secret.name}


def _window(params: Params, *, force: bool) -> int:
    """Return the days until a secret is gone. Raises InvalidParameterException."""
    if force:
        if "RecoveryWindowInDays" in params:
            raise invalid_parameter(
                "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays."
            )
        return 0
    window: int = params.get("RecoveryWindowInDays", _LONGEST)
    if not _SHORTEST <= window <= _LONGEST:
        raise invalid_parameter(
            "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."
        )
    return window
