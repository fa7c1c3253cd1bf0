"""The portal in the server: registered as a client, and handed what no interface offers."""

import time
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import lenticular
from lenticular.apis.aws.wire.api import Coverage
from lenticular.engines.kv.contract import Reader
from lenticular.portal.application import Portal
from lenticular.portal.contract import Person, Site
from lenticular.primitives.audit import Event, Resource
from lenticular.primitives.circumstances import Circumstances
from lenticular.primitives.identities import EntityNotFound, User
from lenticular.primitives.oauth import NewClient
from lenticular.primitives.policies.evaluation import Access, Decision, decide
from lenticular.primitives.sessions import Issued
from lenticular.server.certificates import trusted
from lenticular.server.configuration import Configuration, reachable
from lenticular.server.wiring import Cloud

CLIENT_ID = str(uuid.uuid5(uuid.NAMESPACE_URL, "lenticular portal"))
"""The same in every cloud: a client's id is no secret."""

_NAME = "Lenticular portal"
_LENT_SECONDS = 900
_SOURCE = "portal.lenticular"
"""The event source of what the portal does that no interface offers."""


@asynccontextmanager
async def open_portal(
    configuration: Configuration,
    cloud: Cloud,
    offered: Sequence[Coverage],
) -> AsyncIterator[Portal]:
    """Give the portal of a cloud while the context lasts.

    It shows that the AWS services `offered` are there. It is a client
    of the authorisation server, registered on the first start.
    """
    site = _site(configuration, cloud, offered)
    await _register(cloud, site)
    portal = Portal(site)
    try:
        yield portal
    finally:
        await portal.close()


def _site(configuration: Configuration, cloud: Cloud, offered: Sequence[Coverage]) -> Site:
    bundle = trusted(configuration)
    return Site(
        version=lenticular.__version__,
        secure=configuration.tls,
        strict_transport=configuration.strict_transport,
        port=configuration.port("portal"),
        aws_port=configuration.port("aws"),
        globus_port=configuration.port("globus"),
        hosts=_hosts(configuration),
        aws_url=configuration.url("aws"),
        globus_url=configuration.url("globus"),
        ca_file=bundle,
        bundle=bundle.read_bytes() if bundle is not None else b"",
        region=configuration.region,
        services=tuple((each.service, each.title) for each in offered),
        client_id=CLIENT_ID,
        client_secret=cloud.vault.derive("secret of the portal").hex(),
        form_key=cloud.vault.derive("tokens of the portal's forms"),
        sealer=cloud.vault,
        sessions=cloud.signin.sessions,
        people=PortalPeople(cloud),
    )


def _hosts(configuration: Configuration) -> tuple[str, ...]:
    """Return the names under which browsers may come, the best one first."""
    own = reachable(configuration.public_host or configuration.host)
    loopback = ("localhost", "127.0.0.1", "[::1]")
    return tuple(dict.fromkeys((own, *configuration.domains, *loopback)))


async def _register(cloud: Cloud, site: Site) -> None:
    """Have the portal be a client that may be sent back to all of its names."""
    new = NewClient(
        name=_NAME,
        account_id=await cloud.identities.first_account_id(),
        client_id=site.client_id,
        type="confidential_client",
        redirect_uris=tuple(site.callbacks()),
        trusted=True,
    )
    await cloud.oauth.clients.ensure(new, site.client_secret)


class PortalPeople:
    """The people of a cloud, as the portal asks about them."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def find(self, identity_id: str) -> Person | None:
        """Return the person who has an identity; None: nobody."""
        user = await self._cloud.people.person(identity_id)
        account = await self._cloud.identities.account(user.account_id) if user else None
        if user is None or account is None:
            return None
        return Person(
            identity_id=user.identity_id,
            account_id=user.account_id,
            account_name=account.name,
            user_name=user.name,
            username=await self._cloud.identities.sign_in_name(user),
            full_name=user.full_name,
            email=user.email,
        )

    async def lend(self, person: Person, *, mfa_time: int) -> Issued:
        """Lend a person temporary credentials. Raises PermissionError when they are gone."""
        try:
            return await self._cloud.sessions.for_user(
                person.account_id, person.user_name, _LENT_SECONDS, mfa_time=mfa_time * 1000
            )
        except EntityNotFound as error:
            raise PermissionError(str(error)) from error

    async def end_everything(self, person: Person) -> None:
        """End all sessions, tokens and lent keys of a person."""
        user = await self._cloud.people.person(person.identity_id)
        if user is not None:
            await self._end_everything(user)

    async def describe(self, by: Person, user_name: str, *, email: str, full_name: str) -> None:
        """Note how a user is reached and called. Raises PermissionError."""
        user = await self._allowed(by, "iam:UpdateUser", user_name, "DescribeUser")
        await self._cloud.identities.users.describe(
            user.account_id, user.name, email=email, full_name=full_name
        )

    async def invite(self, by: Person, user_name: str) -> str:
        """Make a link with which a user sets their password. Raises PermissionError."""
        user = await self._allowed(by, "iam:UpdateLoginProfile", user_name, "InviteUser")
        token = await self._cloud.signin.invitations.create("password", user.account_id, user.name)
        return f"/welcome?{urlencode({'token': token})}"

    async def expel(self, by: Person, user_name: str) -> None:
        """End all sessions, tokens and lent keys of a user. Raises PermissionError."""
        user = await self._allowed(by, "iam:DeleteLoginProfile", user_name, "ExpelUser")
        await self._end_everything(user)

    async def _end_everything(self, user: User) -> None:
        await self._cloud.signin.invitations.end(user.account_id, user.name)
        await self._cloud.signin.sessions.end_all(user.identity_id)
        await self._cloud.oauth.tokens.revoke_all(user.identity_id)
        await self._cloud.sessions.end_all(user.account_id, user.id)

    async def _allowed(self, by: Person, action: str, user_name: str, event_name: str) -> User:
        """Return a user of the account of `by` if `by` may do `action` to it.

        Either way the audit log is told of it, as `event_name`. Raises PermissionError, in
        IAM's words.
        """
        identities = self._cloud.identities
        user = await identities.users.find(by.account_id, user_name)
        arn = user.arn if user else f"arn:aws:iam::{by.account_id}:user/{user_name}"

        here = Circumstances(time=time.time(), source_ip=_SOURCE, user_agent=_SOURCE)

        def ask(reader: Reader) -> Decision:
            principal = identities.user_principal(reader, by.account_id, by.user_name)
            return decide(Access(principal.under(here), action, arn, by.account_id))

        decision = await identities.read(ask)
        refusal = "" if decision.allowed else decision.message
        if decision.allowed and user is None:
            refusal = f"There is no user {user_name} in this account."
        event = Event.of(
            decision.access.principal,
            _SOURCE,
            event_name,
            parameters={"userName": user_name},
            error=("AccessDenied", refusal) if refusal else None,
            resources=(Resource("AWS::IAM::User", arn, by.account_id),),
        )
        await self._cloud.audit.record([event])
        if user is None or refusal:
            raise PermissionError(refusal)
        return user
