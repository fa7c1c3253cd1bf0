"""What results can be filtered and grouped by: GetDimensionValues, GetTags."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from lenticular.apis.aws.ce.operations.costs import used_in
from lenticular.apis.aws.ce.requests import DIMENSIONS, read_filter, read_slices, refuse
from lenticular.apis.aws.wire.cost_filters import TAGS
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.meters import Line, Meters


class DimensionOperations:
    """The values that the lines of an account have."""

    def __init__(self, meters: Meters) -> None:
        self._meters = meters

    async def get_dimension_values(self, call: Call, params: Params) -> Result:
        """Tell which values a dimension has in a stretch of time."""
        call.require("ce:GetDimensionValues")
        if params["Dimension"] not in DIMENSIONS:
            raise refuse(f"The dimensions are {', '.join(DIMENSIONS)}, not {params['Dimension']}")
        values = await self._values(call, params, DIMENSIONS[params["Dimension"]])
        return _listed("DimensionValues", [{"Value": value, "Attributes": {}} for value in values])

    async def get_tags(self, call: Call, params: Params) -> Result:
        """Tell which tags there are, or which values one of them has."""
        call.require("ce:GetTags")
        key = params.get("TagKey")
        if key is None:
            return _listed("Tags", sorted(TAGS))
        if key not in TAGS:
            return _listed("Tags", [])
        dimension = TAGS[key]
        values = await self._values(call, params, lambda line: str(getattr(line, dimension)))
        return _listed("Tags", values)

    async def _values(
        self, call: Call, params: Params, of_line: Callable[[Line], str]
    ) -> list[str]:
        slices = read_slices(params | {"Granularity": "MONTHLY"}, datetime.now(UTC))
        wanted = read_filter(params)
        used = await used_in(self._meters, call.principal.account_id, slices, wanted.matches)
        sought = params.get("SearchString", "").lower()
        return sorted({value for _, line in used if sought in (value := of_line(line)).lower()})


def _listed(member: str, values: Iterable[object]) -> Result:
    listed = list(values)
    return {member: listed, "ReturnSize": len(listed), "TotalSize": len(listed)}
