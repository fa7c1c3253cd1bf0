"""The errors of AWS Budgets: how to raise them, and what the budgets' own are in its words."""

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.primitives.budgets import errors as budgets


def invalid(message: str) -> AwsError:
    """Return the error of a parameter that cannot be used."""
    return AwsError("InvalidParameterException", message)


def not_found(message: str) -> AwsError:
    """Return the error of something that is not there."""
    return AwsError("NotFoundException", message)


def duplicate(message: str) -> AwsError:
    """Return the error of something that is there already."""
    return AwsError("DuplicateRecordException", message)


def limit_exceeded(message: str) -> AwsError:
    """Return the error of too many notifications, subscribers or actions."""
    return AwsError("CreationLimitExceededException", message)


def translate(error: Exception) -> AwsError | None:
    """Return what an error of the budgets is in this service; None: it is none of theirs."""
    match error:
        case budgets.BudgetNotFound():
            return not_found(f"Unable to get budget: {error.name} - the budget doesn't exist.")
        case budgets.BudgetExists():
            return duplicate(f"Error creating budget: {error.name} - the budget already exists.")
        case budgets.ActionNotFound():
            return not_found(f"Unable to get action: {error.action_id} - it doesn't exist.")
        case budgets.ActionStateWrong():
            return AwsError("ResourceLockedException", str(error))
        case budgets.TooMany(what="budgets"):
            return AwsError("ServiceQuotaExceededException", str(error))
        case budgets.TooMany():
            return limit_exceeded(str(error))
    return None
