"""The evaluator: may this principal do this, and which statement says so?

IAM User Guide, "Policy evaluation logic", "Cross-account policy evaluation logic".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeVar

from lenticular.primitives.policies.authority import Authority
from lenticular.primitives.policies.context import Context
from lenticular.primitives.policies.documents import Layer, Policy
from lenticular.primitives.policies.principal_element import Standing
from lenticular.primitives.policies.statements import Statement
from lenticular.primitives.principals import Principal

T = TypeVar("T")

Keys = Mapping[str, str | tuple[str, ...]]
"""Condition keys by lower-case name, with a value or several."""

NO_KEYS: Keys = MappingProxyType({})

PolicyType = Literal[
    "identity-based policy",
    "permissions boundary",
    "session policy",
    "resource-based policy",
    "role trust policy",
]
"""IAM's words for what a policy is to a question."""

_IDENTITY: PolicyType = "identity-based policy"
_BOUNDARY: PolicyType = "permissions boundary"
_SESSION: PolicyType = "session policy"

_REMEMBERED = 1_000
"""Actions whose statements are kept at hand, for each authority and policy."""


@dataclass(frozen=True, slots=True)
class Access:
    """A question: may `principal` do `action` with `resource`?"""

    principal: Principal
    action: str
    """With its service: ``s3:GetObject``."""
    resource: str
    """An ARN; ``*`` for an action that has no resource."""
    account_id: str
    """The account that owns the resource."""
    keys: Keys = field(default_factory=lambda: NO_KEYS)
    """Of the resource and the action; those of principal and request are found there."""
    resource_policy: Policy | None = None
    granted: bool = False
    """Whether an access control list lets the principal do it: counts as an allow of the
    resource's policy that names the principal itself. What an owner's list gives the owner's
    own account is no such grant: there its policies say who may."""


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer, and why."""

    access: Access
    allowed: bool
    cause: Literal["allowed", "implicit", "explicit"]
    """``explicit``: a statement denies it; ``implicit``: none allows it."""
    statements: tuple[Statement, ...] = ()
    """Those that decided: the one that denies, or those that together allow."""
    policy_type: PolicyType | None = None
    """Of the policy that denies, or in which an allow is missing."""

    @property
    def message(self) -> str:
        """What the principal is told, in IAM's words.

        Nobody is told about the policies of another account.
        """
        access = self.access
        principal = access.principal
        told = (
            f"User: {principal.arn or principal.user_id} is not authorized to perform: "
            f"{access.action}"
        )
        if access.resource != "*":
            told += f" on resource: {access.resource}"
        if self.policy_type is None or principal.account_id != access.account_id:
            return told
        if self.cause == "explicit":
            article = "an" if self.policy_type == "identity-based policy" else "a"
            return f"{told} with an explicit deny in {article} {self.policy_type}"
        return f"{told} because no {self.policy_type} allows the {access.action} action"


class Relevant(NamedTuple):
    """The statements of an authority that are about one action, by what they are to it."""

    identity: Layer
    boundary: Layer | None
    session: Layer | None


def decide(access: Access) -> Decision:
    """Answer a question. IAM User Guide, "Policy evaluation logic"."""
    context = Context(access)
    principal = access.principal
    own = principal.account_id == access.account_id and not principal.is_anonymous
    relevant = _relevant(principal.authority, access.action)
    policy = access.resource_policy
    of_resource = _NOTHING if policy is None else layer((policy,), access.action, policy.layers)
    if denial := _denial(relevant, of_resource, context):
        return denial

    standing, deciding = _granted(of_resource, context)
    if standing is Standing.DIRECT and (own or principal.is_anonymous):
        return Decision(access, True, "allowed", deciding)
    if standing is Standing.NONE and (not own or _must_allow(policy)):
        return _missing(access, _type_of(policy))

    # In its own account, a session that is named by its role or user needs no more of its own
    # policies than that they do not limit it.
    if not (own and standing is Standing.ISSUER) and not principal.authority.unlimited:
        found = _first(relevant.identity.allows, context)
        if found is None:
            return _missing(access, _IDENTITY)
        deciding = (*deciding, found)
    for limit, policy_type in (
        (relevant.boundary, _BOUNDARY),
        (relevant.session, _SESSION),
    ):
        if limit is not None:
            found = _first(limit.allows, context)
            if found is None:
                return _missing(access, policy_type)
            deciding = (*deciding, found)
    return Decision(access, True, "allowed", deciding)


_NOTHING = Layer((), ())


def layer(policies: Iterable[Policy], action: str, known: dict[str, Layer]) -> Layer:
    """Return the statements of `policies` that are about an action, from `known` if there."""
    if (found := known.get(action)) is None:
        name = action.lower()
        about = [each for policy in policies for each in policy.statements if each.names(name)]
        found = Layer(
            tuple(each for each in about if each.effect == "Deny"),
            tuple(each for each in about if each.effect == "Allow"),
        )
        _remember(known, action, found)
    return found


def _relevant(authority: Authority, action: str) -> Relevant:
    if (found := authority.relevant.get(action)) is None:
        boundary, session = authority.boundary, authority.session
        found = Relevant(
            layer(authority.identity, action, {}),
            None if boundary is None else layer((boundary,), action, boundary.layers),
            None if session is None else layer(session, action, {}),
        )
        _remember(authority.relevant, action, found)
    return found


def _remember(known: dict[str, T], action: str, found: T) -> None:
    if len(known) >= _REMEMBERED:
        known.clear()
    known[action] = found


def _first(statements: tuple[Statement, ...], context: Context) -> Statement | None:
    """Return the first statement that applies."""
    resource, values = context.access.resource, context.values
    for statement in statements:
        if statement.applies(resource, values):
            return statement
    return None


def _denial(relevant: Relevant, of_resource: Layer, context: Context) -> Decision | None:
    """Return the answer that an explicit deny gives, whoever allows what."""
    access = context.access
    for of_principal, policy_type in (
        (relevant.identity, _IDENTITY),
        (relevant.boundary, _BOUNDARY),
        (relevant.session, _SESSION),
    ):
        if of_principal is not None and of_principal.denies:
            found = _first(of_principal.denies, context)
            if found is not None:
                return Decision(access, False, "explicit", (found,), policy_type)
    for statement in of_resource.denies:
        if statement.standing(access.principal) and statement.applies(
            access.resource, context.values
        ):
            policy_type = _type_of(access.resource_policy)
            return Decision(access, False, "explicit", (statement,), policy_type)
    return None


def _granted(of_resource: Layer, context: Context) -> tuple[Standing, tuple[Statement, ...]]:
    """Return how closely the resource allows it to the principal, and the statement that does."""
    access = context.access
    best = Standing.NONE
    by: tuple[Statement, ...] = ()
    for statement in of_resource.allows:
        standing = statement.standing(access.principal)
        if standing > best and statement.applies(access.resource, context.values):
            best, by = standing, (statement,)
    if access.granted and best is not Standing.DIRECT:
        return Standing.DIRECT, ()
    return best, by


def _must_allow(policy: Policy | None) -> bool:
    """Tell whether nothing is allowed that this policy does not allow: a trust policy."""
    return policy is not None and policy.kind == "trust"


def _type_of(policy: Policy | None) -> PolicyType:
    return "role trust policy" if _must_allow(policy) else "resource-based policy"


def _missing(access: Access, policy_type: PolicyType) -> Decision:
    return Decision(access, False, "implicit", policy_type=policy_type)
