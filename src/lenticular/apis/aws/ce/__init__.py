"""AWS Cost Explorer, spoken over the meters and the price list.

API reference: "AWS Billing and Cost Management", AWS Cost Explorer, version 2017-10-25.
"""

from lenticular.apis.aws.ce.operations.costs import CostOperations
from lenticular.apis.aws.ce.operations.dimensions import DimensionOperations
from lenticular.apis.aws.ce.operations.forecasts import ForecastOperations
from lenticular.apis.aws.wire.service import Service, json_access_denied
from lenticular.primitives.meters import Meters, Prices

__all__ = ["service"]


def service(meters: Meters, prices: Prices) -> Service:
    """Return the service over the meters of one cloud."""
    return Service(
        "ce",
        CostOperations(meters, prices),
        ForecastOperations(meters, prices),
        DimensionOperations(meters),
        denied=json_access_denied,
    )
