"""Keys come, change and go; what they sealed goes with them."""

import json

import pytest

from lenticular.primitives.access import AccessDenied
from lenticular.primitives.keys import records
from lenticular.primitives.keys.errors import (
    InputInvalid,
    KeyNotFound,
    KeyStateInvalid,
    LockedOut,
    SpecUnsupported,
)
from lenticular.primitives.keys.names import KeyName
from lenticular.primitives.keys.records import Grant, Key, decode_grant
from lenticular.primitives.vault import Vault, VaultError

REGION = "us-east-1"


def allowing(principal, *actions):
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": actions,
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


async def test_a_key_is_destroyed_when_its_time_has_come(
    keys, store, root, asking, key, clock, principal_of
):
    alias = KeyName(root.account_id, REGION, "alias/raw")
    await keys.aliases.create(asking("CreateAlias", key), alias)
    grant = Grant("", "", 0, "", root.arn, ("Decrypt",), retiring=root.arn)
    await keys.grants.create(asking("CreateGrant", key), grant)
    made = await keys.generate_data_key(root, key.arn, {})
    await keys.catalog.schedule_deletion(asking("ScheduleKeyDeletion", key), 7)
    clock.days(6.9)
    await keys.maintain()
    assert (await keys.catalog.find(asking("DescribeKey", key))).state == "PendingDeletion"
    clock.days(0.2)
    await keys.maintain()
    with pytest.raises(KeyNotFound):
        await keys.catalog.find(asking("DescribeKey", key))
    with pytest.raises(AccessDenied):
        await keys.open_data_key(root, made.wrapped, {})
    for space in ("KEY", "OWNED", "ALIAS", "GRANT", "GRANTEE", "RETIRING", "DELETED", "DUE"):
        kept = await store.read(
            lambda reader, of=space: reader.range(*getattr(records, of).range())
        )
        assert kept == [], space


async def test_a_deletion_that_was_cancelled_does_not_come(keys, asking, key, clock):
    await keys.catalog.schedule_deletion(asking("ScheduleKeyDeletion", key), 7)
    with pytest.raises(KeyStateInvalid):
        await keys.catalog.schedule_deletion(asking("ScheduleKeyDeletion", key), 7)
    found = await keys.catalog.cancel_deletion(asking("CancelKeyDeletion", key))
    assert (found.state, found.deletion) == ("Disabled", 0)
    with pytest.raises(KeyStateInvalid):
        await keys.catalog.cancel_deletion(asking("CancelKeyDeletion", key))
    clock.days(30)
    await keys.maintain()
    found = await keys.catalog.enable(asking("EnableKey", key))
    assert found.state == "Enabled"


async def test_the_policies_of_users_count_only_where_the_key_lets_the_account_in(
    keys, root, asking, key, principal_of
):
    everything = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
    user = await principal_of(
        root.account_id, "ada", json.dumps({"Version": "2012-10-17", "Statement": [everything]})
    )
    other = await principal_of(root.account_id, "bob")
    asked = asking("DescribeKey", key, user)
    assert (await keys.catalog.find(asked)).id == key.id
    with pytest.raises(AccessDenied):
        await keys.catalog.find(asking("DescribeKey", key, other))
    policy = allowing(other.arn, "kms:DescribeKey", "kms:PutKeyPolicy")
    with pytest.raises(LockedOut):
        await keys.catalog.set_policy(asking("PutKeyPolicy", key), policy)
    await keys.catalog.set_policy(asking("PutKeyPolicy", key), policy, lockout=True)
    assert (await keys.catalog.find(asking("DescribeKey", key, other))).id == key.id
    for principal in (root, user):
        with pytest.raises(AccessDenied):
            await keys.catalog.find(asking("DescribeKey", key, principal))


async def test_a_user_of_a_later_name_is_not_whom_the_policy_means(
    keys, root, asking, key, principal_of, identities
):
    first = await principal_of(root.account_id, "ada")
    policy = json.loads(allowing(first.arn, "kms:DescribeKey"))
    policy["Statement"] += json.loads(key.policy)["Statement"]
    await keys.catalog.set_policy(asking("PutKeyPolicy", key), json.dumps(policy))
    await keys.catalog.find(asking("DescribeKey", key, first))
    await identities.users.delete(root.account_id, "ada")
    later = await principal_of(root.account_id, "ada")
    assert later.arn == first.arn
    with pytest.raises(AccessDenied):
        await keys.catalog.find(asking("DescribeKey", key, later))
    shown = await keys.catalog.policy(asking("GetKeyPolicy", key))
    assert first.user_id in shown


async def test_other_accounts_learn_nothing(keys, asking, key, stranger):
    missing = key.arn.replace(key.id[:8], "00000000")
    for name in (key.arn, missing):
        with pytest.raises(AccessDenied) as denied:
            await keys.catalog.find(asking("DescribeKey", name, stranger))
        assert str(denied.value).replace(missing, key.arn) == (
            f"User: {stranger.arn} is not authorized to perform: kms:DescribeKey on resource: "
            f"{key.arn}"
        )
    alias = key.arn.replace(f"key/{key.id}", "alias/raw")
    await keys.aliases.create(
        asking("CreateAlias", key), KeyName(key.account_id, REGION, "alias/raw")
    )
    for name in (alias, alias.replace("raw", "none")):
        with pytest.raises(AccessDenied) as denied:
            await keys.catalog.find(asking("DescribeKey", name, stranger))
        assert str(denied.value).endswith(f"on resource: {name}")
        assert denied.value.decision.access.resource == name
    with pytest.raises(KeyNotFound):
        await keys.catalog.find(asking("DescribeKey", key.id, stranger))


async def test_only_its_own_account_administers_a_key(keys, asking, key, stranger):
    policy = json.loads(allowing(f"arn:aws:iam::{stranger.account_id}:root", "kms:*"))
    policy["Statement"] += json.loads(key.policy)["Statement"]
    await keys.catalog.set_policy(asking("PutKeyPolicy", key), json.dumps(policy))
    await keys.catalog.find(asking("DescribeKey", key, stranger))
    for operation, work in (
        ("DisableKey", keys.catalog.disable),
        ("ScheduleKeyDeletion", lambda asked: keys.catalog.schedule_deletion(asked, 7)),
        ("GetKeyPolicy", keys.catalog.policy),
        ("EnableKeyRotation", keys.rotations.enable),
    ):
        with pytest.raises(AccessDenied):
            await work(asking(operation, key, stranger))


async def test_keys_are_what_they_can_be(make_key):
    with pytest.raises(InputInvalid):
        await make_key(spec="ECC_NIST_P256", usage="ENCRYPT_DECRYPT")
    with pytest.raises(InputInvalid):
        await make_key(usage="SIGN_VERIFY")
    with pytest.raises(SpecUnsupported):
        await make_key(spec="SM2", usage="SIGN_VERIFY")


async def test_material_that_is_moved_to_another_key_does_not_open(keys, store, root, make_key):
    one, other = await make_key(), await make_key()

    def move(tx):
        tx.set(
            records.KEY.pack(other.id),
            records.encode(
                Key(
                    other.id,
                    other.account_id,
                    other.region,
                    other.created,
                    other.spec,
                    other.usage,
                    one.materials,
                    other.policy,
                )
            ),
        )

    await store.transact(move)
    with pytest.raises(VaultError):
        await keys.generate_data_key(root, other.arn, {})
    with pytest.raises(VaultError):
        Vault(b"x" * 32).open(one.material.sealed, f"key {one.id} material 1")


def test_records_of_before_a_field_was_added_are_read():
    grant = records.encode(["g", "k", 1, "1", "arn", ["Decrypt"]])
    assert decode_grant(grant).operations == ("Decrypt",)
