"""What is kept of temporary credentials, and where.

One record for each session, durable before its credentials are handed out. A token that
carries everything sealed within itself would save that write, but a single session could
then not be ended, a leaked key id could not be traced, every request would carry kilobytes
of policies, and whoever had the master key could make sessions up. Sessions begin rarely
(once an hour and worker) and the store commits many at once, so the write costs little.
"""

from typing import Literal

import msgspec
from msgspec import Struct

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.engines.kv.keys import Subspace

SESSION = Subspace("sessions", "session")  # (access key id) -> Session
OF = Subspace("sessions", "of")  # (account id, principal id, access key id) -> nothing
UNTIL = Subspace("sessions", "until")  # (expires, access key id) -> nothing

Kind = Literal["user", "role", "federated"]
"""What a session is of: of a user (or a root identity) themself, of somebody in a role, or of
somebody whom a user (or a root identity) vouches for."""

Limits = Literal["", "token", "federation"]
"""Which fixed limits it has; see `lenticular.primitives.sessions.limits`."""


class Session(Struct, array_like=True, frozen=True):
    """Temporary credentials: what they stand for, and how far they reach."""

    kind: Kind
    account_id: str
    principal_id: str
    """The unique id of the role or the user that it gets its rights from (a later one of the
    same name is another one); the account id for a root identity."""
    access_key_id: str = ""
    begun: int = 0
    """Milliseconds since the epoch, as the other times."""
    expires: int = 0
    sealed: bytes = b""
    """The secret and the session token."""
    session_name: str = ""
    """The role session's or the federated user's."""
    policy: str = ""
    """The session policy; empty when none was passed."""
    policy_arns: tuple[str, ...] = ()
    """Managed policies that were passed as session policies."""
    tags: tuple[tuple[str, str], ...] = ()
    transitive: tuple[str, ...] = ()
    """The keys of those tags that go on into the sessions that this one begins."""
    source_identity: str = ""
    chained: bool = False
    """A role's session that was begun by another role's session."""
    mfa_time: int = 0
    """When a second factor was given; 0: none was."""
    provider: str = ""
    """The ARN of the identity provider that vouched for a web identity."""
    claims: tuple[tuple[str, str | tuple[str, ...]], ...] = ()
    """Further condition keys, by lower-case name: what a web identity's token said."""
    limits: Limits = ""

    @property
    def transitive_tags(self) -> tuple[tuple[str, str], ...]:
        """The session tags that go on into the sessions that this one begins."""
        names = {name.lower() for name in self.transitive}
        return tuple((name, value) for name, value in self.tags if name.lower() in names)


_encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Session).decode


def save(tx: Transaction, session: Session) -> None:
    """Keep a new session."""
    key_id = session.access_key_id
    tx.set(SESSION.pack(key_id), _encode(session))
    tx.set(OF.pack(session.account_id, session.principal_id, key_id), b"")
    tx.set(UNTIL.pack(session.expires, key_id), b"")


def remove(tx: Transaction, session: Session) -> None:
    """Forget a session."""
    key_id = session.access_key_id
    tx.delete(SESSION.pack(key_id))
    tx.delete(OF.pack(session.account_id, session.principal_id, key_id))
    tx.delete(UNTIL.pack(session.expires, key_id))


def find(reader: Reader, access_key_id: str) -> Session | None:
    """Return a session by its access key id."""
    data = reader.get(SESSION.pack(access_key_id))
    return None if data is None else decode(data)


def sessions_of(reader: Reader, account_id: str, principal_id: str) -> list[Session]:
    """Return the sessions that have their rights from one role, user or root identity."""
    start, stop = OF.range(account_id, principal_id)
    found = (find(reader, OF.unpack(key)[-1]) for key, _ in reader.range(start, stop))
    return [session for session in found if session is not None]


def expired(reader: Reader, before: int, limit: int) -> list[Session]:
    """Return up to `limit` sessions that were over `before` (in milliseconds)."""
    start, _ = UNTIL.range()
    keys = [key for key, _ in reader.range(start, UNTIL.pack(before), limit=limit)]
    found = (find(reader, UNTIL.unpack(key)[-1]) for key in keys)
    return [session for session in found if session is not None]
