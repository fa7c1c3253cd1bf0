"""AWS CloudTrail, spoken over the audit primitive: events looked up, and trails that deliver.

API reference: "AWS CloudTrail", version 2013-11-01.
"""

from lenticular.apis.aws.cloudtrail.errors import translate
from lenticular.apis.aws.cloudtrail.operations.events import EventOperations
from lenticular.apis.aws.cloudtrail.operations.keys import KeyOperations
from lenticular.apis.aws.cloudtrail.operations.logging import LoggingOperations
from lenticular.apis.aws.cloudtrail.operations.selectors import SelectorOperations
from lenticular.apis.aws.cloudtrail.operations.tags import TagOperations
from lenticular.apis.aws.cloudtrail.operations.trails import TrailOperations
from lenticular.apis.aws.wire.service import Service, json_access_denied
from lenticular.primitives.audit import Audit, Trails
from lenticular.primitives.audit.delivery import Delivery

__all__ = ["service"]


def service(audit: Audit, trails: Trails, delivery: Delivery) -> Service:
    """Return the service over the audit log of one cloud."""
    return Service(
        "cloudtrail",
        EventOperations(audit),
        TrailOperations(trails, delivery),
        LoggingOperations(trails),
        SelectorOperations(trails),
        TagOperations(trails),
        KeyOperations(delivery.keys),
        translate=translate,
        denied=json_access_denied,
    )
