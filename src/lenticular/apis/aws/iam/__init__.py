"""AWS Identity and Access Management, spoken over the identities primitive.

API reference: "AWS Identity and Access Management", version 2010-05-08.
"""

from lenticular.apis.aws.iam.errors import translate
from lenticular.apis.aws.iam.operations.access_keys import AccessKeyOperations
from lenticular.apis.aws.iam.operations.groups import GroupOperations
from lenticular.apis.aws.iam.operations.users import UserOperations
from lenticular.apis.aws.iam.targets import Targets
from lenticular.apis.aws.wire.service import Service
from lenticular.primitives.identities import Identities


def service(identities: Identities) -> Service:
    """Return the service, whose entities are kept in `identities`."""
    targets = Targets(identities)
    return Service(
        "iam",
        UserOperations(identities, targets),
        GroupOperations(identities, targets),
        AccessKeyOperations(identities, targets),
        translate=translate,
    )


__all__ = ["service"]
