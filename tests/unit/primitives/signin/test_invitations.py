"""Links for one use."""

import asyncio

import pytest

from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.signin import Invitations


class Clock:
    now = 1_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def invitations(store, clock):
    return Invitations(store, clock=clock)


async def test_one_time_link_reuse(invitations):
    token = await invitations.create("password", "111122223333", "ada")
    assert (await invitations.find(token)).user_name == "ada"
    assert (await invitations.take(token)).user_name == "ada"
    assert await invitations.take(token) is None
    assert await invitations.find(token) is None


async def test_of_two_who_use_a_link_at_once_one_gets_it(invitations):
    token = await invitations.create("password", "111122223333", "ada")
    taken = await asyncio.gather(*(invitations.take(token) for _ in range(8)))
    assert sum(one is not None for one in taken) == 1


async def test_a_link_expires(invitations, clock):
    token = await invitations.create("password", "111122223333", "ada")
    clock.now += 24 * 3600 - 1
    assert await invitations.find(token) is not None
    clock.now += 1
    assert await invitations.find(token) is None
    assert await invitations.take(token) is None


async def test_a_newer_link_replaces_the_older_one_of_the_same_user(invitations):
    older = await invitations.create("password", "111122223333", "ada")
    other = await invitations.create("password", "111122223333", "grace")
    newer = await invitations.create("password", "111122223333", "ada")
    assert await invitations.find(older) is None
    assert await invitations.find(newer) is not None
    assert await invitations.find(other) is not None


async def test_only_a_digest_of_the_token_is_kept(invitations, store):
    token = await invitations.create("password", "111122223333", "ada")
    kept = await store.read(lambda reader: reader.range(b"\x00", b"\xff"))
    assert kept
    assert not [pair for pair in kept if token.encode() in pair[0] + pair[1]]
