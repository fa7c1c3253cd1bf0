"""Browser sessions: what begins one, what ends it, and what is kept of it."""

import uuid

import pytest

from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.signin import BrowserSessions

ADA, EVE = str(uuid.uuid4()), str(uuid.uuid4())


class Clock:
    def __init__(self):
        self.now = 1_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def sessions(store, clock):
    return BrowserSessions(store, clock=clock, idle=100, longest=1000)


async def test_a_session_is_found_by_its_token(sessions):
    token = await sessions.create(ADA, "pwd", source_ip="192.0.2.1", user_agent="Lynx")
    found = await sessions.find(token)
    assert found.identity_id == ADA
    assert found.auth_time == 1_000_000
    assert found.methods == ("pwd",)
    assert (found.source_ip, found.user_agent) == ("192.0.2.1", "Lynx")
    assert await sessions.find(token[:-1]) is None
    assert await sessions.find("") is None


async def test_only_a_digest_of_the_token_is_kept(sessions, store):
    token = await sessions.create(ADA, "pwd")
    kept = await store.read(lambda reader: reader.range(b"\x00", b"\xff"))
    assert len(kept) == 3
    assert not [pair for pair in kept if token.encode() in pair[0] + pair[1]]


async def test_a_session_of_one_kind_is_nothing_to_another(sessions):
    token = await sessions.create(ADA, "pwd", kind="portal")
    assert await sessions.find(token) is None
    assert (await sessions.find(token, "portal")).identity_id == ADA


async def test_an_unused_session_ends(sessions, clock):
    token = await sessions.create(ADA, "pwd")
    clock.now += 99
    assert await sessions.find(token) is not None
    clock.now += 99
    assert await sessions.find(token) is not None, "it was used in between"
    clock.now += 100
    assert await sessions.find(token) is None


async def test_a_session_ends_however_much_it_is_used(sessions, clock):
    token = await sessions.create(ADA, "pwd")
    for _ in range(11):
        clock.now += 90
        assert await sessions.find(token) is not None
    clock.now += 10
    assert await sessions.find(token) is None


async def test_session_fixation(sessions):
    """Signing in makes a new token, and ends the session that somebody may have planted."""
    planted = await sessions.create(EVE, "pwd")
    token = await sessions.create(ADA, "pwd", replaces=planted)
    assert token != planted
    assert await sessions.find(planted) is None
    found = await sessions.find(token)
    assert [proof.identity_id for proof in found.authentications] == [ADA]


async def test_what_the_same_person_proved_before_goes_on(sessions, clock):
    linked = str(uuid.uuid4())
    first = await sessions.create(ADA, "mfa", provider_id="P", proven_id=linked)
    clock.now += 50
    second = await sessions.create(ADA, "pwd", replaces=first)
    clock.now += 5
    third = await sessions.create(ADA, "pwd", replaces=second)
    proofs = (await sessions.find(third)).authentications
    assert [(proof.identity_id, proof.time) for proof in proofs] == [
        (linked, 1_000_000),
        (ADA, 1_000_055),
    ]


async def test_ending_all_ends_every_kind_of_one_person(sessions):
    mine = [await sessions.create(ADA, "pwd", kind=kind) for kind in ("sign-in", "portal")]
    other = await sessions.create(EVE, "pwd")
    assert len(await sessions.of(ADA)) == 2
    assert await sessions.end_all(ADA) == 2
    assert [await sessions.find(token, "sign-in") for token in mine] == [None, None]
    assert await sessions.of(ADA) == []
    assert await sessions.find(other) is not None


async def test_ended_and_expired_sessions_leave_nothing(sessions, store, clock):
    await sessions.end(await sessions.create(ADA, "pwd"))
    for _ in range(5):
        await sessions.create(ADA, "pwd")
    clock.now += 1001
    await sessions.end(await sessions.create(EVE, "pwd"))
    assert await store.read(lambda reader: reader.range(b"\x00", b"\xff")) == []
