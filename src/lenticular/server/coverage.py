"""Which operations of the interfaces this version has: from their models and what is written."""

from lenticular.apis.aws.wire.api import AwsApi, Coverage
from lenticular.server.interfaces import aws_services
from lenticular.server.wiring import build_in_memory


def coverage() -> list[Coverage]:
    """Return which operations are present and which are missing, by service."""
    return AwsApi(aws_services(build_in_memory())).coverage()
