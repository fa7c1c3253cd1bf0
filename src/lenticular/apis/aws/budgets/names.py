"""The ARNs of budgets and actions, and what must be allowed to use them.

Service Authorization Reference, "Actions, resources, and condition keys for AWS Budget Service".
"""

import re
from typing import NamedTuple

from lenticular.apis.aws.budgets.errors import invalid
from lenticular.apis.aws.wire.service import Call, Params

VIEW = "budgets:ViewBudget"
MODIFY = "budgets:ModifyBudget"

_ARN = re.compile(r"arn:aws:budgets::(\d{12}):budget/([^:\\]+?)(?:/action/([0-9a-f-]{36}))?")


class Resource(NamedTuple):
    """A budget, or an action of one."""

    account_id: str
    budget: str
    action_id: str = ""

    @property
    def arn(self) -> str:
        arn = f"arn:aws:budgets::{self.account_id}:budget/{self.budget}"
        return f"{arn}/action/{self.action_id}" if self.action_id else arn


def allowed(call: Call, params: Params, action: str) -> Resource:
    """Return the budget or action that parameters name. Raises AccessDeniedException.

    One that is of all of them names every budget: ``budget/*``.
    """
    name = params.get("BudgetName", "*")
    resource = Resource(params["AccountId"], name, params.get("ActionId", ""))
    call.require(action, resource.arn, account_id=resource.account_id)
    return resource


def allowed_by_arn(call: Call, arn: str, action: str) -> Resource:
    """Return what an ARN names. Raises InvalidParameterException or AccessDeniedException."""
    match = _ARN.fullmatch(arn)
    if match is None:
        raise invalid(f"{arn} is not the ARN of a budget or of an action of one")
    account_id, name, action_id = match.groups()
    call.require(action, arn, account_id=account_id)
    return Resource(account_id, name, action_id or "")
