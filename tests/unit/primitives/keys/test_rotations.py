"""Rotation: new material encrypts, old material still decrypts."""

import pytest
from msgspec.structs import replace

from lenticular.primitives.keys import records
from lenticular.primitives.keys.ciphertexts import parse
from lenticular.primitives.keys.errors import (
    CiphertextInvalid,
    KeyDisabled,
    LimitExceeded,
    OperationUnsupported,
)


@pytest.fixture
def find(keys, asking, key):
    async def found():
        return await keys.catalog.find(asking("DescribeKey", key))

    return found


async def test_old_material_still_decrypts(keys, root, asking, key):
    made = [await keys.generate_data_key(root, key.arn, {})]
    for _ in range(2):
        await keys.rotations.rotate(asking("RotateKeyOnDemand", key))
        made.append(await keys.generate_data_key(root, key.arn, {}))
    assert [parse(each.wrapped).number for each in made] == [1, 2, 3]
    for each in made:
        assert await keys.open_data_key(root, each.wrapped, {}) == each.plaintext


async def test_a_ciphertext_cannot_claim_other_material(keys, root, asking, key):
    made = await keys.generate_data_key(root, key.arn, {})
    await keys.rotations.rotate(asking("RotateKeyOnDemand", key))
    for number in (0, 2, 3, 2**32 - 1):
        forged = made.wrapped[:20] + number.to_bytes(4, "big") + made.wrapped[24:]
        with pytest.raises(CiphertextInvalid):
            await keys.open_data_key(root, forged, {})


async def test_keys_are_rotated_by_themselves(keys, asking, key, clock, find):
    await keys.rotations.enable(asking("EnableKeyRotation", key), 90)
    clock.days(89)
    await keys.maintain()
    assert len((await find()).materials) == 1
    clock.days(2)
    await keys.maintain()
    await keys.maintain()
    found = await find()
    assert [each.rotation for each in found.materials] == ["", "AUTOMATIC"]
    assert found.next_rotation == (int(clock.now) + 90 * 24 * 3600) * 1000
    await keys.rotations.disable(asking("DisableKeyRotation", key))
    clock.days(1000)
    await keys.maintain()
    assert len((await find()).materials) == 2


async def test_a_disabled_key_is_rotated_once_it_is_enabled(keys, asking, key, clock, find):
    await keys.rotations.enable(asking("EnableKeyRotation", key))
    await keys.catalog.disable(asking("DisableKey", key))
    with pytest.raises(KeyDisabled):
        await keys.rotations.rotate(asking("RotateKeyOnDemand", key))
    clock.days(400)
    await keys.maintain()
    assert len((await find()).materials) == 1
    await keys.catalog.enable(asking("EnableKey", key))
    await keys.maintain()
    assert len((await find()).materials) == 2


async def test_the_key_for_objects_is_rotated_every_year(keys, root, store, clock):
    via = "s3.us-east-1.amazonaws.com"
    made = await keys.generate_data_key(root, "", {}, via=via)
    clock.days(366)
    await keys.maintain()
    again = await keys.generate_data_key(root, "", {}, via=via)
    assert (made.key_arn, parse(again.wrapped).number) == (again.key_arn, 2)
    assert await keys.open_data_key(root, made.wrapped, {}, via=via) == made.plaintext


async def test_only_symmetric_keys_are_rotated_and_not_for_ever(keys, store, asking, make_key, key):
    signing = await make_key(spec="ECC_NIST_P256", usage="SIGN_VERIFY")
    with pytest.raises(OperationUnsupported):
        await keys.rotations.enable(asking("EnableKeyRotation", signing))
    many = tuple(replace(key.material, rotation="ON_DEMAND") for _ in range(25))
    await store.transact(lambda tx: records.save(tx, replace(key, materials=many)))
    with pytest.raises(LimitExceeded):
        await keys.rotations.rotate(asking("RotateKeyOnDemand", key))
