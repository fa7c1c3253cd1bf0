"""What the policies of an identity say, ready to be asked: a principal carries one."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # statements ask about principals, and these carry an authority
    from lenticular.primitives.policies.documents import Policy
    from lenticular.primitives.policies.evaluation import Relevant


@dataclass(frozen=True, slots=True)
class Authority:
    """The policies that go with an identity, compiled.

    IAM User Guide, "Policy evaluation logic".
    """

    identity: "tuple[Policy, ...]" = ()
    """Attached to the identity itself, and to the groups it is in."""
    boundary: "Policy | None" = None
    """The permissions boundary: what is not in it is not allowed by `identity` either."""
    session: "tuple[Policy, ...] | None" = None
    """Passed when the session began; None: none was, and they limit nothing."""
    unlimited: bool = False
    """A root identity: everything in its own account is allowed."""
    relevant: "dict[str, Relevant]" = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    """Its statements by action, as far as they were asked for; the evaluator's."""


NO_AUTHORITY = Authority()
ROOT_AUTHORITY = Authority(unlimited=True)
