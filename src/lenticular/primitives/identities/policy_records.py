"""What the store remembers of policies: of managed ones with their versions, and inline ones.

Managed policies have a unique id under which their versions are kept. Attachments and inline
policies are kept under the `owner` of an entity (`records.Entity`), which renaming does not
change.
"""

from msgspec import Struct

from lenticular.engines.kv.keys import Subspace

POLICY = Subspace("identities", "policy")  # (account id, policy id) -> ManagedPolicy
POLICY_NAMED = Subspace("identities", "policy-name")  # (account id, name) -> policy id
VERSION = Subspace(
    "identities", "policy-version"
)  # (account id, policy id, number) -> PolicyVersion
ATTACHED = Subspace("identities", "attached")  # (account id, owner, policy ARN) -> nothing
ATTACHED_TO = Subspace("identities", "attached-to")  # (account id, policy ARN, owner) -> nothing
INLINE = Subspace("identities", "inline-policy")  # (account id, owner, name) -> the document
BOUNDARY = Subspace("identities", "boundary")  # (account id, owner) -> policy ARN
BOUNDARY_OF = Subspace("identities", "boundary-of")  # (account id, policy ARN, owner) -> nothing

PREFIX = "ANPA"
"""Of the unique ids of managed policies."""

AWS = "aws"
"""In the place of an account id: the policies that AWS manages."""


class ManagedPolicy(Struct, array_like=True, frozen=True):
    """A policy that stands by itself, and is attached to any number of entities."""

    account_id: str
    """`AWS` for one that every account has."""
    name: str
    path: str
    """Begins and ends with a slash."""
    id: str
    created: int
    updated: int
    """When its last version was made."""
    description: str = ""
    default: int = 1
    """The number of the version that counts."""
    last: int = 1
    """The highest number that a version ever had."""
    tags: dict[str, str] = {}

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account_id}:policy{self.path}{self.name}"


class PolicyVersion(Struct, array_like=True, frozen=True):
    """A document of a managed policy."""

    number: int
    document: str
    created: int

    @property
    def id(self) -> str:
        """How IAM calls it."""
        return f"v{self.number}"
