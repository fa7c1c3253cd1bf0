"""Fixtures: an authorization server on a store in memory, whose clock stands still."""

import os

import pytest

from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.identities import Identities
from lenticular.primitives.oauth import Authorization, AuthorizationServer, NewClient
from lenticular.primitives.people import IdentityProviders, People
from lenticular.primitives.signin import Authentication
from lenticular.primitives.vault import KEY_SIZE, Vault

CALLBACK = "https://portal.example.org/callback"


class Clock:
    """Seconds since the epoch, moved by hand."""

    def __init__(self):
        self.now = 1_750_000_000.0

    def __call__(self):
        return self.now

    def forward(self, seconds):
        self.now += seconds


class Setting:
    """An authorization server with what is around it."""

    def __init__(self):
        self.clock = Clock()
        self.store = MemoryStore()
        self.vault = Vault(os.urandom(KEY_SIZE))
        self.identities = Identities(self.store, self.vault)
        providers = IdentityProviders(self.store, self.vault, ("localhost",))
        self.people = People(self.identities, providers, ("localhost",))
        self.oauth = self.another_process()
        self.account_id = ""

    def another_process(self):
        """Another server process on the same store."""
        return AuthorizationServer(
            self.store, self.vault, self.identities, self.people, clock=self.clock
        )

    async def person(self, name="ada"):
        return (await self.identities.users.create(self.account_id, name)).identity_id

    async def client(self, **fields):
        secret = fields.pop("secret", "")
        fields = {"name": "A portal", "redirect_uris": (CALLBACK,)} | fields
        new = NewClient(account_id=self.account_id, **fields)
        return (await self.oauth.clients.create(new, secret))[0]

    async def app(self, **fields):
        """A client that cannot keep a secret."""
        return await self.client(
            type="public_installed_client", redirect_uris=("http://localhost",), **fields
        )

    async def wanted(self, scopes, client, identity_id, **fields):
        return Authorization(
            client_id=client.client_id,
            identity_id=identity_id,
            wanted=await self.oauth.scopes.resolve(scopes),
            **({"redirect_uri": CALLBACK, "offline": True} | fields),
        )

    async def code(self, scopes, client, identity_id, **fields):
        return await self.oauth.allow(await self.wanted(scopes, client, identity_id, **fields))

    async def tokens(self, scopes, client, identity_id, **fields):
        """What a client gets once a person consented."""
        code = await self.code(scopes, client, identity_id, **fields)
        uri = fields.get("redirect_uri", CALLBACK)
        return (await self.oauth.exchanges.code(client, code, uri, "")).tokens

    async def withdraw_all(self, identity_id, client):
        for consent in await self.oauth.consents.of(identity_id, client.client_id):
            if len(consent.path) == 1:
                await self.oauth.consents.withdraw(identity_id, consent.number)

    async def is_active(self, client, token):
        return await self.oauth.tokens.introspect(client, token) is not None

    async def contents(self):
        """Everything in the store, as bytes."""
        return b"".join(key + value for key, value in await self._pairs())

    async def keys(self):
        """The keys in the store."""
        return {key for key, _ in await self._pairs()}

    async def _pairs(self):
        return await self.store.read(lambda reader: reader.range(b"\x00", b"\xff"))


@pytest.fixture
async def setting():
    made = Setting()
    made.account_id = (await made.identities.first_account()).account_id
    yield made
    await made.identities.close()


@pytest.fixture
def oauth(setting):
    return setting.oauth


@pytest.fixture
def clock(setting):
    return setting.clock


@pytest.fixture
async def ada(setting):
    return await setting.person("ada")


@pytest.fixture
async def portal(setting):
    """A client that keeps a secret."""
    return await setting.client()


@pytest.fixture
async def app(setting):
    """A client that cannot keep one."""
    return await setting.app()


@pytest.fixture
def password_sign_in(ada):
    """How somebody signed in."""
    return Authentication(ada, "provider", ("pwd",), 1_750_000_000)
