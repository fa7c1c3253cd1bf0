"""What requests say of times, filters and groups."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from lenticular.apis.aws.wire.cost_filters import (
    TAGS,
    read_expression,
    service_title,
    usage_type,
)
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Params
from lenticular.primitives.meters import EVERYTHING, Filter, Line

_MOST_GROUPS = 2

_OLDEST = timedelta(days=14)
"""How far back hours are told, as in AWS."""


class Slice(NamedTuple):
    """A stretch of time of which one result tells."""

    start: datetime
    stop: datetime

    @property
    def hours(self) -> tuple[int, int]:
        """Its first hour since the epoch, and the first hour after it."""
        return int(self.start.timestamp()) // 3600, int(self.stop.timestamp()) // 3600


def refuse(message: str) -> AwsError:
    """Return the error of a request that cannot be answered."""
    return AwsError("ValidationException", message)


def read_slices(params: Params, now: datetime) -> list[Slice]:
    """Return the slices of the time that is asked for, by its granularity.

    Raises ValidationException.
    """
    given, granularity = params["TimePeriod"], params["Granularity"]
    start, stop = read_time(given["Start"]), read_time(given["End"])
    if not start < stop:
        raise refuse("Start date (and hour) should be before end date (and hour)")
    if granularity == "HOURLY" and start < now - _OLDEST:
        raise refuse("You haven't enabled historical data beyond 14 days for HOURLY granularity")
    if granularity != "HOURLY" and (start.hour or stop.hour):
        raise refuse("Times of day are for HOURLY granularity only: give dates, YYYY-MM-DD")
    return list(_slices(start, stop, _STEPS[granularity]))


def read_time(text: str) -> datetime:
    """Return the time of a date, or of a date with an hour. Raises ValidationException."""
    for form in ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"):
        try:
            moment = datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        if not (moment.minute or moment.second):
            return moment
    raise refuse(f"A time is YYYY-MM-DD or YYYY-MM-DDThh:00:00Z, not {text}")


def read_filter(params: Params) -> Filter:
    """Return which lines are asked for. Raises ValidationException."""
    return read_expression(params["Filter"], refuse) if params.get("Filter") else EVERYTHING


def read_groups(params: Params) -> list[Callable[[Line], str]]:
    """Return what makes a line's key in each group. Raises ValidationException."""
    given = params.get("GroupBy") or []
    if len(given) > _MOST_GROUPS:
        raise refuse(f"Results are grouped by {_MOST_GROUPS} keys at most")
    return [_key(each.get("Type", ""), each.get("Key", "")) for each in given]


def _key(kind: str, key: str) -> Callable[[Line], str]:
    if kind == "DIMENSION" and key in DIMENSIONS:
        return DIMENSIONS[key]
    if kind == "TAG" and key in TAGS:
        dimension = TAGS[key]
        return lambda line: f"{key}${getattr(line, dimension)}"
    known = [*DIMENSIONS, *(f"the tag {tag}" for tag in TAGS)]
    raise refuse(f"Results can be grouped by {', '.join(known)}, not by {kind} {key}")


DIMENSIONS: dict[str, Callable[[Line], str]] = {
    "LINKED_ACCOUNT": lambda line: line.account_id,
    "SERVICE": service_title,
    "USAGE_TYPE": usage_type,
}
"""What the value of each dimension of a line is."""


def _next_month(moment: datetime) -> datetime:
    return (moment.replace(day=1) + timedelta(days=32)).replace(day=1)


_STEPS: dict[str, Callable[[datetime], datetime]] = {
    "HOURLY": lambda moment: moment + timedelta(hours=1),
    "DAILY": lambda moment: moment + timedelta(days=1),
    "MONTHLY": _next_month,
}


def _slices(
    start: datetime, stop: datetime, following: Callable[[datetime], datetime]
) -> Iterator[Slice]:
    while start < stop:
        end = min(following(start), stop)
        yield Slice(start, end)
        start = end
