"""Who makes a request: the same for every interface, whatever the credential was."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated identity, or nobody (`ANONYMOUS`)."""

    account_id: str
    """Twelve digits; empty for nobody."""
    arn: str
    user_id: str
    """The account id for a root identity."""
    canonical_id: str
    """The account's 64-hex-digit name in access control lists; empty for nobody."""
    name: str = ""
    """The account's display name."""
    access_key_id: str | None = None

    @property
    def is_anonymous(self) -> bool:
        return not self.account_id


ANONYMOUS = Principal(account_id="", arn="", user_id="anonymous", canonical_id="")
