"""What the portal is given by the server that it runs in; everything else it asks over HTTP."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class TemporaryCredentials(Protocol):
    """An access key that ends by itself."""

    @property
    def access_key_id(self) -> str: ...
    @property
    def secret_access_key(self) -> str: ...
    @property
    def session_token(self) -> str: ...


class Session(Protocol):
    """One signed-in browser, of the portal or of the sign-in pages. Times: seconds since 1970."""

    @property
    def session_id(self) -> bytes: ...
    @property
    def identity_id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def csrf_secret(self) -> str: ...
    @property
    def created(self) -> int: ...
    @property
    def used(self) -> int: ...
    @property
    def source_ip(self) -> str: ...
    @property
    def user_agent(self) -> str: ...


class Sessions(Protocol):
    """The browser sessions of the cloud."""

    async def create(
        self,
        identity_id: str,
        method: str | tuple[str, ...],
        *,
        kind: str,
        replaces: str | None,
        source_ip: str,
        user_agent: str,
    ) -> str:
        """Begin a session and return its token."""

    async def find(self, token: str, kind: str) -> Session | None:
        """Return the session of a token; None when it is over."""

    async def of(self, identity_id: str) -> Sequence[Session]:
        """Return the sessions that a person has."""

    async def end(self, token: str) -> None:
        """End the session of a token."""

    async def end_session(self, session_id: bytes) -> None:
        """End a session by its id."""


class Sealer(Protocol):
    """Makes bytes unreadable to everybody else."""

    def seal(self, secret: bytes, context: str) -> bytes:
        """Return `secret` encrypted for `context`."""

    def open(self, sealed: bytes, context: str) -> bytes:
        """Return what was sealed for `context`. Raises RuntimeError when it was not."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who has signed in."""

    identity_id: str
    """A UUID, the same in every interface."""
    account_id: str
    account_name: str
    user_name: str
    """Of the IAM user."""
    username: str
    """With which they sign in: ``ada@lab.example.org``."""
    full_name: str = ""
    email: str = ""

    @property
    def name(self) -> str:
        """How they are called."""
        return self.full_name or self.user_name


@dataclass(frozen=True, slots=True)
class Login:
    """A person who has signed in with a browser."""

    person: Person
    session: Session
    tokens: Mapping[str, str]
    """The access tokens that the sign-in gave, by resource server, and those for the files of
    collections, by collection: empty for one of which there is none. Never shown or logged."""
    mfa_time: int
    """When they gave a second factor, in seconds since the epoch; 0: they did not."""


class People(Protocol):
    """What no interface offers: who an identity is, and letting people in.

    Those that are done `by` somebody to a user of their account raise PermissionError, with
    the reason, unless the policies of `by` allow it.
    """

    async def find(self, identity_id: str) -> Person | None:
        """Return the person who has an identity; None: nobody."""

    async def lend(self, person: Person, *, mfa_time: int) -> TemporaryCredentials:
        """Lend a person who has signed in an access key for a quarter of an hour or longer.

        `mfa_time` is when they gave a second factor, in seconds since the epoch; 0: they did not.
        """

    async def end_everything(self, person: Person) -> None:
        """End all sessions, tokens and lent keys of a person."""

    async def describe(self, by: Person, user_name: str, *, email: str, full_name: str) -> None:
        """Note how a user is reached and called."""

    async def invite(self, by: Person, user_name: str) -> str:
        """Make a link with which a user sets their password; return its path and query, on the
        Globus port."""

    async def expel(self, by: Person, user_name: str) -> None:
        """End all sessions, tokens and lent keys of a user."""


@dataclass(frozen=True, slots=True)
class Site:
    """The cloud that a portal belongs to."""

    version: str
    secure: bool
    """Whether it is served over TLS."""
    strict_transport: bool
    """Whether browsers shall come by TLS only, to every port of this host, from now on."""
    port: int
    """Of the portal."""
    aws_port: int
    globus_port: int
    hosts: tuple[str, ...]
    """Names under which browsers may come, as in URLs, without ports."""
    aws_url: str
    """Where the server itself finds the AWS interface; `globus_url` likewise."""
    globus_url: str
    ca_file: Path | None
    """Certificates to trust when calling them; None: the system's."""
    bundle: bytes
    """The same for people to download, PEM; empty: their programs trust this cloud already."""
    region: str
    services: tuple[tuple[str, str], ...]
    """What the cloud offers: name and full name of each AWS service."""
    client_id: str
    """The portal as a client of the authorisation server."""
    client_secret: str
    form_key: bytes
    """Signs the tokens of forms: 32 random bytes of the cloud's own."""
    sealer: Sealer
    sessions: Sessions
    people: People

    @property
    def scheme(self) -> str:
        return "https" if self.secure else "http"

    def origin(self, host: str, port: int) -> str:
        """Return the origin of a port of this cloud under one of its names."""
        return f"{self.scheme}://{host}:{port}"

    def callbacks(self) -> list[str]:
        """Return the redirect URIs that the portal's client must have."""
        return [f"{self.origin(host, self.port)}/callback" for host in self.hosts]
