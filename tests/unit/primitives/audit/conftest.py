"""Fixtures: an audit log on a store in memory, and a hand that reaches into that store."""

import msgspec
import pytest

from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.audit import Audit, Event
from lenticular.primitives.audit.chain import RECORD, Record, decode_record
from lenticular.primitives.circumstances import Circumstances
from lenticular.primitives.principals import ANONYMOUS
from lenticular.primitives.vault import KEY_SIZE, Vault

ALICE, BOB = "111111111111", "222222222222"
encode = msgspec.msgpack.Encoder().encode


class Clock:
    """A clock that is set by hand, in seconds since the epoch."""

    def __init__(self):
        self.now = 1_800_000_000.0

    def __call__(self):
        return self.now


class Hand:
    """What an attacker does who can write to the store, but has not the master key."""

    def __init__(self, store):
        self.store = store

    async def records(self, account_id):
        start, stop = RECORD.range(account_id)
        pairs = await self.store.read(lambda reader: reader.range(start, stop))
        return [decode_record(data) for _, data in pairs]

    async def put(self, account_id, records):
        """Replace an account's records by others, numbered from 1."""

        def write(tx):
            tx.delete_range(*RECORD.range(account_id))
            for sequence, record in enumerate(records, 1):
                tx.set(RECORD.pack(account_id, sequence), encode(record))

        await self.store.transact(write)

    async def delete(self, *keys):
        def write(tx):
            for key in keys:
                tx.delete(key)

        await self.store.transact(write)

    async def set(self, key, value):
        await self.store.transact(lambda tx: tx.set(key, value))


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def audit(store, clock):
    return Audit(store, Vault(bytes(KEY_SIZE)), clock=clock)


@pytest.fixture
def hand(store):
    return Hand(store)


def make_event(account_id=ALICE, name="CreateUser", at=0.0, **members):
    circumstances = Circumstances(time=at or 1_800_000_000.0, source_ip="192.0.2.7", region="lab")
    source = members.pop("source", "iam.amazonaws.com")
    return Event.of(ANONYMOUS.under(circumstances), source, name, account_id=account_id, **members)


@pytest.fixture
def event():
    return make_event


@pytest.fixture
def findings(audit):
    """``await findings()``: what verifying finds, by account."""

    async def verify(account_id=""):
        return {found.account_id: found async for found in audit.verification.findings(account_id)}

    return verify


__all__ = ["ALICE", "BOB", "Record", "encode"]
