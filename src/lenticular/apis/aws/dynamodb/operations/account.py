"""What is told of the service itself: DescribeLimits, DescribeEndpoints."""

from lenticular.apis.aws.dynamodb.names import check_caller
from lenticular.apis.aws.wire.service import Call, Params, Result

_ACCOUNT_UNITS = 80_000
_TABLE_UNITS = 40_000
_CACHE_MINUTES = 1440


class AccountOperations:
    """What holds for all tables of an account."""

    async def describe_limits(self, call: Call, params: Params) -> Result:
        """Tell the quotas of capacity; nothing is throttled by them."""
        check_caller(call)
        return {
            "AccountMaxReadCapacityUnits": _ACCOUNT_UNITS,
            "AccountMaxWriteCapacityUnits": _ACCOUNT_UNITS,
            "TableMaxReadCapacityUnits": _TABLE_UNITS,
            "TableMaxWriteCapacityUnits": _TABLE_UNITS,
        }

    async def describe_endpoints(self, call: Call, params: Params) -> Result:
        """Tell the address to talk to, which is the one that was asked."""
        address = call.request.host or f"dynamodb.{call.region}.amazonaws.com"
        return {"Endpoints": [{"Address": address, "CachePeriodInMinutes": _CACHE_MINUTES}]}
