"""Globus Groups (``/v2``): groups of people, their policies and memberships."""

from lenticular.apis.globus.groups.errors import GroupErrors, translate
from lenticular.apis.globus.groups.operations import (
    GroupOperations,
    MembershipOperations,
    PreferenceOperations,
)
from lenticular.apis.globus.wire.service import Service
from lenticular.primitives.groups import Groups
from lenticular.primitives.people import People

RESOURCE_SERVER = "groups.api.globus.org"


def service(groups: Groups, people: People) -> Service:
    """Return the service."""
    return Service(
        "groups",
        GroupOperations(groups, people),
        MembershipOperations(groups, people),
        PreferenceOperations(groups),
        resource_server=RESOURCE_SERVER,
        errors=GroupErrors(),
        translate=translate,
    )
