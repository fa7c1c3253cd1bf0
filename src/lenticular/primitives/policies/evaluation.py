"""The evaluator: may this principal do this, and which statement says so?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from lenticular.primitives.policies.documents import Policy
from lenticular.primitives.principals import Principal

Keys = Mapping[str, str | tuple[str, ...]]
"""Condition keys by lower-case name, with a value or several."""

NO_KEYS: Keys = MappingProxyType({})


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
    resource's policy."""


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer, and why."""

    access: Access
    allowed: bool
    cause: Literal["allowed", "implicit", "explicit"]
    """``explicit``: a statement denies it; ``implicit``: none allows it."""

    @property
    def message(self) -> str:
        """What the principal is told, in IAM's words."""
        return (
            f"User: {self.access.principal.arn} is not authorized to perform: "
            f"{self.access.action} on resource: {self.access.resource}"
        )


def decide(access: Access) -> Decision:
    """Answer a question. IAM User Guide, "Policy evaluation logic"."""
    principal = access.principal
    allowed = principal.authority.unlimited and principal.account_id == access.account_id
    return Decision(access, allowed, "allowed" if allowed else "implicit")
