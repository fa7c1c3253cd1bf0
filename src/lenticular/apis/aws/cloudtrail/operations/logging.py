"""Whether a trail delivers, and how far it is: StartLogging, StopLogging, GetTrailStatus."""

from lenticular.apis.aws.cloudtrail.names import home_trail_name, trail_name
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.audit.events import iso
from lenticular.primitives.audit.trails import Progress, Trails


class LoggingOperations:
    """What is done to the delivery of trails."""

    def __init__(self, trails: Trails) -> None:
        self._trails = trails

    async def start_logging(self, call: Call, params: Params) -> Result:
        """Deliver what is recorded from now on."""
        found = home_trail_name(call, params["Name"])
        call.require("cloudtrail:StartLogging", found.arn)
        await self._trails.start(*found)
        return {}

    async def stop_logging(self, call: Call, params: Params) -> Result:
        """Deliver nothing of what is recorded from now on; what was before still comes."""
        found = home_trail_name(call, params["Name"])
        call.require("cloudtrail:StopLogging", found.arn)
        await self._trails.stop(*found)
        return {}

    async def get_trail_status(self, call: Call, params: Params) -> Result:
        """Tell whether a trail delivers, and how the last delivery went."""
        found = trail_name(call, params["Name"])
        call.require("cloudtrail:GetTrailStatus", found.arn)
        trail = await self._trails.find(*found)
        return _status(await self._trails.progress(trail))


def _status(at: Progress) -> Result:
    result: Result = {
        "IsLogging": at.is_logging,
        "LatestDeliveryAttemptTime": _text(at.attempted),
        "LatestDeliveryAttemptSucceeded": _text(at.attempted if not at.error else at.delivered),
        "LatestNotificationAttemptTime": "",
        "LatestNotificationAttemptSucceeded": "",
        "TimeLoggingStarted": _text(at.started),
        "TimeLoggingStopped": _text(at.stopped),
    }
    times = {
        "StartLoggingTime": at.started,
        "StopLoggingTime": at.stopped,
        "LatestDeliveryTime": at.delivered,
        "LatestDigestDeliveryTime": at.digested,
    }
    result |= {name: milliseconds / 1000 for name, milliseconds in times.items() if milliseconds}
    if at.error:
        result["LatestDeliveryError"] = at.error
    if at.digest_error:
        result["LatestDigestDeliveryError"] = at.digest_error
    return result


def _text(milliseconds: int) -> str:
    return iso(milliseconds / 1000) if milliseconds else ""
