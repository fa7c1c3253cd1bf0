"""Leaked keys: found wherever they stand in a stream, and told to the right people only."""

import json
import logging
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenticular.engines.blobs.memory import MemoryBlobs
from lenticular.primitives.audit import Audit
from lenticular.primitives.audit.lookup import Query
from lenticular.primitives.contents import Contents
from lenticular.primitives.objects import ObjectStorage
from lenticular.primitives.objects.records import Attributes
from lenticular.primitives.secrets.leaks import EVENT_NAME, KeyScanner, LeakedKeys
from lenticular.testing.values import stream

KEY = "AKIAABCDEFGHIJKLMNOP"


def scan(*chunks):
    scanner = KeyScanner()
    for chunk in chunks:
        scanner.feed(chunk)
    scanner.end()
    return scanner.found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (KEY, {KEY}),
        (f"aws_access_key_id={KEY}\n", {KEY}),
        (f'"{KEY}","ASIA{"B" * 16}"', {KEY, "ASIA" + "B" * 16}),
        (f"x{KEY}", set()),
        (f"{KEY}X", set()),
        (f"{KEY}9", set()),
        (KEY.lower(), set()),
        ("AKIA" + "1" * 16, set()),
        ("AKIA", set()),
        ("", set()),
    ],
)
def test_what_is_a_key(text, found):
    assert scan(text.encode()) == found


@given(st.data())
def test_a_key_is_found_however_the_stream_is_cut(data):
    before = data.draw(st.binary(max_size=60)) + b"="
    after = b"\n" + data.draw(st.binary(max_size=60))
    whole = before + KEY.encode() + after
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=12)))
    pieces = [whole[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert KEY in scan(*(piece for piece in pieces if piece))


@given(st.data())
def test_cutting_finds_nothing_that_is_not_there(data):
    whole = data.draw(st.sampled_from([b"x", b""])) + KEY.encode() + b"X"
    cut = data.draw(st.integers(1, len(whole) - 1))
    assert scan(whole[:cut], whole[cut:]) == set()


def test_an_upload_full_of_keys_costs_a_bounded_number_of_lookups():
    draw = random.Random(7)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    lines = ["AKIA" + "".join(draw.choices(letters, k=16)) for _ in range(5000)]
    assert len(scan("\n".join(lines).encode())) == 20


@pytest.fixture
def audit(store, vault):
    return Audit(store, vault)


@pytest.fixture
def storage(store, identities, audit):
    storage = ObjectStorage(store, Contents(store, MemoryBlobs(), small=100))
    storage.objects.observer = LeakedKeys(identities, audit).observe
    return storage


@pytest.fixture
async def owner(identities):
    """The root of an account with a bucket, and a user ``robot`` with an access key."""
    made = await identities.create_account("chemistry")
    await identities.users.create(made.account_id, "robot")
    return (await identities.signer(made.access_key_id)).principal


@pytest.fixture
async def bucket(storage, owner):
    await storage.buckets.create(owner, "data", region="us-east-1")
    return "data"


@pytest.fixture
def upload(storage, bucket):
    async def put(principal, *chunks, into="data"):
        await storage.objects.put(principal, into, "notes.txt", stream(*chunks), Attributes())

    return put


@pytest.fixture
def told(audit):
    """``await told(account_id)``: the events of exposed keys in an account's log."""

    async def read(account_id):
        page = await audit.look_up(Query(account_id))
        return [json.loads(found.document) for found in page.found]

    return read


async def test_an_exposed_key_is_told_to_its_account(identities, owner, upload, told, caplog):
    key, secret = await identities.keys.create(owner.account_id, "robot")
    text = f"id {key.access_key_id} secret {secret}".encode()
    with caplog.at_level(logging.WARNING):
        await upload(owner, text[:10], text[10:15], text[15:])
    [event] = await told(owner.account_id)
    assert event["eventName"] == EVENT_NAME
    assert event["userIdentity"]["userName"] == "robot"
    assert event["userIdentity"]["accessKeyId"] == key.access_key_id
    assert event["requestParameters"]["object"] == "arn:aws:s3:::data/notes.txt"
    assert "exposed" in caplog.text
    assert secret not in json.dumps(event) + caplog.text


async def test_keys_that_are_not_ours_or_do_not_work_are_nothing(identities, owner, upload, told):
    key, _ = await identities.keys.create(owner.account_id, "robot")
    await identities.keys.set_active(owner.account_id, "robot", key.access_key_id, False)
    await upload(owner, f"{KEY} {key.access_key_id}".encode())
    assert await told(owner.account_id) == []


async def test_large_uploads_and_parts_are_looked_through(
    identities, owner, storage, bucket, upload, told
):
    key, _ = await identities.keys.create(owner.account_id, "robot")
    line = key.access_key_id.encode()
    await upload(owner, b"x" * 500 + b"\n", line, b"\n" + b"y" * 500)
    begun = await storage.uploads.create(owner, bucket, "parts", Attributes())
    await storage.uploads.put_part(owner, bucket, "parts", begun.id, 1, stream(b"-", line))
    assert len(await told(owner.account_id)) == 2


async def test_neither_account_learns_of_the_other(identities, owner, storage, told, upload):
    other = await identities.create_account("physics")
    stranger = (await identities.signer(other.access_key_id)).principal
    await storage.buckets.create(stranger, "theirs", region="us-east-1")
    await upload(stranger, owner.access_key_id.encode(), into="theirs")
    [event] = await told(owner.account_id)
    assert "theirs" not in json.dumps(event)
    assert other.account_id not in json.dumps(event)
    assert await told(other.account_id) == []


async def test_a_refused_upload_is_not_told_of(identities, owner, storage, bucket, told):
    async def broken():
        yield owner.access_key_id.encode()
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await storage.objects.put(owner, bucket, "k", broken(), Attributes())
    assert await told(owner.account_id) == []


async def test_the_object_is_stored_whatever_becomes_of_the_warning(
    identities, owner, storage, upload, monkeypatch, caplog
):
    async def fail(access_key_id):
        raise RuntimeError("no store")

    monkeypatch.setattr(identities, "signer", fail)
    await upload(owner, owner.access_key_id.encode())
    found = await storage.objects.get(owner, "data", "notes.txt")
    assert found.data == owner.access_key_id.encode()
    assert "not told of" in caplog.text
