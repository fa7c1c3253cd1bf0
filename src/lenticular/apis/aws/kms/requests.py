"""What calls ask of keys: who asks, to do what, with which key.

Service Authorization Reference, "Actions, resources, and condition keys for AWS Key Management
Service".
"""

from collections.abc import Mapping

from lenticular.apis.aws.kms.errors import not_found
from lenticular.apis.aws.wire.conditionkeys import Keys, requested
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params
from lenticular.primitives.keys.errors import KeyNotFound
from lenticular.primitives.keys.grants import Grants
from lenticular.primitives.keys.records import Key
from lenticular.primitives.keys.rights import KeyRequest

_REQUESTED = {
    "BypassPolicyLockoutSafetyCheck": "kms:bypasspolicylockoutsafetycheck",
    "EncryptionAlgorithm": "kms:encryptionalgorithm",
    "KeyPairSpec": "kms:datakeypairspec",
    "MacAlgorithm": "kms:macalgorithm",
    "MessageType": "kms:messagetype",
    "PendingWindowInDays": "kms:schedulekeydeletionpendingwindowindays",
    "RotationPeriodInDays": "kms:rotationperiodindays",
    "SigningAlgorithm": "kms:signingalgorithm",
}
"""Condition keys of what is asked, by parameter."""


class Requests:
    """Makes requests to the keys of what calls ask."""

    def __init__(self, grants: Grants) -> None:
        self._grants = grants

    def key(
        self,
        call: Call,
        params: Params,
        *,
        key: str | None = None,
        action: str = "",
        context: Mapping[str, str] | None = None,
        more: Keys | None = None,
    ) -> KeyRequest:
        """Return what a call asks to do with a key.

        `key` is by default the parameter KeyId, `action` the operation's own, `context` the
        parameter EncryptionContext; `more` are condition keys of this operation. Raises
        NotFoundException for an ARN of another region, and what a key cannot be called.
        """
        action = f"kms:{action or call.operation}"
        if call.principal.is_anonymous:
            call.require(action)  # a policy for everybody means everybody with a signature
        self._grants.check_tokens(params.get("GrantTokens", ()))
        if context is None:
            context = params.get("EncryptionContext", {})
        asked = KeyRequest(
            principal=call.principal,
            action=action,
            key=params.get("KeyId", "") if key is None else key,
            region=call.region,
            context=context,
            keys=requested(params, _REQUESTED) | (more or {}),
        )
        if asked.key:
            _note_named(call, asked)
        return asked

    def account(self, call: Call, params: Params, more: Keys | None = None) -> KeyRequest:
        """Return what a call asks of no key in particular."""
        return self.key(call, params, key="", more=more)


def note(call: Call, key: Key) -> Key:
    """Tell the audit log which key a call was found to be about; return it."""
    note_arn(call, key.arn)
    return key


def note_arn(call: Call, arn: str) -> None:
    """Tell the audit log the ARN of what a call was found to be about."""
    call.touched.append((arn, arn.split(":")[4]))


def check_dry_run(params: Params) -> None:
    """Raise DryRunOperationException if nothing was to be done but to see whether it could be."""
    if params.get("DryRun", False):
        raise AwsError(
            "DryRunOperationException",
            "The request would have succeeded, but the DryRun option is set.",
        )


def _note_named(call: Call, asked: KeyRequest) -> None:
    try:
        name = asked.name()
    except KeyNotFound as error:
        raise not_found(f"Invalid keyId '{error.key}'") from None
    if name.region != call.region:
        raise not_found(f"Invalid arn {name.region}")
    if not name.alias:
        call.touched.append((name.arn, name.account_id))
