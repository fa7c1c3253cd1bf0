"""Identities in memory, under clocks that tests move."""

import os

import pytest
from argon2 import PasswordHasher

from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.identities import Identities
from lenticular.primitives.identities.passwords import PasswordHashes
from lenticular.primitives.vault import KEY_SIZE, Vault


class Clock:
    """Tells the time that a test sets, in seconds."""

    def __init__(self, now=1_700_000_000.0):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def identities(store, clock):
    hashes = PasswordHashes(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    vault = Vault(os.urandom(KEY_SIZE))
    made = Identities(store, vault, clock=clock, now=clock, hashes=hashes)
    yield made
    await made.close()


@pytest.fixture
async def account_id(identities):
    """The id of an account with nothing in it but its root identity."""
    return (await identities.first_account()).account_id
