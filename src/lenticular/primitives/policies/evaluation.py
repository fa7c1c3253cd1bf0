"""The evaluator: may this principal do this, and which statement says so?

IAM User Guide, "Policy evaluation logic", "Cross-account policy evaluation logic".
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeVar

from msgspec import Struct

from lenticular.primitives.policies.authority import Authority
from lenticular.primitives.policies.context import Context
from lenticular.primitives.policies.documents import Layer, Policy
from lenticular.primitives.policies.principal_element import Standing
from lenticular.primitives.policies.statements import Selection, Statement, select
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

_ARTICLES: Mapping[str, str] = {_IDENTITY: "an", "role trust policy": "the"}
"""Before a policy type; ``a`` otherwise."""

_NONE, _ISSUER, _DIRECT = Standing.NONE, Standing.ISSUER, Standing.DIRECT

_REMEMBERED = 1_000
"""Actions whose statements are kept at hand, for each authority and policy."""


class Access(Struct, frozen=True):
    """A question: may `principal` do `action` with `resource`?"""

    principal: Principal
    action: str
    """With its service: ``s3:GetObject``."""
    resource: str
    """An ARN; ``*`` for an action that has no resource."""
    account_id: str
    """The account that owns the resource."""
    keys: Keys = NO_KEYS
    """Of the resource and the action; those of principal and request are found there."""
    resource_policy: Policy | None = None
    granted: bool = False
    """Whether an access control list lets the principal do it: counts as an allow of the
    resource's policy that names the principal itself. What an owner's list gives the owner's
    own account is no such grant: there its policies say who may."""


class Decision(Struct, frozen=True):
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
            article = _ARTICLES.get(self.policy_type, "a")
            return f"{told} with an explicit deny in {article} {self.policy_type}"
        return f"{told} because no {self.policy_type} allows the {access.action} action"


class Relevant(NamedTuple):
    """The statements of an authority that are about one action."""

    denies: tuple[tuple[Selection, PolicyType], ...]
    allows: Selection
    """Of the policies that give."""
    limits: tuple[tuple[Selection, PolicyType], ...]
    """What the policies that only limit allow: each of them must."""
    asks: frozenset[str]
    """The condition keys that any of these statements asks for."""


def asked_keys(authority: Authority, action: str) -> frozenset[str]:
    """Return the condition keys that an answer about `action` can depend on, in lower case.

    Whoever makes keys of a request, at a cost, need not make others. It knows nothing of
    the policies of resources.
    """
    return (authority.relevant.get(action) or _relevant(authority, action)).asks


def decide(access: Access) -> Decision:
    """Answer a question. IAM User Guide, "Policy evaluation logic"."""
    principal = access.principal
    resource = access.resource
    values = Context(access).values
    own = principal.account_id == access.account_id and not principal.is_anonymous
    policy = access.resource_policy
    relevant = principal.authority.relevant.get(access.action)
    if relevant is None:
        relevant = _relevant(principal.authority, access.action)

    for selection, policy_type in relevant.denies:
        denying = selection.first(resource, values)
        if denying is not None:
            return Decision(access, False, "explicit", (denying,), policy_type)
    standing, deciding = _DIRECT if access.granted else _NONE, _NOBODY
    if policy is not None:
        of_resource = layer((policy,), access.action, policy.layers)
        for statement in of_resource.denies:
            if statement.standing(principal) and statement.applies(resource, values):
                return Decision(access, False, "explicit", (statement,), _type_of(policy))
        for statement in of_resource.allows:
            closer = statement.standing(principal)
            if closer > standing and statement.applies(resource, values):
                standing, deciding = closer, (statement,)

    if standing is _DIRECT and (own or principal.is_anonymous):
        return Decision(access, True, "allowed", deciding)
    if standing is _NONE and (not own or _must_allow(policy)):
        return _missing(access, _type_of(policy))

    # In its own account, a session that is named by its role or user needs no more of its own
    # policies than that they do not limit it.
    if not (own and standing is _ISSUER) and not principal.authority.unlimited:
        found = relevant.allows.first(resource, values)
        if found is None:
            return _missing(access, _IDENTITY)
        deciding = (*deciding, found)
    for selection, policy_type in relevant.limits:
        found = selection.first(resource, values)
        if found is None:
            return _missing(access, policy_type)
        deciding = (*deciding, found)
    return Decision(access, True, "allowed", deciding)


_NOBODY: tuple[Statement, ...] = ()


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
    """Find the statements of an authority that are about an action, and remember them."""
    boundary, session = authority.boundary, authority.session
    given = layer(authority.identity, action, {})
    limiting: list[tuple[Layer, PolicyType]] = []
    if boundary is not None:
        limiting.append((layer((boundary,), action, boundary.layers), _BOUNDARY))
    if session is not None:
        limiting.append((layer(session, action, {}), _SESSION))
    found = Relevant(
        tuple(
            (select(each.denies), policy_type)
            for each, policy_type in ((given, _IDENTITY), *limiting)
            if each.denies
        ),
        select(given.allows),
        tuple((select(each.allows), policy_type) for each, policy_type in limiting),
        frozenset().union(
            *(
                statement.asks
                for each in (given, *(each for each, _ in limiting))
                for statement in (*each.denies, *each.allows)
            )
        ),
    )
    _remember(authority.relevant, action, found)
    return found


def _remember(known: dict[str, T], action: str, found: T) -> None:
    if len(known) >= _REMEMBERED:
        known.clear()
    known[action] = found


def _must_allow(policy: Policy | None) -> bool:
    """Tell whether nothing is allowed that this policy does not allow: of a role, or of a key."""
    return policy is not None and policy.kind in ("trust", "key")


def _type_of(policy: Policy | None) -> PolicyType:
    is_trust = policy is not None and policy.kind == "trust"
    return "role trust policy" if is_trust else "resource-based policy"


def _missing(access: Access, policy_type: PolicyType) -> Decision:
    return Decision(access, False, "implicit", policy_type=policy_type)
