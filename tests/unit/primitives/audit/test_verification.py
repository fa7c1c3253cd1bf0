"""Attacks on the log by who can write to the store: each is found, at the record it begins at."""

import msgspec
import pytest
from msgspec.structs import replace

from lenticular.engines.kv.keys import Subspace
from lenticular.primitives.audit import CLOUD, Audit, chain
from lenticular.primitives.audit.chain import NOTHING, RECORD, Record, Seal, digest
from lenticular.primitives.vault import KEY_SIZE, Vault

ALICE, BOB = "111111111111", "222222222222"
HEAD = Subspace("audit", "head")
encode = msgspec.msgpack.Encoder().encode
decode_seal = msgspec.msgpack.Decoder(Seal).decode
COUNT = 7


@pytest.fixture
async def log(audit, event):
    """Alice's log of seven events and Bob's of three."""
    for number in range(COUNT):
        await audit.record([event(ALICE, f"Operation{number}")])
    for number in range(3):
        await audit.record([event(BOB, f"Operation{number}")])


def rechained(records, previous=NOTHING):
    """The records with previous digests and digests that fit together."""
    made = []
    for record in records:
        own = digest(previous, record.time, record.event)
        made.append(replace(record, previous=previous, digest=own))
        previous = own
    return made


async def test_a_whole_log_is_found_whole(log, findings):
    found = await findings()
    assert {each: found[each].problem for each in found} == {CLOUD: "", ALICE: "", BOB: ""}
    assert (found[ALICE].records, found[BOB].records) == (COUNT, 3)
    assert found[CLOUD].records == 2, "one for the beginning of each log"
    assert found[ALICE].recorded == "2027-01-15T08:00:00Z"


async def test_nothing_recorded_is_nothing_to_verify(findings):
    assert await findings() == {}


async def test_an_account_alone_can_be_verified(log, findings):
    assert list(await findings(BOB)) == [BOB]
    assert await findings("333333333333") == {}


@pytest.mark.parametrize("at", [0, 3, COUNT - 1])
async def test_an_altered_event_is_found(log, hand, findings, at):
    records = await hand.records(ALICE)
    records[at] = replace(records[at], event=records[at].event.replace(b"Operation", b"Nothing"))
    await hand.put(ALICE, records)
    found = (await findings())[ALICE]
    assert (found.records, found.sequence) == (at, at + 1)
    assert found.problem.startswith("altered")
    assert (await findings())[BOB].problem == ""


async def test_an_altered_time_is_found(log, hand, findings):
    records = await hand.records(ALICE)
    records[2] = replace(records[2], time=records[2].time + 1)
    await hand.put(ALICE, records)
    found = (await findings())[ALICE]
    assert (found.sequence, found.problem[:7]) == (3, "altered")


@pytest.mark.parametrize("at", [0, 3, COUNT - 2])
async def test_a_deleted_record_is_found(log, hand, findings, at):
    await hand.delete(RECORD.pack(ALICE, at + 1))
    found = (await findings())[ALICE]
    assert (found.records, found.sequence) == (at, at + 1)
    assert found.problem.startswith("deleted")


@pytest.mark.parametrize("at", [0, 3, COUNT - 2])
async def test_a_deleted_record_is_found_when_the_others_move_up(log, hand, findings, at):
    records = await hand.records(ALICE)
    del records[at]
    await hand.put(ALICE, records)
    found = (await findings())[ALICE]
    assert (found.records, found.sequence) == (at, at + 1)
    assert found.problem.startswith("deleted")


@pytest.mark.parametrize("at", [0, 3, COUNT - 1])
async def test_an_inserted_record_is_found(log, hand, findings, at):
    records = await hand.records(ALICE)
    copied = replace(records[0], event=records[0].event + b" ")
    records[at:at] = rechained([copied], records[at].previous)
    await hand.put(ALICE, records)
    found = (await findings())[ALICE]
    assert (found.records, found.sequence) == (at, at + 1)
    assert found.problem.startswith("inserted")


async def test_an_inserted_record_that_fits_nowhere_is_found(log, hand, findings):
    records = await hand.records(ALICE)
    records.insert(3, records[0])
    await hand.put(ALICE, records)
    found = (await findings())[ALICE]
    assert (found.records, found.sequence) == (3, 4)
    assert found.problem.startswith("inserted")


async def test_a_record_appended_without_a_seal_is_found(log, hand, findings):
    records = await hand.records(ALICE)
    records += rechained([records[0]], records[-1].digest)
    await hand.put(ALICE, records)
    found = (await findings())[ALICE]
    assert (found.records, found.sequence) == (COUNT, COUNT + 1)
    assert found.problem.startswith("inserted")


async def test_swapped_records_are_found(log, hand, findings):
    records = await hand.records(ALICE)
    records[2], records[4] = records[4], records[2]
    await hand.put(ALICE, records)
    found = (await findings())[ALICE]
    assert (found.records, found.sequence) == (2, 3)


@pytest.mark.parametrize("left", [0, 1, COUNT - 1])
async def test_a_log_that_is_cut_off_is_found(log, hand, findings, left):
    await hand.put(ALICE, (await hand.records(ALICE))[:left])
    found = (await findings())[ALICE]
    assert (found.records, found.sequence) == (left, left + 1)
    assert found.problem == f"cut off: {COUNT - left} records at the end were removed"


async def test_a_log_that_is_cut_off_is_found_after_it_went_on(log, hand, audit, event, findings):
    await hand.put(ALICE, (await hand.records(ALICE))[:-1])
    await audit.record([event(ALICE)])
    found = (await findings())[ALICE]
    assert (found.records, found.sequence) == (COUNT - 1, COUNT)


async def test_a_log_made_anew_from_a_record_on_is_found(log, hand, findings):
    records = await hand.records(ALICE)
    records[3] = replace(records[3], event=records[3].event.replace(b"Operation", b"Nothing"))
    await hand.put(ALICE, rechained(records))
    found = (await findings())[ALICE]
    assert "made anew" in found.problem


async def test_a_forged_seal_is_found(log, hand, store, findings):
    records = rechained((await hand.records(ALICE))[:2])
    await hand.put(ALICE, records)
    seal = decode_seal(await store.read(lambda reader: reader.get(HEAD.pack(ALICE))))
    forged = replace(seal, sequence=2, digest=records[-1].digest)
    await hand.set(HEAD.pack(ALICE), encode(forged))
    found = (await findings())[ALICE]
    assert "forged" in found.problem


async def test_the_seal_of_another_account_is_no_seal(log, hand, store, findings):
    await hand.put(ALICE, await hand.records(BOB))
    theirs = await store.read(lambda reader: reader.get(HEAD.pack(BOB)))
    await hand.set(HEAD.pack(ALICE), theirs)
    assert "forged" in (await findings())[ALICE].problem


async def test_a_removed_seal_is_found(log, hand, findings):
    await hand.delete(HEAD.pack(ALICE))
    assert "seal" in (await findings())[ALICE].problem


async def test_a_log_that_was_removed_whole_is_found(log, hand, findings):
    await hand.put(ALICE, [])
    await hand.delete(HEAD.pack(ALICE))
    assert (await findings())[ALICE].problem == "the whole log was removed"
    assert (await findings())[BOB].problem == ""


async def test_a_log_begun_again_is_found(log, hand, audit, event, findings):
    await hand.put(ALICE, [])
    await hand.delete(HEAD.pack(ALICE))
    await audit.record([event(ALICE)])
    assert "begun again" in (await findings())[ALICE].problem


async def test_removing_the_clouds_own_log_is_found(log, hand, findings):
    await hand.put(CLOUD, [])
    await hand.delete(HEAD.pack(CLOUD))
    found = await findings()
    assert found[CLOUD].problem == "the whole log was removed"
    assert "does not know" in found[ALICE].problem


async def test_another_key_cannot_seal(log, hand, store, event, findings):
    """Who replaces the sealing key by one of another vault is found by the key itself."""
    other = Audit(store, Vault(b"x" * KEY_SIZE))
    with pytest.raises(RuntimeError, match="master key"):
        await other.record([event(ALICE)])
    assert (await findings())[ALICE].problem == ""


async def test_kept_seals_tell_where_a_log_was_made_anew(audit, hand, event, findings, monkeypatch):
    monkeypatch.setattr(chain, "SEALED", 4)
    for number in range(10):
        await audit.record([event(ALICE, f"Operation{number}")])
    records = await hand.records(ALICE)
    records[5] = replace(records[5], event=records[5].event.replace(b"Operation", b"Nothing"))
    await hand.put(ALICE, rechained(records))
    found = (await findings())[ALICE]
    assert (found.records, found.sequence) == (7, 8)
    assert "made anew" in found.problem


async def test_a_long_log_is_walked_in_pages(audit, event, findings, monkeypatch):
    monkeypatch.setattr("lenticular.primitives.audit.verification._PAGE", 2)
    await audit.record([event(ALICE, f"Operation{number}") for number in range(5)])
    assert (await findings())[ALICE].records == 5


def test_records_are_intact_only_as_they_were_written():
    record = Record(5, NOTHING, b"event", digest(NOTHING, 5, b"event"))
    assert record.is_intact()
    assert not replace(record, previous=b"x" * 32).is_intact()
