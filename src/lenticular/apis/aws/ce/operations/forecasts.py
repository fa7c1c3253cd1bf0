"""Costs to come: GetCostForecast."""

from datetime import UTC, datetime, timedelta
from math import sqrt
from statistics import fmean, stdev
from typing import Final

from lenticular.apis.aws.ce.operations.costs import used_in
from lenticular.apis.aws.ce.requests import Slice, read_filter, read_slices, refuse
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.meters import Meters, Prices, dollars

_LEARNED: Final = 30
"""Whole days before today that a forecast is made of."""

_FEWEST: Final = 7
"""Days with usage without which nothing is foretold."""

_METRICS: Final = frozenset(
    {"AMORTIZED_COST", "BLENDED_COST", "NET_AMORTIZED_COST", "NET_UNBLENDED_COST", "UNBLENDED_COST"}
)

_WIDTHS = {80: 1.2816, 90: 1.6449, 95: 1.9600, 99: 2.5758}
"""Half the width of an interval in standard deviations, by how sure it is to be (percent)."""


class ForecastOperations:
    """What will be spent if every day is like the mean of the last thirty."""

    def __init__(self, meters: Meters, prices: Prices) -> None:
        self._meters = meters
        self._prices = prices

    async def get_cost_forecast(self, call: Call, params: Params) -> Result:
        """Foretell the costs of days or months from today on."""
        call.require("ce:GetCostForecast")
        now = datetime.now(UTC)
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        if params["Granularity"] == "HOURLY" or params["Metric"] not in _METRICS:
            raise refuse("Forecasts are of costs, by DAILY or MONTHLY granularity")
        slices = read_slices(params, now)
        if slices[0].start < today:
            raise refuse("Start date must be equal to or after today's date")
        daily = await self._daily(call.principal.account_id, params, today)
        level = params.get("PredictionIntervalLevel")
        mean, spread = fmean(daily), stdev(daily)
        total = sum((each.stop - each.start).days for each in slices)
        return {
            "Total": {"Amount": _shown(mean * total), "Unit": "USD"},
            "ForecastResultsByTime": [_forecast(each, mean, spread, level) for each in slices],
        }

    async def _daily(self, account_id: str, params: Params, today: datetime) -> list[float]:
        """Return the costs of the days of which there is usage. Raises DataUnavailableException."""
        days = [today - timedelta(days=back) for back in range(_LEARNED, -1, -1)]
        slices = [Slice(day, day + timedelta(days=1)) for day in days[:-1]]
        wanted = read_filter(params)
        used = await used_in(self._meters, account_id, slices, wanted.matches)
        first = min((number for number, _ in used), default=_LEARNED)
        costs = [0] * _LEARNED
        for (number, line), quantity in used.items():
            costs[number] += self._prices.cost(line.service, line.meter) * quantity
        daily = [float(dollars(cost)) for cost in costs[first:]]
        if len(daily) < _FEWEST:
            raise AwsError(
                "DataUnavailableException",
                f"Insufficient amount of historical data: there are {len(daily)} days of it, and "
                f"a forecast needs {_FEWEST}",
            )
        return daily


def _forecast(each: Slice, mean: float, spread: float, level: int | None) -> Result:
    days = (each.stop - each.start).days
    result: Result = {
        "TimePeriod": {
            "Start": each.start.strftime("%Y-%m-%d"),
            "End": each.stop.strftime("%Y-%m-%d"),
        },
        "MeanValue": _shown(mean * days),
    }
    if level is not None:
        sure = min(_WIDTHS, key=lambda known: abs(known - level))
        width = _WIDTHS[sure] * spread * sqrt(days)
        result["PredictionIntervalLowerBound"] = _shown(max(mean * days - width, 0.0))
        result["PredictionIntervalUpperBound"] = _shown(mean * days + width)
    return result


def _shown(amount: float) -> str:
    return f"{amount:.9f}"
