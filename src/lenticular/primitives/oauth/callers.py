"""Who calls with an OAuth credential: a client for itself, or on behalf of a person."""

from dataclasses import dataclass, replace

from lenticular.primitives.circumstances import Circumstances
from lenticular.primitives.principals import ANONYMOUS, Principal


@dataclass(frozen=True, slots=True)
class Caller:
    """What a credential says: who, through which client, to do what.

    An access token gives all of it. A client that shows its own secret has no scopes: what
    it may do is asked of the client itself.
    """

    principal: Principal
    """As policies know it: the person's IAM user, or the client in the account that owns it."""
    identity_id: str = ""
    """The UUID of the identity that acts: a person's, or the client's own id; empty: nobody."""
    identity_ids: tuple[str, ...] = ()
    """The whole set of the person's linked identities, `identity_id` among them."""
    username: str = ""
    """Of the identity: ``ada@lab.example.org``, ``CLIENT@clients.auth.globus.org``."""
    client_id: str = ""
    """The client that shows the credential."""
    scopes: frozenset[str] = frozenset()
    """What the token is good for, as scope strings."""
    token: str = ""
    """The access token itself, for whom it has to be looked at again; never to be logged."""

    @property
    def is_anonymous(self) -> bool:
        return not self.identity_id

    def under(self, circumstances: Circumstances) -> "Caller":
        """Return this caller as it makes a request under these circumstances."""
        return replace(self, principal=self.principal.under(circumstances))


NOBODY = Caller(ANONYMOUS)
