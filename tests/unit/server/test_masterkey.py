"""The master key: made once, kept, and refused when it is lost, damaged or open to others."""

import os
import stat

import pytest

from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.vault import KEY_SIZE
from lenticular.server.masterkey import (
    MASTER_KEY_NAME,
    MasterKeyError,
    fingerprint,
    master_key_of,
    settle,
)


def test_it_is_made_once_for_its_owner_alone(tmp_path):
    key = master_key_of(tmp_path, is_new=True)
    assert len(key) == KEY_SIZE
    assert master_key_of(tmp_path, is_new=False) == key
    assert stat.S_IMODE((tmp_path / MASTER_KEY_NAME).stat().st_mode) == 0o600


def test_one_that_is_gone_is_not_made_anew(tmp_path):
    with pytest.raises(MasterKeyError, match="put it back from your backup"):
        master_key_of(tmp_path, is_new=False)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660])
def test_one_that_others_may_read_is_refused(tmp_path, mode):
    master_key_of(tmp_path, is_new=True)
    (tmp_path / MASTER_KEY_NAME).chmod(mode)
    with pytest.raises(MasterKeyError, match="chmod 600"):
        master_key_of(tmp_path, is_new=False)


def test_one_of_another_size_is_refused(tmp_path):
    (tmp_path / MASTER_KEY_NAME).write_bytes(b"short")
    (tmp_path / MASTER_KEY_NAME).chmod(0o600)
    with pytest.raises(MasterKeyError, match="5 bytes"):
        master_key_of(tmp_path, is_new=False)


async def test_a_new_cloud_remembers_its_key(tmp_path):
    store = MemoryStore()
    key = await settle(store, tmp_path)
    assert await settle(store, tmp_path) == key
    assert key not in await everything(store)


async def test_another_key_is_refused_and_changes_nothing(tmp_path):
    store = MemoryStore()
    await settle(store, tmp_path)
    (tmp_path / MASTER_KEY_NAME).write_bytes(bytes(KEY_SIZE))
    before = await everything(store)
    with pytest.raises(MasterKeyError, match=r"copy master\.key from another machine"):
        await settle(store, tmp_path)
    assert await everything(store) == before


async def test_a_machine_without_a_key_makes_none_where_there_is_a_cloud(tmp_path):
    store = MemoryStore()
    await store.transact(lambda tx: tx.set(b"\x02something", b""))
    with pytest.raises(MasterKeyError, match="is missing"):
        await settle(store, tmp_path)
    assert not (tmp_path / MASTER_KEY_NAME).exists()


async def test_a_cloud_from_before_fingerprints_gets_one(tmp_path):
    store = MemoryStore()
    key = master_key_of(tmp_path, is_new=True)
    await store.transact(lambda tx: tx.set(b"\x02something", b""))
    assert await settle(store, tmp_path) == key
    assert fingerprint(key).encode() in await everything(store)


def test_of_two_who_make_it_at_once_both_have_the_same(tmp_path, monkeypatch):
    made = []

    def urandom(size):
        if not made:
            made.append(None)
            made.append(master_key_of(tmp_path, is_new=True))
        return bytes(size)

    monkeypatch.setattr(os, "urandom", urandom)
    assert master_key_of(tmp_path, is_new=True) == made[1]
    assert [path.name for path in tmp_path.iterdir()] == [MASTER_KEY_NAME]


async def everything(store):
    """Return all values of a store, in one."""
    pairs = await store.read(lambda reader: reader.range(b"", b"\xff"))
    return b" ".join(value for _, value in pairs)
