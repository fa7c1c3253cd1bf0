"""Which operations of the interfaces this version has: from their models and what is written."""

import msgspec

from lenticular.apis.aws.wire import models
from lenticular.server.wiring import aws_services, build_in_memory


class ServiceCoverage(msgspec.Struct, frozen=True):
    """The operations of one service, by their names in its model."""

    name: str
    """The service, as its SDK calls it (``s3``)."""
    present: list[str]
    missing: list[str]


def collect() -> list[ServiceCoverage]:
    """Return the coverage of every service that has any operation, in the order of wiring."""
    found = []
    for service in aws_services(build_in_memory()):
        operations = models.load(service.name).operations.values()
        written = service.handlers.keys()
        present = sorted(each.name for each in operations if each.handler_name in written)
        missing = sorted(each.name for each in operations if each.handler_name not in written)
        found.append(ServiceCoverage(service.name, present, missing))
    return found
