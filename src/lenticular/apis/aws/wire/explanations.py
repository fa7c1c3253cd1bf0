"""Explanations: why a call was refused, sealed, for those who may know.

A refused caller learns only that. With the answer comes the whole decision, encrypted, in the
header `HEADER`; whoever may call DecodeAuthorizationMessage in the caller's account reads it
there. AWS STS API Reference, "DecodeAuthorizationMessage".
"""

import base64
import binascii
import json
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from lenticular.primitives.policies.documents import Policy
from lenticular.primitives.policies.evaluation import Decision
from lenticular.primitives.policies.statements import Statement
from lenticular.primitives.vault import Vault, VaultError

HEADER = "x-amzn-encoded-authorization-message"

LONGEST = 6 * 1024
"""Characters of an encoded message; what would be longer leaves the conditions out."""

_REQUEST_KEYS = (
    "aws:CurrentTime",
    "aws:SourceIp",
    "aws:SecureTransport",
    "aws:UserAgent",
    "aws:Referer",
    "aws:RequestedRegion",
)


class MessageInvalid(ValueError):
    """The message was not made here, or not for this account."""

    def __init__(self) -> None:
        super().__init__("The encoded authorization message is not valid.")


class Explanations:
    """Encodes decisions, and decodes them for those whom they concern."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def encode(self, decision: Decision) -> str:
        """Return a decision that refused somebody as a message for their account."""
        account_id = decision.access.principal.account_id
        document = _document(decision)
        message = self._seal(document, account_id)
        if len(message) > LONGEST:
            document["context"]["conditions"] = {"items": []}
            document["matchedStatements"] = {"items": []}
            message = self._seal(document, account_id)
        return message

    def _seal(self, document: Mapping[str, Any], account_id: str) -> str:
        packed = zlib.compress(json.dumps(document).encode())
        return base64.urlsafe_b64encode(self._vault.seal(packed, _context(account_id))).decode()

    def decode(self, message: str, account_id: str) -> str:
        """Return the JSON of a message for an account. Raises `MessageInvalid`."""
        try:
            sealed = base64.b64decode(message.encode(), altchars=b"-_", validate=True)
            return zlib.decompress(self._vault.open(sealed, _context(account_id))).decode()
        except (VaultError, binascii.Error, ValueError) as error:
            raise MessageInvalid from error


def _context(account_id: str) -> str:
    return f"authorization message for {account_id}"


def _document(decision: Decision) -> dict[str, Any]:
    """Return what is told of a decision: nothing of what another account has."""
    access = decision.access
    principal = access.principal
    own = principal.account_id == access.account_id
    statements = decision.statements if own or decision.policy_type in _OF_PRINCIPAL else ()
    keys = dict(principal.keys)
    for name in _REQUEST_KEYS:
        value = principal.circumstances.value(name.lower())
        if value is not None:
            keys[name] = value
    if own:
        keys |= access.keys
    return {
        "allowed": False,
        "explicitDeny": decision.cause == "explicit",
        "matchedStatements": _items(_statement(each, decision) for each in statements),
        "failures": _items([]),
        "context": {
            "principal": {
                "id": principal.user_id,
                "name": principal.arn.rpartition("/")[2],
                "arn": principal.arn,
            },
            "action": access.action,
            "resource": access.resource,
            "conditions": _conditions(keys),
        },
    }


_OF_PRINCIPAL = ("identity-based policy", "permissions boundary", "session policy")


def _statement(statement: Statement, decision: Decision) -> dict[str, Any]:
    written = _written(statement, decision)
    conditions = {each.key: each.expected for each in statement.conditions}
    return {
        "statementId": statement.sid,
        "effect": statement.effect.upper(),
        "sourcePolicyId": statement.policy,
        "principals": _items([{"value": decision.access.principal.user_id}]),
        "principalGroups": _items([]),
        "actions": _values(written.get("Action", written.get("NotAction", ()))),
        "resources": _values(written.get("Resource", written.get("NotResource", ()))),
        "conditions": _conditions(conditions),
    }


def _written(statement: Statement, decision: Decision) -> dict[str, Any]:
    """Return a statement as it stands in its policy."""
    authority = decision.access.principal.authority
    policies: list[Policy | None] = [
        *authority.identity,
        authority.boundary,
        *(authority.session or ()),
        decision.access.resource_policy,
    ]
    for policy in policies:
        if policy is not None and policy.name == statement.policy:
            statements = json.loads(policy.document)["Statement"]
            every = statements if isinstance(statements, list) else [statements]
            written: dict[str, Any] = every[statement.number - 1]
            return written
    return {}


def _conditions(keys: Mapping[str, str | tuple[str, ...]]) -> dict[str, Any]:
    return _items({"key": name, "values": _values(keys[name])} for name in keys)


def _values(values: str | Iterable[str]) -> dict[str, Any]:
    texts = [values] if isinstance(values, str) else values
    return _items({"value": text} for text in texts)


def _items(items: Iterable[Any]) -> dict[str, Any]:
    return {"items": list(items)}
