"""Budgets: how much may be used of something in each period, whom that concerns, what stops it.

A budget looks at the meters' lines of its account. When a threshold is passed an alarm is
kept, logged and shown; mail and message topics do not exist in this cloud yet, so its
subscribers are only noted with it. A stop refuses what creates, stores or computes.
"""

from lenticular.primitives.budgets.budgets import Budgets, Standing, Step
from lenticular.primitives.budgets.evaluation import Evaluation
from lenticular.primitives.budgets.ledger import Ledger
from lenticular.primitives.budgets.periods import Period, Unit, period_at
from lenticular.primitives.budgets.records import (
    FOREVER,
    Action,
    Alarm,
    Budget,
    Comparison,
    Event,
    Measure,
    Notification,
    State,
    Subscriber,
    Threshold,
)
from lenticular.primitives.budgets.spending import Admission, Spending

__all__ = [
    "FOREVER",
    "Action",
    "Admission",
    "Alarm",
    "Budget",
    "Budgets",
    "Comparison",
    "Evaluation",
    "Event",
    "Ledger",
    "Measure",
    "Notification",
    "Period",
    "Spending",
    "Standing",
    "State",
    "Step",
    "Subscriber",
    "Threshold",
    "Unit",
    "period_at",
]
