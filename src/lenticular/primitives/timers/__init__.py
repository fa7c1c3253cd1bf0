"""Timers: transfers at set times, once or again and again, as the people whose they are."""

from lenticular.primitives.timers.errors import (
    ConsentMissing,
    TimerEnded,
    TimerError,
    TimerInvalid,
    TimerNotFound,
)
from lenticular.primitives.timers.records import Run, Timer
from lenticular.primitives.timers.schedules import Schedule
from lenticular.primitives.timers.timers import NewTimer, Timers

__all__ = [
    "ConsentMissing",
    "NewTimer",
    "Run",
    "Schedule",
    "Timer",
    "TimerEnded",
    "TimerError",
    "TimerInvalid",
    "TimerNotFound",
    "Timers",
]
