"""Statements: one rule of a policy, compiled so that asking it is quick."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from lenticular.primitives.policies.conditions import Condition
from lenticular.primitives.policies.matching import Matcher, matcher
from lenticular.primitives.policies.principal_element import PrincipalElement, Standing
from lenticular.primitives.policies.variables import Template, Values
from lenticular.primitives.principals import Principal

Covers = Callable[[str, Values], object]
"""Tells by the truth of its result whether a resource, an ARN, is one that a statement is about."""


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
    covers: Covers
    conditions: tuple[Condition, ...]

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
        if not self.covers(resource, values):
            return False
        return not self.conditions or all(each.holds(values) for each in self.conditions)


def naming(patterns: Sequence[str], *, negated: bool) -> Callable[[str], bool]:
    """Compile an Action or NotAction element."""
    matchers = tuple(matcher(pattern.lower()) for pattern in patterns)
    return lambda action: any(matches(action) for matches in matchers) is not negated


def anywhere(resource: str, values: Values) -> bool:
    """Cover every resource: for a policy that has no Resource element."""
    return True


def covering(patterns: Sequence[str | Template], *, negated: bool) -> Covers:
    """Compile a Resource or NotResource element.

    A variable that has no value leaves a pattern that matches nothing.
    """
    constant = tuple(matcher(text, "resource") for text in patterns if isinstance(text, str))
    templates = tuple(text for text in patterns if isinstance(text, Template))
    if templates or negated:
        return lambda resource, values: (
            _is_matched(resource, constant, templates, values) is (not negated)
        )
    if patterns == ["*"]:
        return anywhere
    if len(constant) == 1:
        [matches] = constant
        return lambda resource, values: matches(resource)
    return lambda resource, values: any(matches(resource) for matches in constant)


def _is_matched(
    resource: str, constant: Sequence[Matcher], templates: Sequence[Template], values: Values
) -> bool:
    if any(matches(resource) for matches in constant):
        return True
    filled = (template.fill(values) for template in templates)
    return any(text is not None and matcher(text, "resource")(resource) for text in filled)
