"""Rights: who may do what with a key, by its policy, by grants and by the caller's policies.

AWS KMS Developer Guide, "Determining access to AWS KMS keys", "Condition keys for AWS KMS",
"Allowing users in other accounts to use a KMS key".
"""

from msgspec import Struct

from lenticular.engines.kv.contract import Reader
from lenticular.primitives.access import AccessDenied
from lenticular.primitives.keys import granting, names
from lenticular.primitives.keys.ciphertexts import Context
from lenticular.primitives.keys.errors import InputInvalid
from lenticular.primitives.keys.names import KeyName
from lenticular.primitives.keys.policies import policy_of
from lenticular.primitives.keys.records import Grant, Key
from lenticular.primitives.policies.evaluation import NO_KEYS, Access, Decision, Keys, decide
from lenticular.primitives.principals import Principal

DEFAULT_REGION = "us-east-1"
"""Of what the cloud itself asks, in nobody's request."""

_ACROSS_ACCOUNTS = frozenset(
    f"kms:{name}"
    for name in (
        "CreateGrant",
        "Decrypt",
        "DescribeKey",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
        "GenerateDataKeyWithoutPlaintext",
        "GenerateMac",
        "GetKeyRotationStatus",
        "GetPublicKey",
        "ListGrants",
        "ListKeyRotations",
        "ReEncryptFrom",
        "ReEncryptTo",
        "RetireGrant",
        "RevokeGrant",
        "Sign",
        "Verify",
        "VerifyMac",
    )
)
"""What can be done with a key of another account; the rest only its own account does."""


class KeyRequest(Struct, frozen=True):
    """Who asks to do what with which key."""

    principal: Principal
    action: str
    """With its service: ``kms:Decrypt``."""
    key: str
    """An id, an alias, or the ARN of either."""
    account_id: str = ""
    """Whose ids and aliases bare names are; empty: the principal's own account's."""
    region: str = ""
    """Where bare names are looked for; empty: where the principal's request goes."""
    context: Context = {}
    """The encryption context."""
    via: str = ""
    """The service that asks on the principal's behalf (``s3.REGION.amazonaws.com``)."""
    keys: Keys = NO_KEYS
    """Further condition keys, of what is asked, by lower-case name."""
    grant: Grant | None = None
    """What is to be given to somebody else: of who may by a grant, no more than that gives."""

    def name(self) -> KeyName:
        """Return what the key is asked for by. Raises `KeyNameInvalid` and `KeyNotFound`."""
        principal = self.principal
        region = self.region or principal.circumstances.region or DEFAULT_REGION
        return names.parse(self.key, self.account_id or principal.account_id, region)


def admit(reader: Reader, asked: KeyRequest) -> Key:
    """Return the key that is asked for, once its caller is found to be allowed.

    Raises `AccessDenied`, `KeyNotFound` (also for an id of another account that is not given as
    an ARN) and `KeyNameInvalid`. Of another account's keys nobody learns whether they exist.
    """
    check_signed(asked)
    name = asked.name()
    key = name.find(reader)
    if key is None:
        _require_to_miss(asked, name)
        raise name.not_found()
    try:
        require(reader, asked, key, name.alias)
    except AccessDenied as error:
        if name.account_id != asked.principal.account_id:
            raise _unknown(asked, name) from error
        raise
    return key


def check_signed(asked: KeyRequest) -> None:
    """Raise `AccessDenied` for nobody: a policy for everybody means everybody with a name."""
    if asked.principal.is_anonymous:
        access = Access(asked.principal, asked.action, "*", "")
        raise AccessDenied(decision=Decision(access, False, "implicit"))


def require(reader: Reader, asked: KeyRequest, key: Key, alias: str = "") -> None:
    """Raise `AccessDenied` unless this may be done with the key, asked for by `alias`."""
    principal = asked.principal
    access = Access(
        principal=principal,
        action=asked.action,
        resource=key.arn,
        account_id=key.account_id,
        keys=_keys_of_key(key) | _keys_of_request(asked, alias),
        resource_policy=policy_of(key),
    )
    if principal.account_id != key.account_id and asked.action not in _ACROSS_ACCOUNTS:
        raise _denied(Decision(access, False, "implicit"))
    decision = decide(access)
    if decision.allowed:
        return
    if decision.cause == "implicit" and granting.allows(
        reader, access, key.id, asked.context, asked.grant
    ):
        return
    raise _denied(decision)


def require_in_account(asked: KeyRequest, resource: str = "*") -> None:
    """Raise `AccessDenied` unless the principal's policies allow this in its account.

    For what is asked of no key: listings, a key that is to be made, an alias.
    """
    check_signed(asked)
    principal = asked.principal
    keys = _keys_of_request(asked)
    decision = decide(Access(principal, asked.action, resource, principal.account_id, keys))
    if not decision.allowed:
        raise _denied(decision)


def _require_to_miss(asked: KeyRequest, name: KeyName) -> None:
    """Raise `AccessDenied` unless the principal may know that there is no such key."""
    if name.account_id != asked.principal.account_id:
        raise _unknown(asked, name)
    resource = name._replace(name="*").arn if name.alias else name.arn
    keys = _keys_of_request(asked, name.alias)
    decision = decide(Access(asked.principal, asked.action, resource, name.account_id, keys))
    if not decision.allowed:
        raise _denied(decision)


def _unknown(asked: KeyRequest, name: KeyName) -> AccessDenied:
    """Return the refusal of another account's key, whether it is there or not."""
    access = Access(asked.principal, asked.action, name.arn, name.account_id)
    return _denied(Decision(access, False, "implicit"))


def _denied(decision: Decision) -> AccessDenied:
    return AccessDenied(decision.message, decision)


def _keys_of_key(key: Key) -> dict[str, str | tuple[str, ...]]:
    """Return the condition keys of a key."""
    keys: dict[str, str | tuple[str, ...]] = {
        "kms:keyspec": key.spec,
        "kms:keyusage": key.usage,
        "kms:keyorigin": "AWS_KMS",
        "kms:multiregion": "false",
    }
    if key.aliases:
        keys["kms:resourcealiases"] = key.aliases
    for name, value in key.tags.items():
        keys[f"aws:resourcetag/{name.lower()}"] = value
    return keys


def _keys_of_request(asked: KeyRequest, alias: str = "") -> dict[str, str | tuple[str, ...]]:
    """Return the condition keys of what is asked. Raises `InputInvalid`."""
    keys = dict(asked.keys)
    keys["kms:calleraccount"] = asked.principal.account_id
    if asked.via:
        keys["kms:viaservice"] = asked.via
    if alias:
        keys["kms:requestalias"] = alias
    if asked.context:
        _add_context(keys, asked.context)
    return keys


def _add_context(keys: dict[str, str | tuple[str, ...]], context: Context) -> None:
    """Add the condition keys of an encryption context. Raises `InputInvalid`."""
    keys["kms:encryptioncontextkeys"] = tuple(context)
    for name, value in context.items():
        key = f"kms:encryptioncontext:{name.lower()}"
        if key in keys:  # a policy could not tell which of the two it asks for
            raise InputInvalid(f"The EncryptionContext has {name!r} twice, in different cases")
        keys[key] = value
