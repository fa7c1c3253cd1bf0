"""Who makes a request: the same for every interface, whatever the credential was."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from lenticular.primitives.circumstances import NO_CIRCUMSTANCES, Circumstances
from lenticular.primitives.policies.authority import NO_AUTHORITY, Authority

Kind = Literal["anonymous", "root", "user", "role", "federated"]
"""What a principal is; ``role`` and ``federated`` are sessions (temporary credentials)."""


class Principal(Struct, frozen=True):
    """An authenticated identity, or nobody (`ANONYMOUS`)."""

    account_id: str
    """Twelve digits; empty for nobody."""
    arn: str
    user_id: str
    """The account id for a root identity; ``ROLE:SESSION`` for a session of a role."""
    canonical_id: str
    """The account's 64-hex-digit name in access control lists; empty for nobody."""
    name: str = ""
    """The account's display name."""
    access_key_id: str | None = None
    kind: Kind = "root"
    authority: Authority = NO_AUTHORITY
    """What its policies say."""
    issuer_arn: str = ""
    """Of a session: the role or user that it stands for; empty for any other."""
    issuer_id: str = ""
    """The unique id of that role or user."""
    identity_id: str = ""
    """The person's UUID in every interface; empty where no person stands behind it."""
    keys: Mapping[str, str | tuple[str, ...]] = {}
    """Condition keys that are the principal's own, by lower-case name: ``aws:username``,
    ``aws:principaltag/team``, ``aws:multifactorauthpresent``, ``aws:sourceidentity`` ..."""
    circumstances: Circumstances = NO_CIRCUMSTANCES
    """Of the request that is being made."""

    @property
    def is_anonymous(self) -> bool:
        return not self.account_id

    def under(self, circumstances: Circumstances) -> "Principal":
        """Return this principal as it makes a request under these circumstances."""
        return replace(self, circumstances=circumstances)


ANONYMOUS = Principal(account_id="", arn="", user_id="anonymous", canonical_id="", kind="anonymous")
