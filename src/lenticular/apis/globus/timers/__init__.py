"""Globus Timers: transfers that are submitted at set times."""

from lenticular.apis.globus.timers.errors import TimerErrors, translate
from lenticular.apis.globus.timers.operations import TimerOperations
from lenticular.apis.globus.wire.service import Service
from lenticular.primitives.oauth.builtin import TIMERS
from lenticular.primitives.timers import Timers


def service(timers: Timers) -> Service:
    """Return the service."""
    return Service(
        "timer",
        TimerOperations(timers),
        resource_server=TIMERS,
        errors=TimerErrors(),
        translate=translate,
    )
