"""What can be wrong with budgets, and what one says that is used up."""

from lenticular.primitives.budgets.periods import written


class BudgetsError(Exception):
    """The base of what this primitive raises of budgets, their notifications and actions."""


class BudgetNotFound(BudgetsError):
    """There is no budget of this name in the account."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no budget named {name!r}")
        self.name = name


class BudgetExists(BudgetsError):
    """The account has a budget of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is a budget named {name!r} already")
        self.name = name


class ActionNotFound(BudgetsError):
    """The budget has no action of this id."""

    def __init__(self, action_id: str) -> None:
        super().__init__(f"there is no action {action_id}")
        self.action_id = action_id


class ActionStateWrong(BudgetsError):
    """In the state that an action is in, this cannot be done with it."""

    def __init__(self, action_id: str, state: str, wanted: str) -> None:
        super().__init__(f"the action {action_id} is {state}, and cannot {wanted} now")
        self.state = state
        self.wanted = wanted


class TooMany(BudgetsError):
    """There are as many of something as there may be."""

    def __init__(self, what: str, most: int) -> None:
        super().__init__(f"there may be {most} {what} at most")
        self.what = what
        self.most = most


class BudgetExceeded(Exception):
    """A budget's stop refuses new spending. The message says which, and who can lift it."""

    def __init__(
        self, account_id: str, name: str, spent: str, limit: str, stop: int, *, until_free: bool
    ) -> None:
        """Refuse for the budget `name`, of which `spent` of `limit` is used.

        `stop` is the end of its period in milliseconds since the epoch. `until_free` says
        that there is still room, but requests under way may take it.
        """
        now = (
            "may be used up by requests that are under way: try again"
            if until_free
            else f"is used up: {spent} of {limit} in the period that ends {written(stop)}"
        )
        super().__init__(
            f"The budget {name!r} of account {account_id} {now}. It refuses what creates, stores "
            "or computes; reading and deleting go on. Whoever may budgets:ModifyBudget can "
            "raise its limit, and who may budgets:ExecuteBudgetAction can lift the stop."
        )
        self.name = name
