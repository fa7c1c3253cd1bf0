"""Time to live: UpdateTimeToLive, DescribeTimeToLive."""

from lenticular.apis.aws.dynamodb.errors import table_not_found
from lenticular.apis.aws.dynamodb.names import table_name
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.tables import Tables
from lenticular.primitives.tables.errors import TableNotFound


class ExpiryOperations:
    """By which attribute the items of a table expire."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def update_time_to_live(self, call: Call, params: Params) -> Result:
        """Let items expire by an attribute, or no longer."""
        name = table_name(call, params["TableName"])
        wanted = params["TimeToLiveSpecification"]
        try:
            await self._tables.set_expiry(name, wanted["AttributeName"], on=wanted["Enabled"])
        except TableNotFound as error:
            raise table_not_found(error.name) from error
        return {"TimeToLiveSpecification": wanted}

    async def describe_time_to_live(self, call: Call, params: Params) -> Result:
        """Tell by which attribute items expire."""
        name = table_name(call, params["TableName"])
        try:
            expiry = (await self._tables.describe(name)).expiry
        except TableNotFound as error:
            raise table_not_found(error.name) from error
        if expiry is None:
            return {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}
        return {
            "TimeToLiveDescription": {
                "TimeToLiveStatus": "ENABLED" if expiry.ready else "ENABLING",
                "AttributeName": expiry.attribute,
            }
        }
