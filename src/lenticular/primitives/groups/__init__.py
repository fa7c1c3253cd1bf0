"""Groups of people, whatever account or institution they come from, and who may do what in one."""

from lenticular.primitives.groups.actions import Outcome, Refusal, Request
from lenticular.primitives.groups.errors import (
    GroupError,
    GroupInUse,
    GroupNotFound,
    InputInvalid,
    NotPermitted,
)
from lenticular.primitives.groups.groups import Groups, NewGroup, View
from lenticular.primitives.groups.records import (
    STATUSES,
    Group,
    Membership,
    Policies,
    Role,
    SignupField,
    Status,
)

__all__ = [
    "STATUSES",
    "Group",
    "GroupError",
    "GroupInUse",
    "GroupNotFound",
    "Groups",
    "InputInvalid",
    "Membership",
    "NewGroup",
    "NotPermitted",
    "Outcome",
    "Policies",
    "Refusal",
    "Request",
    "Role",
    "SignupField",
    "Status",
    "View",
]
