"""Costs and usage of the past: GetCostAndUsage."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from lenticular.apis.aws.ce.requests import (
    Slice,
    read_filter,
    read_groups,
    read_slices,
    refuse,
)
from lenticular.apis.aws.wire.cost_filters import UNITS
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.meters import (
    BYTES_OUT,
    GIB,
    MONTH,
    STORAGE,
    Line,
    Meters,
    Prices,
    dollars,
)

Used = Counter[tuple[int, Line]]
"""How much of a line was used, by the number of the slice."""

_COSTS: Final = frozenset(
    {
        "AmortizedCost",
        "BlendedCost",
        "NetAmortizedCost",
        "NetUnblendedCost",
        "UnblendedCost",
    }
)
"""Metrics that are all the same where nothing is reserved, discounted or consolidated."""

_USAGE = "UsageQuantity"

_SCALES = {STORAGE: GIB * MONTH, BYTES_OUT: GIB}
"""Of how many units of a meter one is shown."""

_DATE, _TIME = "%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"


class CostOperations:
    """What was used, and what it costs."""

    def __init__(self, meters: Meters, prices: Prices) -> None:
        self._meters = meters
        self._prices = prices

    async def get_cost_and_usage(self, call: Call, params: Params) -> Result:
        """Tell costs and usage of the caller's account, by time and by group."""
        call.require("ce:GetCostAndUsage")
        now = datetime.now(UTC)
        slices = read_slices(params, now)
        metrics = _metrics(params)
        groups = read_groups(params)
        wanted = read_filter(params)
        used = await used_in(self._meters, call.principal.account_id, slices, wanted.matches)
        form = _TIME if params["Granularity"] == "HOURLY" else _DATE
        results = []
        for number, each in enumerate(slices):
            lines = [(line, used[at, line]) for at, line in used if at == number]
            result: Result = {
                "TimePeriod": {
                    "Start": each.start.strftime(form),
                    "End": each.stop.strftime(form),
                },
                "Total": {} if groups else self._shown(lines, metrics),
                "Groups": self._grouped(lines, groups, metrics),
                "Estimated": each.stop > now,
            }
            results.append(result)
        return {
            "GroupDefinitions": params.get("GroupBy") or [],
            "ResultsByTime": results,
            "DimensionValueAttributes": [],
        }

    def _grouped(
        self,
        lines: Sequence[tuple[Line, int]],
        groups: Sequence[Callable[[Line], str]],
        metrics: Sequence[str],
    ) -> list[Result]:
        if not groups:
            return []
        by_key: dict[tuple[str, ...], list[tuple[Line, int]]] = {}
        for line, quantity in lines:
            key = tuple(group(line) for group in groups)
            by_key.setdefault(key, []).append((line, quantity))
        return [
            {"Keys": list(key), "Metrics": self._shown(by_key[key], metrics)}
            for key in sorted(by_key)
        ]

    def _shown(self, lines: Iterable[tuple[Line, int]], metrics: Sequence[str]) -> Result:
        lines = list(lines)
        cost = sum(self._prices.cost(line.service, line.meter) * used for line, used in lines)
        shown: Result = {}
        for metric in metrics:
            if metric == _USAGE:
                shown[metric] = _quantity(lines)
            else:
                shown[metric] = {"Amount": f"{dollars(cost).normalize() + 0:f}", "Unit": "USD"}
        return shown


async def used_in(
    meters: Meters, account_id: str, slices: Sequence[Slice], wanted: Callable[[Line], bool]
) -> Used:
    """Return what an account used in each of the slices, which follow each other."""
    starts = [each.hours[0] for each in slices]
    return await meters.totals(
        account_id,
        starts[0],
        slices[-1].hours[1],
        lambda hour, line: (bisect_right(starts, hour) - 1, line) if wanted(line) else None,
    )


def _metrics(params: Params) -> list[str]:
    metrics = list(dict.fromkeys(params["Metrics"]))
    unknown = [metric for metric in metrics if metric not in _COSTS | {_USAGE}]
    if unknown or not metrics:
        known = ", ".join([*sorted(_COSTS), _USAGE])
        raise refuse(f"Metrics are {known}, not {', '.join(unknown) or 'none'}")
    return metrics


def _quantity(lines: Sequence[tuple[Line, int]]) -> Result:
    """Return the sum of what was used; where units differ it has none, as on a bill."""
    units = {UNITS[line.meter] for line, _ in lines}
    total = sum(
        (Decimal(used) / _SCALES.get(line.meter, 1) for line, used in lines), start=Decimal()
    )
    unit = units.pop() if len(units) == 1 else "N/A"
    return {"Amount": f"{round(total, 9).normalize() + 0:f}", "Unit": unit}
