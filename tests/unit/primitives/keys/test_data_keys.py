"""Data keys for services: what S3 asks on its callers' behalf."""

import asyncio
import json

import pytest

from lenticular.engines.kv.sqlite import SqliteStore
from lenticular.primitives.access import AccessDenied
from lenticular.primitives.keys import Keys
from lenticular.primitives.keys.errors import (
    CiphertextInvalid,
    KeyDisabled,
    KeyNotFound,
    KeyStateInvalid,
    KeyUsageInvalid,
)
from lenticular.primitives.keys.rights import KeyRequest
from lenticular.primitives.principals import ANONYMOUS

VIA = "s3.us-east-1.amazonaws.com"
CONTEXT = {"aws:s3:arn": "arn:aws:s3:::raw/scan-1"}


def document(action, resource="*"):
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


async def test_a_data_key_opens_with_its_context_only(keys, root, key):
    made = await keys.generate_data_key(root, key.id, CONTEXT, via=VIA)
    assert made.key_arn == key.arn
    assert len(made.plaintext) == 32
    assert made.plaintext not in made.wrapped
    assert await keys.open_data_key(root, made.wrapped, CONTEXT, via=VIA) == made.plaintext
    for context in ({}, {"aws:s3:arn": "arn:aws:s3:::raw/scan-2"}, {**CONTEXT, "more": ""}):
        with pytest.raises(CiphertextInvalid):
            await keys.open_data_key(root, made.wrapped, context, via=VIA)


async def test_the_key_for_objects_is_made_once_and_used_through_s3_only(
    keys, root, stranger, principal_of
):
    first = await keys.generate_data_key(root, "", CONTEXT, via=VIA)
    user = await principal_of(root.account_id, "ada")  # without any policy of its own
    second = await keys.generate_data_key(user, "alias/aws/s3", CONTEXT, via=VIA)
    assert first.key_arn == second.key_arn
    assert await keys.open_data_key(user, first.wrapped, CONTEXT, via=VIA) == first.plaintext
    for principal in (root, user):
        for via in ("", "s3", "glacier.us-east-1.amazonaws.com", "s3.amazonaws.com.evil"):
            with pytest.raises(AccessDenied):
                await keys.open_data_key(principal, first.wrapped, CONTEXT, via=via)
    with pytest.raises(AccessDenied):
        await keys.generate_data_key(root, "alias/aws/s3", CONTEXT)
    with pytest.raises(AccessDenied):
        await keys.open_data_key(stranger, first.wrapped, CONTEXT, via=VIA)
    with pytest.raises(AccessDenied):
        await keys.generate_data_key(stranger, first.key_arn, CONTEXT, via=VIA)


async def test_the_key_for_objects_is_one_whoever_comes_first(keys, root, asking):
    calls = [keys.generate_data_key(root, "", CONTEXT, via=VIA) for _ in range(5)]
    assert len({made.key_arn for made in await asyncio.gather(*calls)}) == 1
    assert len(await keys.catalog.of_account(asking("ListKeys"), "us-east-1")) == 1


async def test_whoever_is_not_of_the_account_makes_no_key_in_it(keys, root, stranger, asking):
    with pytest.raises(AccessDenied):
        await keys.generate_data_key(stranger, "", CONTEXT, via=VIA, account_id=root.account_id)
    assert await keys.catalog.of_account(asking("ListKeys"), "us-east-1") == []


async def test_nobody_gets_nothing(keys, key, root):
    made = await keys.generate_data_key(root, key.id, CONTEXT, via=VIA)
    with pytest.raises(AccessDenied):
        await keys.generate_data_key(ANONYMOUS, key.arn, CONTEXT, via=VIA)
    with pytest.raises(AccessDenied):
        await keys.open_data_key(ANONYMOUS, made.wrapped, CONTEXT, via=VIA)


async def test_a_bare_name_means_the_account_that_is_told(keys, root, principal_of, key):
    user = await principal_of(root.account_id, "ada", document("kms:*"))
    made = await keys.generate_data_key(user, key.id, CONTEXT, account_id=root.account_id)
    assert made.key_arn == key.arn
    with pytest.raises(AccessDenied):
        await keys.generate_data_key(user, key.id, CONTEXT, account_id="1" * 12)


async def test_each_action_needs_its_own_permission(keys, root, principal_of, key):
    writer = await principal_of(root.account_id, "writer", document("kms:GenerateDataKey", key.arn))
    reader = await principal_of(root.account_id, "reader", document("kms:Decrypt", key.arn))
    made = await keys.generate_data_key(writer, key.arn, CONTEXT)
    assert await keys.open_data_key(reader, made.wrapped, CONTEXT) == made.plaintext
    with pytest.raises(AccessDenied):
        await keys.open_data_key(writer, made.wrapped, CONTEXT)
    with pytest.raises(AccessDenied):
        await keys.generate_data_key(reader, key.arn, CONTEXT)


async def test_a_key_that_is_disabled_or_about_to_go_does_nothing(keys, root, asking, key):
    made = await keys.generate_data_key(root, key.id, CONTEXT)
    await keys.catalog.disable(asking("DisableKey", key))
    for call in (
        keys.generate_data_key(root, key.id, CONTEXT),
        keys.open_data_key(root, made.wrapped, CONTEXT),
    ):
        with pytest.raises(KeyDisabled) as disabled:
            await call
        assert disabled.value.arn == key.arn
    await keys.catalog.schedule_deletion(asking("ScheduleKeyDeletion", key), 7)
    for call in (
        keys.generate_data_key(root, key.id, CONTEXT),
        keys.open_data_key(root, made.wrapped, CONTEXT),
    ):
        with pytest.raises(KeyStateInvalid) as pending:
            await call
        assert (pending.value.arn, pending.value.state) == (key.arn, "PendingDeletion")


async def test_what_is_no_key_for_data_is_refused(keys, root, make_key):
    signing = await make_key(spec="ECC_NIST_P256", usage="SIGN_VERIFY")
    with pytest.raises(KeyUsageInvalid):
        await keys.generate_data_key(root, signing.id, CONTEXT)
    for missing in ("alias/none", "01234567-89ab-cdef-0123-456789abcdef", "nothing"):
        with pytest.raises(KeyNotFound):
            await keys.generate_data_key(root, missing, CONTEXT)
    for forged in (b"", b"LKM\x01", bytes(100)):
        with pytest.raises(CiphertextInvalid):
            await keys.open_data_key(root, forged, CONTEXT)


async def test_data_keys_are_made_and_opened_within_a_transaction(keys, store, root):
    made = await store.transact(
        lambda tx: keys.generate_data_key_within(tx, root, "", CONTEXT, via=VIA)
    )
    opened = await store.read(
        lambda reader: keys.open_data_key_within(reader, root, made.wrapped, CONTEXT, via=VIA)
    )
    assert opened == made.plaintext


async def test_keys_outlast_the_process_and_lie_sealed(tmp_path, vault, root):
    store = await SqliteStore.open(tmp_path / "keys.db")
    made = await Keys(store, vault).generate_data_key(root, "", CONTEXT, via=VIA)
    await store.close()
    store = await SqliteStore.open(tmp_path / "keys.db")
    keys = Keys(store, vault)
    assert await keys.open_data_key(root, made.wrapped, CONTEXT, via=VIA) == made.plaintext
    key = await keys.catalog.find(KeyRequest(root, "kms:DescribeKey", made.key_arn))
    await store.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert key.material.sealed in kept
    assert vault.open(key.material.sealed, f"key {key.id} material 1") not in kept
