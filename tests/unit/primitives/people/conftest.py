"""Fixtures: people on a store in memory, with one institution that vouches for some."""

import os

import pytest
from argon2 import PasswordHasher

from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.identities import Identities
from lenticular.primitives.people import Claims, IdentityProviders, NewProvider, People
from lenticular.primitives.vault import KEY_SIZE, Vault

DOMAINS = ("localhost", "lab.example.org")


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
async def identities(store):
    vault = Vault(os.urandom(KEY_SIZE))
    made = Identities(store, vault, domains=DOMAINS)
    await made.first_account()
    # As costly as need be to tell right from wrong, and not as to keep guessers away.
    made.logins._hashes._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield made
    await made.close()


@pytest.fixture
def people(identities, store):
    vault = Vault(os.urandom(KEY_SIZE))
    return People(identities, IdentityProviders(store, vault, DOMAINS), DOMAINS)


@pytest.fixture
async def account_id(identities):
    return (await identities.first_account()).account_id


@pytest.fixture
async def ada(identities, account_id):
    """A user of the first account."""
    return await identities.users.create(
        account_id, "ada", email="ada@example.net", full_name="Ada Lovelace"
    )


@pytest.fixture
async def eve(identities, account_id):
    """Another one."""
    return await identities.users.create(account_id, "eve")


@pytest.fixture
async def university(people):
    """An institution that vouches for ``@uni.example``, and lets nobody in by itself."""
    return await people.providers.create(
        NewProvider(
            name="uni",
            title="University",
            issuer="https://login.uni.example",
            client_id="lenticular",
            client_secret="their secret",
            domains=("uni.example",),
        )
    )


def claims(username="ada@uni.example", subject="s1", **more):
    return Claims(subject=subject, username=username, **more)
