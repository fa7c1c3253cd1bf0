"""Fixtures: secrets on a store in memory, with a clock that is set by hand."""

import pytest

from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.identities import Identities
from lenticular.primitives.secrets import SecretName, Secrets, Value
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
def secrets(store, vault, identities, clock):
    return Secrets(store, vault, identities, clock=clock)


@pytest.fixture
async def account_id(identities):
    return (await identities.create_account("lab")).account_id


@pytest.fixture
def name(account_id):
    return SecretName(account_id, REGION, "database")


@pytest.fixture
async def secret(secrets, name):
    """A secret whose version ``one`` is current."""
    return await secrets.create(name, Value("first"), "one")


@pytest.fixture
def stages(secrets, name):
    """``await stages()``: the stages of each version."""

    async def read():
        found = await secrets.find(name)
        return {version.id: set(version.stages) for version in found.versions}

    return read
