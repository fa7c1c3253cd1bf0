"""The Principal element of a statement: whom it is about.

IAM User Guide, "AWS JSON policy elements: Principal" and "NotPrincipal". Beyond AWS's own
types there is ``Globus``, with an identity or a group: ``urn:globus:auth:identity:UUID`` and
``urn:globus:groups:id:UUID``.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from lenticular.primitives.policies.context import PROVIDER, SERVICE
from lenticular.primitives.principals import Principal

EVERYONE = "*"

Bindings = tuple[tuple[str, str], ...]
"""Users and roles that a policy names, each by its ARN as it was when the policy was saved and
by the unique id that it has for ever. A policy that was saved before bindings were kept has
none: it means whoever has the ARN."""

_ACCOUNT = re.compile(r"([0-9]{12})|arn:aws:iam::([0-9]{12}):root")
_ENTITY = re.compile(
    r"arn:aws:(iam::[0-9]{12}:(user|role)|sts::[0-9]{12}:(assumed-role|federated-user))/[^*?\s]+"
)
_SERVICE = re.compile(r"[a-z0-9.-]+\.[a-z0-9-]+")
_CANONICAL = re.compile(r"[0-9a-f]{64}")
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PERSON = re.compile(rf"urn:globus:auth:identity:({_UUID})")
_GROUP = re.compile(rf"urn:globus:groups:id:({_UUID})")


class Standing(IntEnum):
    """How closely an element names a principal."""

    NONE = 0
    ACCOUNT = 1
    """By its account, which may hand on what it is given."""
    ISSUER = 2
    """By the role or user that its session stands for."""
    DIRECT = 3


@dataclass(frozen=True, slots=True, eq=False)
class PrincipalElement:
    """Those whom a statement names."""

    everyone: bool
    accounts: frozenset[str]
    arns: frozenset[str]
    """Of sessions, and of users and roles that are not bound."""
    unique_ids: frozenset[str]
    """Of users and roles that are bound."""
    federated: frozenset[str]
    services: frozenset[str]
    canonical: frozenset[str]
    people: frozenset[str]
    groups: frozenset[str]

    def standing(self, principal: Principal) -> Standing:
        """Tell how closely the principal is named."""
        if self.everyone or self._names(principal) or self._names_otherwise(principal):
            return Standing.DIRECT
        if self._names_issuer(principal):
            return Standing.ISSUER
        if principal.account_id in self.accounts or principal.canonical_id in self.canonical:
            return Standing.DIRECT if principal.kind == "root" else Standing.ACCOUNT
        return Standing.NONE

    def excepts(self, principal: Principal) -> bool:
        """Tell whether a NotPrincipal element leaves the principal alone.

        It does when all that the principal is stands in it: the session, what the session
        is of, and the account.
        """
        if self.everyone or self._names_otherwise(principal):
            return True
        if not (principal.account_id in self.accounts or principal.canonical_id in self.canonical):
            return False
        if principal.kind == "root":
            return True
        return self._names(principal) and (
            not principal.issuer_arn or self._names_issuer(principal)
        )

    def _names(self, principal: Principal) -> bool:
        """Tell whether it names the user or the session itself."""
        # Only a user's id is ours: that of somebody else may be what an issuer says.
        return principal.arn in self.arns or (
            principal.kind == "user" and principal.user_id in self.unique_ids
        )

    def _names_issuer(self, principal: Principal) -> bool:
        """Tell whether it names the role or the user that a session stands for."""
        return principal.issuer_arn in self.arns or principal.issuer_id in self.unique_ids

    def _names_otherwise(self, principal: Principal) -> bool:
        """Tell whether it names a service, an identity provider, a person or a group."""
        keys = principal.keys
        return bool(
            (self.services and keys.get(SERVICE) in self.services)
            or (self.federated and keys.get(PROVIDER) in self.federated)
            or (self.people and principal.identity_id in self.people)
            or (self.people and not self.people.isdisjoint(keys.get("globus:identities", ())))
            or (self.groups and not self.groups.isdisjoint(keys.get("globus:groups", ())))
        )


def parse(value: Any, bindings: Bindings = ()) -> PrincipalElement:
    """Compile a Principal or NotPrincipal element. Raises ValueError for what it cannot be."""
    if value == EVERYONE:
        value = {"AWS": EVERYONE}
    if not isinstance(value, Mapping) or not value:
        raise ValueError(
            f'a Principal is "*" or an object such as {{"AWS": "123456789012"}}, not {value!r}'
        )
    named: dict[str, list[str]] = {name: [] for name in _TYPES}
    for kind, given in value.items():
        if kind not in _TYPES:
            raise ValueError(
                f"{kind!r} is no type of principal: expected one of {', '.join(_TYPES)}"
            )
        named[kind] = _texts(kind, given)
    for kind, pattern in _FORMS.items():
        for text in named[kind]:
            if not pattern.fullmatch(text):
                raise ValueError(
                    f"{text!r} is no principal of type {kind}: expected {_TYPES[kind]}"
                )
    aws, globus = named["AWS"], named["Globus"]
    accounts = (match for text in aws if (match := _ACCOUNT.fullmatch(text)))
    arns, bound = {text for text in aws if _ENTITY.fullmatch(text)}, dict(bindings)
    return PrincipalElement(
        everyone=EVERYONE in aws,
        accounts=frozenset(match[1] or match[2] for match in accounts),
        arns=frozenset(arns - bound.keys()),
        unique_ids=frozenset(bound[arn] for arn in arns & bound.keys()),
        federated=frozenset(named["Federated"]),
        services=frozenset(named["Service"]),
        canonical=frozenset(named["CanonicalUser"]),
        people=frozenset(match[1] for text in globus if (match := _PERSON.fullmatch(text))),
        groups=frozenset(match[1] for text in globus if (match := _GROUP.fullmatch(text))),
    )


def _texts(kind: str, given: Any) -> list[str]:
    texts = given if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    if not texts or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"principals of type {kind} are a text or a list of texts, not {given!r}")
    return list(texts)


_TYPES = {
    "AWS": "an account id, the ARN of an account's root, a user, a role or a session, or *",
    "Federated": "the ARN or the name of an identity provider",
    "Service": "the name of a service, such as s3.amazonaws.com",
    "CanonicalUser": "the 64 hex digits of an account",
    "Globus": "urn:globus:auth:identity:UUID or urn:globus:groups:id:UUID",
}

_FORMS = {
    "AWS": re.compile(rf"\*|{_ACCOUNT.pattern}|{_ENTITY.pattern}"),
    "Federated": re.compile(r"[^\s*?]+"),
    "Service": _SERVICE,
    "CanonicalUser": _CANONICAL,
    "Globus": re.compile(rf"{_PERSON.pattern}|{_GROUP.pattern}"),
}
