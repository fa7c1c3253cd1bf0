"""Actions of budgets: made, changed, shown, deleted, executed.

There is one kind of action here, the stop: an IAM policy "applied" to all that the budget is
about, which refuses what creates, stores or computes. It is named by the ARN `STOP`.
"""

import time
import uuid
from typing import Final

from msgspec.structs import replace

from lenticular.apis.aws.budgets.documents import STOP, describe_action
from lenticular.apis.aws.budgets.errors import invalid
from lenticular.apis.aws.budgets.names import Resource, allowed
from lenticular.apis.aws.budgets.pages import page
from lenticular.apis.aws.budgets.requests import (
    read_action_threshold,
    read_subscribers,
    read_tags,
)
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.budgets import Action, Budgets, Step

_STEPS: Final[dict[str, Step]] = {
    "APPROVE_BUDGET_ACTION": "approve",
    "REVERSE_BUDGET_ACTION": "reverse",
    "RESET_BUDGET_ACTION": "reset",
}

_KEPT = ("ActionType", "Definition", "ExecutionRoleArn")


class ActionOperations:
    """What is done to the actions of a budget."""

    def __init__(self, budgets: Budgets) -> None:
        self._budgets = budgets

    async def create_budget_action(self, call: Call, params: Params) -> Result:
        """Let a budget stop new spending at a threshold."""
        action_id = str(uuid.uuid4())
        found = allowed(call, params | {"ActionId": action_id}, "budgets:CreateBudgetAction")
        tags = read_tags(params.get("ResourceTags", ()))
        if tags:
            call.require("budgets:TagResource", found.arn, account_id=found.account_id)
        _require_role(call, found, params["ExecutionRoleArn"])
        _check_definition(params["ActionType"], params["Definition"])
        await self._budgets.create_action(
            Action(
                id=action_id,
                account_id=found.account_id,
                budget=found.budget,
                threshold=read_action_threshold(
                    params["ActionThreshold"], params["NotificationType"]
                ),
                automatic=params["ApprovalModel"] == "AUTOMATIC",
                subscribers=read_subscribers(params["Subscribers"]),
                tags=tags,
                settings={name: params[name] for name in _KEPT},
            )
        )
        return {
            "AccountId": found.account_id,
            "BudgetName": found.budget,
            "ActionId": action_id,
        }

    async def update_budget_action(self, call: Call, params: Params) -> Result:
        """Change what is given of an action."""
        found = allowed(call, params, "budgets:UpdateBudgetAction")
        if "ExecutionRoleArn" in params:
            _require_role(call, found, params["ExecutionRoleArn"])

        def update(action: Action) -> Action:
            settings = action.settings | {name: params[name] for name in _KEPT if name in params}
            _check_definition(settings["ActionType"], settings["Definition"])
            threshold = action.threshold
            kind = params.get("NotificationType", "FORECASTED" if threshold.forecast else "ACTUAL")
            if "ActionThreshold" in params:
                threshold = read_action_threshold(params["ActionThreshold"], kind)
            changed = replace(
                action,
                threshold=replace(threshold, forecast=kind == "FORECASTED"),
                settings=settings,
            )
            if "ApprovalModel" in params:
                changed = replace(changed, automatic=params["ApprovalModel"] == "AUTOMATIC")
            if "Subscribers" in params:
                changed = replace(changed, subscribers=read_subscribers(params["Subscribers"]))
            return changed

        changed = await self._budgets.change_action(*found, update)
        budget = await self._budgets.find(found.account_id, found.budget)
        before, after = (describe_action(each, budget, _now()) for each in changed)
        return {
            "AccountId": found.account_id,
            "BudgetName": found.budget,
            "OldAction": before,
            "NewAction": after,
        }

    async def delete_budget_action(self, call: Call, params: Params) -> Result:
        """Forget an action; if it stops spending, that goes on."""
        found = allowed(call, params, "budgets:DeleteBudgetAction")
        return await self._described(found, await self._budgets.delete_action(*found))

    async def describe_budget_action(self, call: Call, params: Params) -> Result:
        """Show an action, and whether it stops spending."""
        found = allowed(call, params, "budgets:DescribeBudgetAction")
        return await self._described(found, await self._budgets.find_action(*found))

    async def describe_budget_actions_for_budget(self, call: Call, params: Params) -> Result:
        """Show the actions of a budget."""
        found = allowed(call, params, "budgets:DescribeBudgetActionsForBudget")
        actions = await self._budgets.actions(found.account_id, found.budget)
        return await self._page(found, actions, params)

    async def describe_budget_actions_for_account(self, call: Call, params: Params) -> Result:
        """Show the actions of all budgets."""
        found = allowed(call, params, "budgets:DescribeBudgetActionsForAccount")
        return await self._page(found, await self._budgets.actions(found.account_id), params)

    async def execute_budget_action(self, call: Call, params: Params) -> Result:
        """Approve a stop, lift it for the rest of the period, or let it stand by again."""
        found = allowed(call, params, "budgets:ExecuteBudgetAction")
        kind = params["ExecutionType"]
        if kind not in _STEPS:
            raise AwsError(
                "ResourceLockedException", f"{kind} is for what failed, and a stop does not fail"
            )
        await self._budgets.execute(*found, _STEPS[kind])
        return {
            "AccountId": found.account_id,
            "BudgetName": found.budget,
            "ActionId": found.action_id,
            "ExecutionType": kind,
        }

    async def _described(self, found: Resource, action: Action) -> Result:
        budget = await self._budgets.find(found.account_id, found.budget)
        return {
            "AccountId": found.account_id,
            "BudgetName": found.budget,
            "Action": describe_action(action, budget, _now()),
        }

    async def _page(self, found: Resource, actions: list[Action], params: Params) -> Result:
        budgets = await self._budgets.of_account(found.account_id)
        by_name = {budget.name: budget for budget in budgets}
        shown, result = page(actions, params, "Actions")
        result["Actions"] = [describe_action(each, by_name[each.budget], _now()) for each in shown]
        return result


def _require_role(call: Call, found: Resource, role_arn: str) -> None:
    """Ask whether the caller may hand the role on that the action is said to be done as."""
    account_id = role_arn.split(":")[4]
    if account_id != found.account_id:
        raise invalid("The execution role must be one of the budget's own account.")
    keys = {"iam:passedtoservice": "budgets.amazonaws.com"}
    call.require("iam:PassRole", role_arn, account_id=account_id, keys=keys)


def _check_definition(action_type: str, definition: Params) -> None:
    """Raise InvalidParameterException for any action but the stop."""
    applied = definition.get("IamActionDefinition")
    if action_type != "APPLY_IAM_POLICY" or applied is None or len(definition) != 1:
        raise invalid(
            "The actions of this cloud stop new spending: use the type APPLY_IAM_POLICY with "
            f"an IamActionDefinition of the policy {STOP}."
        )
    if applied["PolicyArn"] != STOP:
        raise invalid(
            f"The policy {applied['PolicyArn']} cannot be applied by a budget here: {STOP} can, "
            "which refuses what creates, stores or computes."
        )
    if applied.keys() - {"PolicyArn"}:
        raise invalid(
            "The stop holds for all that the budget is about: leave Users, Groups and Roles out, "
            "and give the budget a filter."
        )


def _now() -> int:
    return int(time.time() * 1000)
