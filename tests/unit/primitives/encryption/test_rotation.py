"""The keyring: what it wraps opens, under any of its keys, until the last use of a key is gone."""

import os

import pytest

from lenticular.engines.kv.keys import Subspace
from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.encryption import Keyring, KeyUnknown, Rotation, WrappedKeys
from lenticular.primitives.encryption.errors import DataKeyDamaged
from lenticular.primitives.vault import Vault, VaultError

THINGS = Subspace("things")
MASTER = bytes(32)


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def keyring():
    return Keyring(Vault(MASTER))


@pytest.fixture
def rotation(store, keyring):
    holder = WrappedKeys(THINGS.range(), lambda data: data, lambda data, wrapped: wrapped)
    return Rotation(store, keyring, [holder])


async def put(store, keyring, name, data_key):
    await store.transact(lambda tx: tx.set(THINGS.pack(name), keyring.wrap(tx, data_key)))


async def get(store, keyring, name):
    return await store.read(
        lambda reader: keyring.unwrap(reader, reader.get(THINGS.pack(name)) or b"")
    )


async def test_what_is_wrapped_opens_also_by_another_process(store, keyring):
    data_key = os.urandom(32)
    await put(store, keyring, "a", data_key)
    assert await get(store, Keyring(Vault(MASTER)), "a") == data_key


async def test_another_master_key_opens_nothing(store, keyring):
    await put(store, keyring, "a", os.urandom(32))
    with pytest.raises(VaultError):
        await get(store, Keyring(Vault(bytes([1]) * 32)), "a")


async def test_a_wrapped_key_that_was_changed_does_not_open(store, keyring):
    data_key = os.urandom(32)
    await put(store, keyring, "a", data_key)
    wrapped = await store.read(lambda reader: reader.get(THINGS.pack("a")))
    for at in range(4, len(wrapped)):
        forged = bytearray(wrapped)
        forged[at] ^= 1
        with pytest.raises(DataKeyDamaged):
            await store.read(lambda reader, forged=forged: keyring.unwrap(reader, bytes(forged)))
    with pytest.raises(KeyUnknown):
        await store.read(lambda reader: keyring.unwrap(reader, b"\x00\x00\x00\x09" + wrapped[4:]))


async def test_a_new_key_takes_over_and_the_old_one_is_retired(store, keyring, rotation):
    keys = {f"{number:04}": os.urandom(32) for number in range(600)}
    for name, data_key in keys.items():
        await put(store, keyring, name, data_key)
    assert [(key.id, key.is_current) for key in await rotation.list()] == [(1, True)]
    assert await rotation.maintain() == 0

    assert (await rotation.rotate()).id == 2
    assert await get(store, keyring, "0000") == keys["0000"]  # by the older one
    await put(store, keyring, "late", b"x" * 32)
    assert await rotation.maintain() == 600
    assert [(key.id, key.is_current) for key in await rotation.list()] == [(2, True)]
    for name, data_key in keys.items():
        assert await get(store, keyring, name) == data_key
    assert await get(store, keyring, "late") == b"x" * 32


async def test_a_key_that_something_still_needs_is_kept(store, keyring, rotation):
    await put(store, keyring, "a", b"a" * 32)
    elsewhere = await store.read(lambda reader: reader.get(THINGS.pack("a")))
    await rotation.rotate()

    # As if the old data key came back behind the pass that wraps anew.
    stubborn = WrappedKeys(THINGS.range(), lambda data: data, lambda data, wrapped: elsewhere)
    await Rotation(store, keyring, [stubborn]).maintain()
    assert [key.id for key in await rotation.list()] == [1, 2]
    assert await get(store, keyring, "a") == b"a" * 32


async def test_the_current_key_cannot_be_destroyed(store, keyring, rotation):
    await rotation.rotate()
    with pytest.raises(ValueError, match="rotate first"):
        await store.transact(lambda tx: keyring.destroy(tx, 1))
