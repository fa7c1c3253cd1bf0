"""AWS Systems Manager's Parameter Store, spoken over the parameters primitive.

API reference: "AWS Systems Manager", version 2014-11-06; of all of it only what is about
parameters.
"""

from lenticular.apis.aws.ssm.access import Access
from lenticular.apis.aws.ssm.errors import translate
from lenticular.apis.aws.ssm.operations.labels import LabelOperations
from lenticular.apis.aws.ssm.operations.listings import ListingOperations
from lenticular.apis.aws.ssm.operations.parameters import ParameterOperations
from lenticular.apis.aws.ssm.operations.tags import TagOperations
from lenticular.apis.aws.ssm.operations.values import ValueOperations
from lenticular.apis.aws.wire.service import Service, json_access_denied
from lenticular.primitives.parameters import Parameters

__all__ = ["service"]


def service(parameters: Parameters) -> Service:
    """Return the service over the parameters of one cloud."""
    access = Access(parameters)
    return Service(
        "ssm",
        ParameterOperations(parameters, access),
        ValueOperations(parameters, access),
        ListingOperations(parameters, access),
        LabelOperations(parameters, access),
        TagOperations(parameters, access),
        translate=translate,
        denied=json_access_denied,
    )
