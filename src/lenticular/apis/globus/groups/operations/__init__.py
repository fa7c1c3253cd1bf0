"""The operations of Globus Groups, by resource."""

from lenticular.apis.globus.groups.operations.groups import GroupOperations
from lenticular.apis.globus.groups.operations.memberships import MembershipOperations
from lenticular.apis.globus.groups.operations.preferences import PreferenceOperations

__all__ = ["GroupOperations", "MembershipOperations", "PreferenceOperations"]
