"""The context of a question: what its condition keys are worth.

IAM User Guide, "AWS global condition context keys". The keys of the resource and the action
come with the question, those of the principal and the request with the principal; the rest
is computed here.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the evaluator asks with contexts of its own questions
    from lenticular.primitives.policies.evaluation import Access
    from lenticular.primitives.principals import Principal

_TYPES = {
    "anonymous": "Anonymous",
    "root": "Account",
    "user": "User",
    "role": "AssumedRole",
    "federated": "FederatedUser",
}

SERVICE = "aws:principalservicename"
"""The key that a principal has which is a service of the cloud itself."""

PROVIDER = "aws:federatedprovider"
"""The key of who vouched for the principal: an identity provider's ARN or name."""


class Context:
    """Finds the values of condition keys for one question."""

    __slots__ = ("access",)

    def __init__(self, access: "Access") -> None:
        self.access = access

    def values(self, key: str) -> tuple[str, ...] | None:
        """Return the values of a key by its lower-case name; None: the request has none."""
        access = self.access
        principal = access.principal
        found: str | tuple[str, ...] | None = access.keys.get(key)
        if found is None:
            found = principal.keys.get(key)
        if found is None:
            found = principal.circumstances.value(key)
        if found is None and (compute := _COMPUTED.get(key)) is not None:
            found = compute(access)
        return (found,) if isinstance(found, str) else found


def _principal_arn(principal: "Principal") -> str | None:
    """Return what ``aws:PrincipalArn`` is: of a session of a role, the role."""
    arn = principal.issuer_arn if principal.kind == "role" else principal.arn
    return arn or None


def _user_name(principal: "Principal") -> str | None:
    return principal.arn.rpartition("/")[2] or None if principal.kind == "user" else None


_COMPUTED: "dict[str, Callable[[Access], str | None]]" = {
    "aws:principalarn": lambda access: _principal_arn(access.principal),
    "aws:principalaccount": lambda access: access.principal.account_id or None,
    "aws:principaltype": lambda access: _TYPES[access.principal.kind],
    "aws:userid": lambda access: access.principal.user_id,
    "aws:username": lambda access: _user_name(access.principal),
    "aws:principalisawsservice": lambda access: (
        "true" if SERVICE in access.principal.keys else "false"
    ),
    "aws:viaawsservice": lambda access: "false",
    "aws:resourceaccount": lambda access: access.account_id or None,
}
