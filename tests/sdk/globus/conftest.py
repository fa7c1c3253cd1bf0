"""globus-sdk clients of a real server, and people who sign in and consent with a cookie jar."""

import uuid
from dataclasses import dataclass

import globus_sdk
import httpx
import pytest
from argon2 import PasswordHasher

from lenticular.primitives.oauth import Authorization, NewClient
from lenticular.testing.browser import Browser
from lenticular.testing.cloud import running_cloud

PASSWORD = "Cumulus-lenticularis-7"


@dataclass(frozen=True)
class Person:
    """A user with a password."""

    name: str
    username: str
    identity_id: str
    account_id: str
    email: str


@pytest.fixture(scope="session")
def cloud():
    """A cloud to which globus-sdk, in this process, is pointed."""
    with running_cloud() as running, pytest.MonkeyPatch.context() as patch:
        # As costly as need be to tell right from wrong, and not as to keep guessers away.
        cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        running.engines.identities.logins._hashes._hasher = cheap
        url = running.configuration.url("globus")
        paths = {"AUTH": "/", "GROUPS": "", "SEARCH": "", "TIMER": "", "TRANSFER": ""}
        for service, path in paths.items():
            patch.setenv(f"GLOBUS_SDK_SERVICE_URL_{service}", url + path)
        yield running


@pytest.fixture(scope="session")
def http(cloud):
    """Plain HTTP to the cloud, without cookies."""
    with httpx.Client(base_url=cloud.configuration.url("globus"), trust_env=False) as client:
        yield client


@pytest.fixture(scope="session")
def new_person(cloud):
    """Make a user with a password, in the first account or another."""

    def make(name="", account_id=""):
        name = name or f"person-{uuid.uuid4().hex[:8]}"
        account_id = account_id or cloud.credentials.account_id
        email = f"{name}@example.org"
        cloud.create_user(name, account=account_id, email=email, password=PASSWORD)
        user = cloud.run(cloud.engines.identities.users.get(account_id, name))
        username = cloud.run(cloud.engines.identities.sign_in_name(user))
        return Person(name, username, user.identity_id, account_id, email)

    return make


@pytest.fixture(scope="session")
def ada(new_person):
    """A person."""
    return new_person("ada")


@pytest.fixture
def browse(cloud):
    """Open a browser of a person; nobody has signed in with it yet."""
    opened = []

    def browser(person=None):
        made = Browser(cloud, person.username if person else "", PASSWORD)
        opened.append(made)
        return made

    yield browser
    for made in opened:
        made.http.close()


@pytest.fixture(scope="session")
def new_client(cloud):
    """Register a client; return its id and its secret (None for a public one)."""

    def make(name="A portal", **fields):
        fields.setdefault("redirect_uris", ("https://portal.example.org/callback",))
        new = NewClient(name=name, account_id=cloud.credentials.account_id, **fields)
        client, secret = cloud.run(cloud.engines.oauth.clients.create(new))
        return client.client_id, secret.secret if secret else None

    return make


@pytest.fixture(scope="session")
def grant(cloud, new_client):
    """Have a person allow a client some scopes, without a browser; return what the client gets.

    The tokens come by the name of their resource server, as ``by_resource_server`` has them.
    """
    usual, _ = new_client("A usual client")

    def allow(person, scopes, client_id=usual):
        oauth = cloud.engines.oauth

        async def run():
            client = await oauth.clients.get(client_id)
            wanted = Authorization(
                client_id=client_id,
                identity_id=person.identity_id,
                wanted=await oauth.scopes.resolve(scopes),
                redirect_uri="https://portal.example.org/callback",
                offline=True,
            )
            code = await oauth.allow(wanted)
            return await oauth.exchanges.code(client, code, wanted.redirect_uri, "")

        return {token.server: token for token in cloud.run(run()).tokens}

    return allow


@pytest.fixture
def confidential(new_client):
    """A client that keeps a secret, as globus-sdk's login client."""
    with globus_sdk.ConfidentialAppAuthClient(*new_client()) as client:
        yield client


@pytest.fixture
def native(new_client):
    """An app on a person's machine, as globus-sdk's login client."""
    client_id, _ = new_client(
        "An app",
        type="public_installed_client",
        redirect_uris=("http://localhost", "https://auth.globus.org/v2/web/auth-code"),
    )
    with globus_sdk.NativeAppAuthClient(client_id) as client:
        yield client


@pytest.fixture(scope="session")
def access_token(grant):
    """``access_token(person, scope)``: a token with which an app acts for them there."""

    def token(person, scope):
        [issued] = grant(person, scope).values()
        return issued.access_token

    return token
