"""Virtual devices: the codes of RFC 6238, each good once, under clocks that are off."""

import pytest

from lenticular.primitives.identities import CodeWrong, EntityExists, EntityInUse, EntityNotFound
from lenticular.primitives.identities.onetime import STEP, code_at

RFC_SEED = b"12345678901234567890"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_codes_are_those_of_the_rfc(seconds, code):
    assert code_at(RFC_SEED, seconds // STEP) == code[-6:]


@pytest.fixture
async def device(identities, account_id):
    """A device that nobody has, and its seed."""
    await identities.users.create(account_id, "ada")
    made, seed = await identities.devices.create(account_id, "phone", path="/x/")
    return made.serial_number, seed


def shown(clock, seed, ahead=0):
    return code_at(seed, int(clock.now) // STEP + ahead)


async def test_a_code_is_good_once(identities, account_id, device, clock):
    serial, seed = device
    await identities.devices.enable(
        account_id, "ada", serial, (shown(clock, seed, -1), shown(clock, seed))
    )

    async def good(code, name="ada"):
        return await identities.devices.verify(account_id, name, serial, code)

    assert not await good(shown(clock, seed))  # it was used to enable the device
    clock.now += STEP
    assert not await good("000000")
    assert not await good(shown(clock, seed), "")
    assert await good(shown(clock, seed))
    assert not await good(shown(clock, seed))
    clock.now += STEP
    assert not await good(shown(clock, seed, -2))
    assert await good(shown(clock, seed, 1))  # a clock that is a little ahead
    assert not await good(shown(clock, seed))


async def test_a_clock_that_is_off_is_learned(identities, account_id, device, clock):
    serial, seed = device
    codes = (shown(clock, seed, 10), shown(clock, seed, 11))
    await identities.devices.enable(account_id, "ada", serial, codes)
    clock.now += STEP
    assert not await identities.devices.verify(account_id, "ada", serial, shown(clock, seed))
    assert await identities.devices.verify(account_id, "ada", serial, shown(clock, seed, 11))
    clock.now += 100 * STEP
    codes = (shown(clock, seed), shown(clock, seed, 1))
    await identities.devices.resync(account_id, "ada", serial, codes)
    clock.now += 3 * STEP
    assert await identities.devices.verify(account_id, "ada", serial, shown(clock, seed, 1))


@pytest.mark.parametrize("ahead", [(0, 0), (0, 2), (1, 0), (30, 31)])
async def test_two_codes_in_a_row_are_needed(identities, account_id, device, clock, ahead):
    serial, seed = device
    codes = (shown(clock, seed, ahead[0]), shown(clock, seed, ahead[1]))
    with pytest.raises(CodeWrong):
        await identities.devices.enable(account_id, "ada", serial, codes)
    assert await identities.devices.of_user(account_id, "ada") == []


async def test_a_device_is_one_persons(identities, account_id, device, clock):
    serial, seed = device
    await identities.users.create(account_id, "bob")
    codes = (shown(clock, seed), shown(clock, seed, 1))
    await identities.devices.enable(account_id, "ada", serial, codes)
    with pytest.raises(EntityExists):
        await identities.devices.enable(account_id, "bob", serial, codes)
    with pytest.raises(EntityNotFound):
        await identities.devices.deactivate(account_id, "bob", serial)
    with pytest.raises(EntityInUse):
        await identities.devices.delete(account_id, serial)
    with pytest.raises(EntityInUse, match="MFA device"):
        await identities.users.delete(account_id, "ada")
    await identities.devices.deactivate(account_id, "ada", serial)
    await identities.devices.delete(account_id, serial)
    assert await identities.devices.list(account_id) == []


async def test_seeds_are_sealed_in_the_store(store, identities, device):
    _, seed = device
    rows = await store.read(lambda reader: reader.range(b"\x00", b"\xff"))
    assert not any(seed in value for _, value in rows)


async def test_another_accounts_device_is_not_there(identities, device):
    serial, _ = device
    other = (await identities.create_account("other")).account_id
    assert await identities.devices.find(other, serial) is None
    await identities.devices.create(other, "phone", path="/x/")
    assert await identities.devices.find(other, serial) is None
