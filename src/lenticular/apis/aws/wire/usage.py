"""What a call uses, for every service that has no more to say of it; what its refusal is."""

from collections.abc import Sequence
from functools import cache

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call
from lenticular.primitives.access import AccessDenied
from lenticular.primitives.budgets.errors import BudgetExceeded
from lenticular.primitives.meters import DELETE, LIST, READ, WRITE, Usage, spender, usage

_BEGINNINGS: dict[str, tuple[str, ...]] = {
    LIST: ("List",),
    READ: (
        *("Assume", "BatchGet", "Check", "Decode", "Describe", "Get", "Head", "Lookup"),
        *("Options", "Query", "Scan", "Search", "Select", "Simulate", "TransactGet", "Validate"),
    ),
    DELETE: (
        *("Abort", "BatchDelete", "Cancel", "Deactivate", "Delete", "Deregister", "Detach"),
        *("Disable", "Purge", "Remove", "Revoke", "Stop", "Terminate", "Untag"),
    ),
}
"""What the names of operations begin with, by the class of their requests."""


@cache
def request_class(operation: str) -> str:
    """Return the class of an operation's requests; what is not known to spend nothing writes."""
    for name, beginnings in _BEGINNINGS.items():
        if operation.startswith(beginnings):
            return name
    return WRITE


def usage_of_caller(call: Call) -> Sequence[Usage]:
    """Return the usage of a call that its caller pays."""
    if call.principal.is_anonymous:
        return ()
    kind = request_class(call.operation)
    return (usage(call.service, kind, call.principal.account_id, spender(call.principal)),)


def spending_refused(error: Exception) -> AwsError | None:
    """Return the error of a budget's stop; None: it is no such error.

    No service of AWS has one of its own. The status is that of all it may not do, which
    clients do not try again.
    """
    if isinstance(error, BudgetExceeded):
        return AwsError("BudgetExceeded", str(error), 403)
    if isinstance(error, AccessDenied):
        return AwsError("AccessDenied", "Access Denied", 403)
    return None
