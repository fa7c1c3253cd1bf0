"""Fixtures: keys on a store in memory, with a clock that is set by hand."""

import pytest

from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.circumstances import Circumstances
from lenticular.primitives.identities import USERS, Identities
from lenticular.primitives.keys import Keys
from lenticular.primitives.keys.catalog import Plan
from lenticular.primitives.keys.rights import KeyRequest
from lenticular.primitives.vault import KEY_SIZE, Vault

REGION = "us-east-1"


class Clock:
    """A clock that is set by hand, in seconds since the epoch."""

    def __init__(self):
        self.now = 1_800_000_000.0

    def __call__(self):
        return self.now

    def days(self, count):
        self.now += count * 24 * 3600


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def vault():
    return Vault(bytes(KEY_SIZE))


@pytest.fixture
def identities(store, vault):
    return Identities(store, vault)


@pytest.fixture
def keys(store, vault, clock):
    return Keys(store, vault, clock=clock)


@pytest.fixture
def principal_of(identities):
    """``await principal_of(account_id, "ada", policy)``: a user; without a name the root."""

    async def make(account_id, name="", policy=""):
        if not name:
            found = await identities.read(
                lambda reader: identities.root_principal(reader, account_id)
            )
        else:
            await identities.users.create(account_id, name)
            if policy:
                await identities.inline_policies.put(USERS, account_id, name, "own", policy)
            found = await identities.read(
                lambda reader: identities.user_principal(reader, account_id, name)
            )
        return found.under(Circumstances(region=REGION))

    return make


@pytest.fixture
async def root(identities, principal_of):
    return await principal_of((await identities.create_account("lab")).account_id)


@pytest.fixture
async def stranger(identities, principal_of):
    """The root of another account."""
    return await principal_of((await identities.create_account("elsewhere")).account_id)


@pytest.fixture
def asking(root):
    """``asking("Decrypt", key)``: a request of the root's, or of somebody else."""

    def make(operation, key=None, principal=None, **more):
        name = "" if key is None else getattr(key, "arn", key)
        return KeyRequest(principal or root, f"kms:{operation}", name, **more)

    return make


@pytest.fixture
def make_key(keys, asking):
    async def make(**plan):
        return await keys.catalog.create(asking("CreateKey"), Plan(region=REGION, **plan))

    return make


@pytest.fixture
async def key(make_key):
    return await make_key()
