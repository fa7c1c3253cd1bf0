"""Browser sessions: what a cookie stands for once a person has signed in.

A session ends when it is signed out, unused for `IDLE` seconds, or `LONGEST` seconds old
(OWASP Session Management Cheat Sheet, "Session Expiration"); and when its person has gone
or has another password since. Every sign-in makes a new
token and ends the session that it came with, so that no one can plant one (fixation).
"""

import secrets
import time
from collections.abc import Callable

import msgspec
from msgspec import Struct

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.engines.kv.keys import Subspace
from lenticular.primitives.signin.tokens import digest, new_token

IDLE = 8 * 3600
"""Seconds without a request after which a session is over."""

LONGEST = 24 * 3600
"""Seconds after which a session is over however much it is used."""

_NOTED = 60
"""Seconds between two writes of when a session was used: not every request writes."""

_CLEARED = 20
"""Expired sessions that making a new one removes: more than it adds, so none pile up."""

_SESSION = Subspace("signin", "session")  # (digest of the token) -> BrowserSession
_OF = Subspace("signin", "sessions")  # (identity id, digest) -> nothing
_UNTIL = Subspace("signin", "until")  # (end in seconds, digest) -> nothing


class Authentication(Struct, array_like=True, frozen=True):
    """One proof of who sits at the browser."""

    identity_id: str
    """The identity that was proven: the person's own, or one linked to it."""
    provider_id: str
    """The identity provider that vouched for it."""
    methods: tuple[str, ...]
    """Authentication method references (RFC 8176): ``pwd``, or those the provider named."""
    time: int
    """Seconds since the epoch."""


class BrowserSession(Struct, array_like=True, frozen=True):
    """One signed-in browser."""

    session_id: bytes
    """The digest of its token: names the session, and cannot be used as its token."""
    identity_id: str
    """The person's: unlike the name of a user, it is never given twice."""
    kind: str
    """The pages that it is for: ``sign-in`` (the authorisation server's) or ``portal``. A token
    of the one is nothing to the other."""
    authentications: tuple[Authentication, ...]
    """The newest of each identity, the last one last."""
    csrf_secret: str
    """What the forms that this session is shown are bound to."""
    created: int
    """Seconds since the epoch, as the other times."""
    used: int
    ends: int
    source_ip: str = ""
    user_agent: str = ""

    @property
    def auth_time(self) -> int:
        """When the person last proved who they are, in seconds since the epoch."""
        return self.authentications[-1].time

    @property
    def methods(self) -> tuple[str, ...]:
        """How they did."""
        return self.authentications[-1].methods


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(BrowserSession).decode


def _any(reader: Reader, session: BrowserSession) -> bool:
    return True


class BrowserSessions:
    """The sessions of one cloud."""

    def __init__(
        self,
        store: KeyValueStore,
        is_good: Callable[[Reader, BrowserSession], bool] = _any,
        *,
        clock: Callable[[], float] = time.time,
        idle: int = IDLE,
        longest: int = LONGEST,
    ) -> None:
        """Keep sessions, which end as soon as they are not `is_good` any more."""
        self._store = store
        self._is_good = is_good
        self._clock = clock
        self._idle = idle
        self._longest = longest

    async def create(
        self,
        identity_id: str,
        method: str | tuple[str, ...],
        *,
        kind: str = "sign-in",
        provider_id: str = "",
        proven_id: str = "",
        replaces: str | None = None,
        source_ip: str = "",
        user_agent: str = "",
    ) -> str:
        """Begin a session of the person `identity_id` and return its token.

        `proven_id` is the linked identity they signed in with, when it was one. The session
        whose token is `replaces` ends; if it was the same person's, what it had proven of
        other identities goes on.
        """
        now = int(self._clock())
        methods = (method,) if isinstance(method, str) else method
        proof = Authentication(proven_id or identity_id, provider_id, methods, now)
        token = new_token()

        def begin(tx: Transaction) -> None:
            self._clear(tx, now)
            earlier: tuple[Authentication, ...] = ()
            if replaces is not None:
                replaced = self._live(tx, digest(replaces), kind, now)
                if replaced is not None:
                    _remove(tx, replaced)
                    if replaced.identity_id == identity_id:
                        earlier = replaced.authentications
            session = BrowserSession(
                session_id=digest(token),
                identity_id=identity_id,
                kind=kind,
                authentications=(
                    *(other for other in earlier if other.identity_id != proof.identity_id),
                    proof,
                ),
                csrf_secret=secrets.token_urlsafe(32),
                created=now,
                used=now,
                ends=now + self._longest,
                source_ip=source_ip,
                user_agent=user_agent[:256],
            )
            tx.set(_SESSION.pack(session.session_id), _encode(session))
            tx.set(_OF.pack(identity_id, session.session_id), b"")
            tx.set(_UNTIL.pack(session.ends, session.session_id), b"")

        await self._store.transact(begin)
        return token

    async def find(self, token: str, kind: str = "sign-in") -> BrowserSession | None:
        """Return the session of a token, which counts as used now; None when it is over."""
        now = int(self._clock())
        key = digest(token)
        session = await self._store.read(lambda reader: self._live(reader, key, kind, now))
        if session is None or now - session.used < _NOTED:
            return session

        def note(tx: Transaction) -> BrowserSession | None:
            live = self._live(tx, key, kind, now)
            if live is None:
                return None
            noted = msgspec.structs.replace(live, used=now)
            tx.set(_SESSION.pack(key), _encode(noted))
            return noted

        return await self._store.transact(note)

    async def of(self, identity_id: str) -> list[BrowserSession]:
        """Return the sessions that a person has, those of every kind."""
        now = int(self._clock())

        def collect(reader: Reader) -> list[BrowserSession]:
            found = (self._live(reader, key, None, now) for key in _keys_of(reader, identity_id))
            return [session for session in found if session is not None]

        return await self._store.read(collect)

    async def end(self, token: str) -> None:
        """End the session of a token. Not an error when it is over already."""
        await self.end_session(digest(token))

    async def end_session(self, session_id: bytes) -> None:
        """End a session by its id. Not an error when it is over already."""

        def end(tx: Transaction) -> None:
            session = _session(tx, session_id)
            if session is not None:
                _remove(tx, session)

        await self._store.transact(end)

    async def end_all(self, identity_id: str) -> int:
        """End every session of a person, of every kind; return how many there were."""

        def end(tx: Transaction) -> int:
            keys = _keys_of(tx, identity_id)
            for key in keys:
                session = _session(tx, key)
                if session is not None:
                    _remove(tx, session)
            return len(keys)

        return await self._store.transact(end)

    def _live(
        self, reader: Reader, key: bytes, kind: str | None, now: int
    ) -> BrowserSession | None:
        session = _session(reader, key)
        if session is None or kind not in (None, session.kind):
            return None
        if now >= min(session.ends, session.used + self._idle):
            return None
        return session if self._is_good(reader, session) else None

    def _clear(self, tx: Transaction, now: int) -> None:
        start, _ = _UNTIL.range()
        for key, _ in tx.range(start, _UNTIL.pack(now + 1), limit=_CLEARED):
            session = _session(tx, _UNTIL.unpack(key)[1])
            if session is not None:
                _remove(tx, session)


def _session(reader: Reader, key: bytes) -> BrowserSession | None:
    data = reader.get(_SESSION.pack(key))
    return None if data is None else _decode(data)


def _keys_of(reader: Reader, identity_id: str) -> list[bytes]:
    return [_OF.unpack(key)[1] for key, _ in reader.range(*_OF.range(identity_id))]


def _remove(tx: Transaction, session: BrowserSession) -> None:
    tx.delete(_SESSION.pack(session.session_id))
    tx.delete(_OF.pack(session.identity_id, session.session_id))
    tx.delete(_UNTIL.pack(session.ends, session.session_id))
