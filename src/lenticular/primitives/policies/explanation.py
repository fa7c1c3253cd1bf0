"""Explanations: every statement that was looked at for a question, and what it said.

It asks the same statements the same questions as the evaluator, one after another, where the
evaluator stops at the first that decides.
"""

from dataclasses import dataclass
from typing import Literal

from lenticular.primitives.policies.context import Context
from lenticular.primitives.policies.documents import Policy
from lenticular.primitives.policies.evaluation import Access, Decision, PolicyType, decide
from lenticular.primitives.policies.statements import Statement

Reason = Literal["applies", "principal", "action", "resource", "condition"]
"""What a statement is not about, or whether it applies."""


@dataclass(frozen=True, slots=True)
class Considered:
    """A statement, and whether it applies."""

    statement: Statement
    policy_type: PolicyType
    reason: Reason
    detail: str = ""
    """Of a condition that does not hold: what it expects, and what the request has."""

    @property
    def applies(self) -> bool:
        return self.reason == "applies"


@dataclass(frozen=True, slots=True)
class Explanation:
    """An answer with every statement that was considered for it."""

    decision: Decision
    considered: tuple[Considered, ...]


def explain(access: Access) -> Explanation:
    """Answer a question as `decide` does, and tell what each statement says to it."""
    context = Context(access)
    considered = tuple(
        _consider(statement, policy_type, context)
        for policy_type, policy in _policies(access)
        for statement in policy.statements
    )
    return Explanation(decide(access), considered)


def _policies(access: Access) -> list[tuple[PolicyType, Policy]]:
    authority = access.principal.authority
    found: list[tuple[PolicyType, Policy]] = [
        ("identity-based policy", policy) for policy in authority.identity
    ]
    if authority.boundary is not None:
        found.append(("permissions boundary", authority.boundary))
    found += [("session policy", policy) for policy in authority.session or ()]
    if (policy := access.resource_policy) is not None:
        found.append(
            ("role trust policy" if policy.kind == "trust" else "resource-based policy", policy)
        )
    return found


def _consider(statement: Statement, policy_type: PolicyType, context: Context) -> Considered:
    access = context.access
    if not statement.standing(access.principal):
        return Considered(statement, policy_type, "principal")
    if not statement.names(access.action.lower()):
        return Considered(statement, policy_type, "action")
    if not statement.coverage.covers(access.resource, context.values):
        return Considered(statement, policy_type, "resource")
    for condition in statement.conditions:
        if not condition.holds(context.values):
            found = context.values(condition.name)
            detail = (
                f"{condition.operator} {condition.key} expects {' or '.join(condition.expected)}, "
                f"and it is {', '.join(found) if found else 'not there'}"
            )
            return Considered(statement, policy_type, "condition", detail)
    return Considered(statement, policy_type, "applies")
