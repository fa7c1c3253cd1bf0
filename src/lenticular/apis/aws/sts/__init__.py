"""AWS Security Token Service: who am I?"""

from lenticular.apis.aws.sts.operations import IdentityOperations
from lenticular.apis.aws.wire.service import Service


def service() -> Service:
    """Return the service."""
    return Service("sts", IdentityOperations())
