"""Statements: one rule of a policy, compiled so that asking it is quick."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lenticular.primitives.policies.conditions import Condition
from lenticular.primitives.policies.matching import Simple, matcher, part_of, simplified
from lenticular.primitives.policies.principal_element import PrincipalElement, Standing
from lenticular.primitives.policies.variables import Template, Values
from lenticular.primitives.principals import Principal


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """One rule: whether it allows or denies, whom, what, where, and when."""

    policy: str
    """The name of its policy."""
    number: int
    """Its place in the policy, from 1."""
    sid: str
    effect: Literal["Allow", "Deny"]
    principal: PrincipalElement | None
    """None in policies that are attached to an identity."""
    excepts_principal: bool
    """Whether `principal` names those whom the statement is not about."""
    names: Callable[[str], bool]
    """Tells whether an action, in lower case, is one that the statement is about."""
    coverage: "Coverage"
    conditions: tuple[Condition, ...]
    holds: Callable[[Values], bool] | None
    """Tells whether its conditions hold; None: it has none."""
    asks: frozenset[str] = frozenset()
    """The condition keys, in lower case, on whose values it depends whether it applies."""

    @property
    def label(self) -> str:
        """How people are told of it."""
        return f"statement {self.sid or self.number} of {self.policy}"

    def standing(self, principal: Principal) -> Standing:
        """Tell how closely the statement names the principal."""
        if self.principal is None:
            return Standing.DIRECT
        if self.excepts_principal:
            return Standing.NONE if self.principal.excepts(principal) else Standing.DIRECT
        return self.principal.standing(principal)

    def applies(self, resource: str, values: Values) -> bool:
        """Tell whether it is about the resource, and its conditions hold."""
        if not self.coverage.covers(resource, values):
            return False
        return self.holds is None or self.holds(values)


def holding(conditions: Sequence[Condition]) -> Callable[[Values], bool] | None:
    """Compile a Condition element: all of its lines must hold."""
    if len(conditions) < 2:
        return conditions[0].holds if conditions else None
    return lambda values: all(condition.holds(values) for condition in conditions)


def naming(patterns: Sequence[str], *, negated: bool) -> Callable[[str], bool]:
    """Compile an Action or NotAction element."""
    matchers = tuple(matcher(pattern.lower()) for pattern in patterns)
    return lambda action: any(matches(action) for matches in matchers) is not negated


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """The resources that a statement is about."""

    covers: Callable[[str, Values], object]
    """Tells by the truth of its result whether a resource, an ARN, is one of them."""
    simple: tuple[Simple, ...] = ()
    """All of its patterns, when each is a text or the beginning of one."""
    part: str = ""
    """What every resource that is covered has in it: quicker to look for than to match."""


ANYWHERE = Coverage(lambda resource, values: True, (Simple("", prefix=True),))
"""Every resource."""


def covering(patterns: Sequence[str | Template], *, negated: bool) -> Coverage:
    """Compile a Resource or NotResource element.

    A variable that has no value leaves a pattern that matches nothing.
    """
    constant = [text for text in patterns if isinstance(text, str)]
    templates = tuple(text for text in patterns if isinstance(text, Template))
    matchers = tuple(matcher(text, "resource") for text in constant)

    def covers(resource: str, values: Values) -> bool:
        if any(matches(resource) for matches in matchers):
            return not negated
        filled = (template.fill(values) for template in templates)
        found = any(text is not None and matcher(text, "resource")(resource) for text in filled)
        return found is not negated

    if templates or negated:
        return Coverage(covers)
    simple = [found for text in constant if (found := simplified(text, "resource"))]
    whole = tuple(simple) if len(simple) == len(constant) else ()
    if len(matchers) == 1:
        [matches] = matchers
        return Coverage(lambda resource, values: matches(resource), whole, part_of(constant[0]))
    return Coverage(covers, whole)


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """Statements, laid out so that one that applies is found without asking every one.

    Those about resources of a name or a beginning are looked up.
    """

    exact: Mapping[str, Sequence[Statement]]
    """By resource."""
    beginnings: tuple[tuple[int, Mapping[str, Sequence[Statement]]], ...]
    """By the beginning of a resource, for every length that one has."""
    others: tuple[Statement, ...]
    """These must be asked."""

    def first(self, resource: str, values: Values) -> Statement | None:
        """Return a statement that applies."""
        for statement in self.exact.get(resource, ()):
            if statement.holds is None or statement.holds(values):
                return statement
        for length, by_beginning in self.beginnings:
            for statement in by_beginning.get(resource[:length], ()):
                if statement.holds is None or statement.holds(values):
                    return statement
        for statement in self.others:
            if statement.coverage.part in resource and statement.applies(resource, values):
                return statement
        return None


def select(statements: Sequence[Statement]) -> Selection:
    """Lay statements out."""
    exact: dict[str, list[Statement]] = {}
    beginnings: dict[int, dict[str, list[Statement]]] = {}
    for statement in statements:
        for text, prefix in statement.coverage.simple:
            known = beginnings.setdefault(len(text), {}) if prefix else exact
            known.setdefault(text, []).append(statement)
    others = tuple(statement for statement in statements if not statement.coverage.simple)
    return Selection(exact, tuple(sorted(beginnings.items())), others)
