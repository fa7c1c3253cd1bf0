"""Parameters and results as the audit log may have them: without secrets, and not too large.

What is secret is said by the models (the trait ``sensitive``), and by a list of our own of
what they forget. Names are written as CloudTrail writes them, with a lower-case first letter.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from lenticular.apis.aws.wire.models import Shape, ShapeCompiler
from lenticular.primitives.audit import HIDDEN
from lenticular.primitives.audit.events import cut, iso

_LONGEST_TEXT = 20 * 1024
"""Characters of a text that are kept: a policy fits."""

_MOST_MEMBERS = 200
"""Members of a list that are kept."""

_SHORTEST_SECRET = 4
"""Characters below which a secret is not looked for in an error message."""

_SECRET_MEMBERS = frozenset(
    {
        "NewPassword",
        "OldPassword",
        "Password",
        "Plaintext",
        "PrivateKey",
        "RandomPassword",
        "SAMLAssertion",
        "SecretAccessKey",
        "SecretBinary",
        "SecretString",
        "SessionToken",
        "TokenCode",
        "WebIdentityToken",
    }
)
"""Secret in every service, whatever its model says."""

_CONTENTS: Mapping[str, frozenset[str]] = {
    "dynamodb": frozenset(
        {
            "AttributeUpdates",
            "Attributes",
            "Expected",
            "ExpressionAttributeValues",
            "Item",
            "Items",
            "KeyConditions",
            "Parameters",
            "QueryFilter",
            "RequestItems",
            "Responses",
            "ScanFilter",
            "Statements",
            "TransactItems",
            "TransactStatements",
        }
    ),
}
"""Members that hold the data themselves, by service."""

_RENAMED = {"s3": {"Bucket": "bucketName", "Key": "key"}}
"""Members that events have under another name, by service."""

Redact = Callable[[Any, list[str]], Any]
"""Makes what may be recorded of a value; adds the secrets that it left out to the list."""


class Redactor(ShapeCompiler[Redact]):
    """Redacts what the shapes of one service describe."""

    def __init__(self, service: str, opaque: Collection[str] = ()) -> None:
        super().__init__()
        self._secret = _SECRET_MEMBERS | _CONTENTS.get(service, frozenset())
        self._renamed = _RENAMED.get(service, {})
        self._by_header = service == "s3"
        self._opaque = opaque

    def document(
        self, shape: Shape | None, value: Mapping[str, Any], secrets: list[str]
    ) -> dict[str, Any] | None:
        """Return what may be recorded of parameters or a result; None: there is nothing."""
        if shape is None or not value:
            return None
        redacted: dict[str, Any] = self(shape)(value, secrets)
        return redacted or None

    def compile(self, shape: Shape) -> Redact:
        if shape.traits.get("sensitive"):
            return _hide
        if shape.name in self._opaque:
            return lambda value, secrets: _plain(value)
        match shape.type:
            case "structure":
                return self._structure(shape)
            case "list":
                return self._list(shape)
            case "map":
                return self._map(shape)
            case "timestamp":
                return _time
        return lambda value, secrets: _plain(value)

    def _structure(self, shape: Shape) -> Redact:
        members: dict[str, tuple[str, Redact]] = {}
        for name, member in shape.members.items():
            if member.traits.get("streaming") or member.traits.get("eventstream"):
                continue
            redact = _hide if name in self._secret else self(member)
            members[name] = (self._name(name, member), redact)

        def redact_structure(value: Any, secrets: list[str]) -> Any:
            return {
                label: redact(value[name], secrets)
                for name, (label, redact) in members.items()
                if value.get(name) is not None
            }

        return redact_structure

    def _name(self, name: str, member: Shape) -> str:
        if name in self._renamed:
            return self._renamed[name]
        if self._by_header and member.traits.get("location") in {"header", "querystring"}:
            return member.wire_name(name)
        return name[:1].lower() + name[1:]

    def _list(self, shape: Shape) -> Redact:
        redact = self(shape.member)

        def redact_list(value: Any, secrets: list[str]) -> Any:
            found = [redact(item, secrets) for item in value[:_MOST_MEMBERS]]
            if len(value) > _MOST_MEMBERS:
                found.append(f"... ({len(value)} members)")
            return found

        return redact_list

    def _map(self, shape: Shape) -> Redact:
        redact = self(shape.value)

        def redact_map(value: Any, secrets: list[str]) -> Any:
            return {str(key): redact(item, secrets) for key, item in value.items()}

        return redact_map


def without(secrets: Collection[str], text: str) -> str:
    """Return an error message without the secrets that it may repeat."""
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, HIDDEN)
    return text


def _hide(value: Any, secrets: list[str]) -> str:
    if isinstance(value, str):
        secrets.append(value)
    return HIDDEN


def _time(value: Any, secrets: list[str]) -> str:
    return iso(value.timestamp() if isinstance(value, datetime) else float(value))


def _plain(value: Any) -> Any:
    """Return what JSON can hold of a value that has no shape, or a simple one."""
    match value:
        case str():
            return cut(value, _LONGEST_TEXT)
        case bool() | int() | float() | None:
            return value
        case bytes():
            return f"({len(value)} bytes)"
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value[:_MOST_MEMBERS]]
    return str(value)
