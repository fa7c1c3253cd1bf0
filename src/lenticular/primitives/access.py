"""Access control lists: who may do what with one resource, the same for every interface.

The permissions are those of S3's access control lists (S3 User Guide, "Access control
list (ACL) overview"). A list lets in whom it names, beside what policies allow.
"""

from enum import IntFlag

from msgspec import Struct

from lenticular.primitives.policies.context import SERVICE
from lenticular.primitives.policies.evaluation import Decision
from lenticular.primitives.principals import Principal


class Permission(IntFlag):
    """What a grant allows. On a bucket, READ lists and WRITE creates and deletes objects."""

    READ = 1
    WRITE = 2
    READ_ACP = 4
    WRITE_ACP = 8
    FULL_CONTROL = 15


ALL_USERS = "group:AllUsers"
AUTHENTICATED_USERS = "group:AuthenticatedUsers"
LOG_DELIVERY = "group:LogDelivery"
GROUPS = frozenset({ALL_USERS, AUTHENTICATED_USERS, LOG_DELIVERY})

LOG_DELIVERER = "logging.s3.amazonaws.com"
"""The service of the cloud that is all of `LOG_DELIVERY`."""


class Grant(Struct, array_like=True, frozen=True):
    """One line of an access control list."""

    grantee: str
    """A canonical id (64 hex digits) or one of `GROUPS`."""
    permission: int
    """One `Permission`."""


Grants = tuple[Grant, ...]


class AccessDenied(PermissionError):
    """The principal may not do this. Says nothing about what exists."""

    def __init__(self, message: str = "", decision: Decision | None = None) -> None:
        super().__init__(message)
        self.decision = decision
        """Why, if policies were asked."""


def is_granted(principal: Principal, owner: str, grants: Grants, permission: Permission) -> bool:
    """Tell whether the list of a resource of `owner` (a canonical id) lets the principal in.

    A grant to the owner's own account opens nothing to a user there: its policies say what
    it may.
    """
    for grant in grants:
        if grant.permission & permission == permission and (
            grant.grantee == ALL_USERS
            or (grant.grantee == LOG_DELIVERY and principal.keys.get(SERVICE) == LOG_DELIVERER)
            or (
                not principal.is_anonymous
                and grant.grantee in (principal.canonical_id, AUTHENTICATED_USERS)
                and (grant.grantee != owner)
            )
        ):
            return True
    return False
