"""Policy documents: IAM's JSON language, parsed, checked and compiled.

IAM User Guide, "Grammar of the IAM JSON policy language".
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, NamedTuple

import orjson

from lenticular.primitives.policies import principal_element, statements, variables
from lenticular.primitives.policies.conditions import Condition, parse_condition
from lenticular.primitives.policies.principal_element import Bindings
from lenticular.primitives.policies.statements import Statement

Kind = Literal["identity", "session", "resource", "trust", "key"]
"""What a policy goes with: an identity (or its boundary), a session, a resource, a role, whose
trust policy says who may assume it, or a key of the key management service."""

WITH_VARIABLES = "2012-10-17"
VERSIONS = (WITH_VARIABLES, "2008-10-17")

_LARGEST: dict[Kind, int] = {
    "identity": 131_072,
    "session": 2_048,
    "resource": 20_480,
    "trust": 131_072,
    "key": 32_768,
}
"""Characters. What identities and roles may have of it, IAM counts without white space and
per identity: its interface does."""

_ACTION = re.compile(r"\*|\*:\*|[A-Za-z0-9-]+:[A-Za-z0-9*?_-]+")
_ARN = re.compile(r"arn:([^:\s]+):([^:\s]+)(:.*)?", re.DOTALL)
_SID = re.compile(r"[0-9A-Za-z]*")


class PolicyMalformed(ValueError):
    """The document is not a policy; the message says where and why."""


class PrincipalUnknown(PolicyMalformed):
    """The policy names a user or role that is not there."""

    def __init__(self, arn: str) -> None:
        super().__init__(f'Invalid principal in policy: "AWS":"{arn}"')
        self.arn = arn


class Layer(NamedTuple):
    """The statements of some policies that are about one action."""

    denies: tuple[Statement, ...]
    allows: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy, compiled."""

    name: str
    """How explanations call it: its ARN, or «the inline policy NAME of user NAME»."""
    document: str
    """The JSON that it was made of."""
    kind: Kind = "identity"
    bindings: Bindings = ()
    """Whom it means by the ARNs of users and roles."""
    statements: tuple[Statement, ...] = field(default=(), compare=False)
    layers: dict[str, Layer] = field(default_factory=dict, init=False, compare=False, repr=False)
    """Its statements by action, as far as they were asked for; the evaluator's."""


def parse(text: str, name: str, kind: Kind, bindings: Bindings = ()) -> Policy:
    """Compile a policy document, which was saved with `bindings`. Raises `PolicyMalformed`."""
    if len(text) > _LARGEST[kind]:
        raise PolicyMalformed(
            f"the policy has {len(text)} characters, and a {kind} policy has {_LARGEST[kind]} "
            f"at most"
        )
    document = _read(text)
    _check_names(document, "the policy", ("Version", "Id", "Statement"))
    version = document.get("Version", "2008-10-17")
    if version not in VERSIONS:
        raise PolicyMalformed(f"Version is {version!r}: expected {' or '.join(VERSIONS)}")
    if not isinstance(document.get("Id", ""), str):
        raise PolicyMalformed(f"Id is {document['Id']!r}: expected a text")
    if "Statement" not in document:
        raise PolicyMalformed("the policy has no Statement: expected one, or a list of them")
    given = document["Statement"]
    given = given if isinstance(given, list) else [given]
    if not given:
        raise PolicyMalformed("Statement is an empty list: expected one statement at least")
    reader = _Reader(name, kind, bindings, with_variables=version == WITH_VARIABLES)
    compiled = tuple(reader.statement(each, at) for at, each in enumerate(given, 1))
    _check_sids(compiled)
    return Policy(name, text, kind, bindings, compiled)


def _read(text: str) -> dict[str, Any]:
    """Return the JSON object of a document. Raises `PolicyMalformed`."""
    try:
        orjson.loads(text)  # stricter than the reader that can see duplicates
        document = json.loads(
            text, object_pairs_hook=_without_duplicates, parse_int=Decimal, parse_float=Decimal
        )
    except PolicyMalformed:
        raise
    except (ValueError, ArithmeticError) as error:
        raise PolicyMalformed(f"the policy is not JSON: {error}") from None
    except RecursionError:
        raise PolicyMalformed("the policy is nested too deeply") from None
    if not isinstance(document, dict):
        raise PolicyMalformed(f"the policy is {_shown(document)}: expected a JSON object")
    return document


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise PolicyMalformed(f"{twice!r} stands twice in one object of the policy")
    return made


def _shown(value: Any) -> str:
    """Return a value of the document, as JSON, cut short."""
    text = json.dumps(value, default=str)
    return text if len(text) <= 80 else f"{text[:80]}..."


def _check_names(given: Any, what: str, known: Sequence[str]) -> None:
    if not isinstance(given, dict):
        raise PolicyMalformed(f"{what} is {_shown(given)}: expected a JSON object")
    for name in given:
        if name not in known:
            raise PolicyMalformed(f"{what} has {name!r}: expected {', '.join(known)} only")


def _check_sids(compiled: Iterable[Statement]) -> None:
    seen: set[str] = set()
    for each in compiled:
        if each.sid and each.sid in seen:
            raise PolicyMalformed(
                f"two statements have the Sid {each.sid!r}: expected one of its own for each"
            )
        seen.add(each.sid)


class _Reader:
    """Compiles the statements of one policy."""

    def __init__(self, name: str, kind: Kind, bindings: Bindings, *, with_variables: bool) -> None:
        self._name = name
        self._kind = kind
        self._bindings = bindings
        self._with_variables = with_variables

    def statement(self, given: Any, number: int) -> Statement:
        """Compile a statement. Raises `PolicyMalformed`."""
        try:
            return self._statement(given, number)
        except ValueError as error:
            raise PolicyMalformed(f"statement {number}: {error}") from None

    def _statement(self, given: Any, number: int) -> Statement:
        _check_names(given, "the statement", _ELEMENTS)
        effect = given.get("Effect")
        if effect not in ("Allow", "Deny"):
            raise ValueError(f"Effect is {_shown(effect)}: expected Allow or Deny")
        principal, excepts_principal = self._principal(given, effect)
        actions, not_actions = _either(given, "Action")
        for action in actions:
            self._check_action(action)
        conditions = tuple(self._conditions(given.get("Condition", {})))
        return Statement(
            policy=self._name,
            number=number,
            sid=self._sid(given.get("Sid", "")),
            effect=effect,
            principal=principal,
            excepts_principal=excepts_principal,
            names=statements.naming(actions, negated=not_actions),
            coverage=self._coverage(given),
            conditions=conditions,
            holds=statements.holding(conditions),
            asks=self._asks(given, conditions),
        )

    def _asks(self, given: dict[str, Any], conditions: Sequence[Condition]) -> frozenset[str]:
        """Return the condition keys that are asked for, as such or as variables."""
        asked = {condition.name for condition in conditions}
        if self._with_variables:
            resources = given.get("Resource", given.get("NotResource", ()))
            texts = [resources] if isinstance(resources, str) else list(resources)
            texts += (text for condition in conditions for text in condition.expected)
            asked.update(*map(variables.keys_in, texts))
        return frozenset(asked)

    def _sid(self, sid: Any) -> str:
        if not isinstance(sid, str):
            raise ValueError(f"Sid is {_shown(sid)}: expected a text")
        if self._kind not in ("resource", "key") and not _SID.fullmatch(sid):
            raise ValueError(f"Sid is {sid!r}: expected letters and digits only")
        return sid

    def _principal(
        self, given: dict[str, Any], effect: str
    ) -> tuple[principal_element.PrincipalElement | None, bool]:
        present = [name for name in ("Principal", "NotPrincipal") if name in given]
        if self._kind in ("identity", "session"):
            if present:
                raise ValueError(
                    f"{present[0]} has no place in the policy of an identity: it is about whom "
                    f"it is attached to"
                )
            return None, False
        if len(present) != 1:
            raise ValueError("expected a Principal, or a NotPrincipal in its place")
        excepts = present == ["NotPrincipal"]
        if excepts and (effect != "Deny" or self._kind == "trust"):
            raise ValueError("NotPrincipal stands only with Deny, in the policy of a resource")
        return principal_element.parse(given[present[0]], self._bindings), excepts

    def _check_action(self, action: str) -> None:
        if not _ACTION.fullmatch(action):
            raise ValueError(
                f"{action!r} is no action: expected a service, a colon and a name, such as "
                f"s3:GetObject or s3:Get*"
            )
        if self._kind == "trust" and not action.lower().startswith("sts:"):
            raise ValueError(f"{action!r} has no place in a trust policy: expected actions of sts")

    def _coverage(self, given: dict[str, Any]) -> statements.Coverage:
        if self._kind == "trust":
            if present := [name for name in ("Resource", "NotResource") if name in given]:
                raise ValueError(
                    f"{present[0]} has no place in a trust policy: it is about the role that has it"
                )
            return statements.ANYWHERE
        resources, not_resources = _either(given, "Resource")
        patterns = [self._resource(text) for text in resources]
        return statements.covering(patterns, negated=not_resources)

    def _resource(self, text: str) -> str | variables.Template:
        if text != "*" and not _ARN.fullmatch(text):
            raise ValueError(f"{text!r} is no resource: expected an ARN, or *")
        return variables.parse(text, variables=self._with_variables)

    def _conditions(self, given: Any) -> Iterable[Condition]:
        if not isinstance(given, dict):
            raise ValueError(f"Condition is {_shown(given)}: expected a JSON object")
        for operator, keys in given.items():
            if not isinstance(keys, dict):
                raise ValueError(
                    f"{operator} has {_shown(keys)}: expected a JSON object of condition keys"
                )
            for key, value in keys.items():
                try:
                    yield parse_condition(
                        operator, key, _values(value), with_variables=self._with_variables
                    )
                except ValueError as error:
                    raise ValueError(f"Condition, {operator}, {key}: {error}") from None


_ELEMENTS = (
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
)


def _either(given: dict[str, Any], name: str) -> tuple[list[str], bool]:
    """Return the texts of an element or of its negation, and whether it is the negation."""
    present = [each for each in (name, f"Not{name}") if each in given]
    if len(present) != 1:
        raise ValueError(f"expected either {name} or Not{name}")
    return _texts(present[0], given[present[0]]), present[0] != name


def _texts(name: str, given: Any) -> list[str]:
    texts = given if isinstance(given, list) else [given]
    if not texts or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"{name} is {_shown(given)}: expected a text or a list of texts")
    return texts


def _values(given: Any) -> list[str]:
    """Return the values of a condition as texts."""
    values = given if isinstance(given, list) else [given]
    if not values:
        raise ValueError("expected one value at least")
    return [_value(value) for value in values]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | Decimal):
        return str(value)
    raise ValueError(f"{_shown(value)} is no value: expected a text, a number, true or false")
