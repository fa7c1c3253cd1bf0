"""Secrets: sealed, versioned, idempotent, deleted with a way back."""

import msgspec
import pytest
from msgspec.structs import replace

from lenticular.engines.kv.contract import KeyValueStore
from lenticular.primitives.secrets import CURRENT, PENDING, PREVIOUS, SecretName, Value
from lenticular.primitives.secrets import stages as staging
from lenticular.primitives.secrets.errors import (
    SecretDeleted,
    SecretExists,
    SecretNameTaken,
    SecretNotFound,
    StageElsewhere,
    StageNeeded,
    TooManyTags,
    TooManyVersions,
    VersionExists,
    VersionNotFound,
)
from lenticular.primitives.secrets.records import SECRET, VALUE, encode
from lenticular.primitives.vault import VaultError

DAY = 24 * 3600


async def everything(store: KeyValueStore) -> bytes:
    pairs = await store.read(lambda reader: reader.range(b"\x00", b"\xff"))
    return b"".join(key + value for key, value in pairs)


async def current(secrets, secret, **which):
    return (await secrets.value(secret, **which))[2]


async def test_a_secret_is_found_with_its_value(secrets, name, secret):
    found = await secrets.find(name)
    assert found == secret
    assert found.arn.startswith(f"arn:aws:secretsmanager:us-east-1:{name.account_id}:secret:data")
    assert len(found.suffix) == 6
    assert await current(secrets, secret) == Value("first")


async def test_values_are_sealed_in_the_store(secrets, store, secret):
    await secrets.put(secret, Value(data=b"\x00binary-treasure"), "two")
    stored = await everything(store)
    assert b"first" not in stored
    assert b"treasure" not in stored
    assert await current(secrets, secret) == Value(data=b"\x00binary-treasure")


async def test_a_sealed_value_opens_only_where_it_belongs(secrets, store, secret):
    other = await secrets.create(
        SecretName(secret.account_id, "us-east-1", "other"), Value("theirs"), "one"
    )
    sealed = await store.read(lambda reader: reader.get(VALUE.pack(other.id, "one")))
    await store.transact(lambda tx: tx.set(VALUE.pack(secret.id, "one"), sealed))
    with pytest.raises(VaultError):
        await secrets.value(secret)


async def test_a_new_version_makes_the_old_one_previous(secrets, secret, stages):
    await secrets.put(secret, Value("second"), "two")
    await secrets.put(secret, Value("third"), "three")
    assert await stages() == {"one": set(), "two": {PREVIOUS}, "three": {CURRENT}}
    assert await current(secrets, secret, stage=PREVIOUS) == Value("second")
    assert await current(secrets, secret, version_id="one") == Value("first")


async def test_a_version_may_have_other_stages(secrets, secret, stages):
    await secrets.put(secret, Value("second"), "two", (PENDING, "blue"))
    assert await stages() == {"one": {CURRENT}, "two": {PENDING, "blue"}}
    await secrets.put(secret, Value("third"), "three", ("blue",))
    assert await stages() == {"one": {CURRENT}, "two": {PENDING}, "three": {"blue"}}


async def test_the_first_version_is_current_whatever_its_stages(secrets, name, stages):
    secret = await secrets.create(name, None, "unused")
    with pytest.raises(VersionNotFound):
        await secrets.value(secret)
    await secrets.put(secret, Value("x"), "one", (PENDING,))
    assert await stages() == {"one": {PENDING, CURRENT}}


async def test_putting_again_is_the_same(secrets, secret, stages):
    await secrets.put(secret, Value("second"), "two")
    await secrets.put(secret, Value("third"), "three")
    before = await stages()
    await secrets.put(secret, Value("second"), "two")
    assert await stages() == before
    with pytest.raises(VersionExists):
        await secrets.put(secret, Value("another"), "two")
    with pytest.raises(VersionExists):
        await secrets.put(secret, Value(data=b"second"), "two")


async def test_creating_again_is_the_same(secrets, name, secret):
    assert await secrets.create(name, Value("first"), "one") == secret
    with pytest.raises(SecretExists):
        await secrets.create(name, Value("other"), "one")
    with pytest.raises(SecretExists):
        await secrets.create(name, Value("first"), "two")
    with pytest.raises(SecretExists):
        await secrets.create(name, None, "one")


async def test_a_name_is_of_one_account_and_region(secrets, identities, name, secret):
    other = (await identities.create_account("other")).account_id
    for elsewhere in (name._replace(region="lab"), name._replace(account_id=other)):
        with pytest.raises(SecretNotFound):
            await secrets.find(elsewhere)
        await secrets.create(elsewhere, Value("theirs"), "one")
    assert await current(secrets, secret) == Value("first")
    assert [each.name for each in await secrets.of_account(*name[:2])] == ["database"]


async def test_a_version_must_have_both_what_is_asked(secrets, secret):
    await secrets.put(secret, Value("second"), "two")
    assert await current(secrets, secret, version_id="two", stage=CURRENT) == Value("second")
    with pytest.raises(VersionNotFound, match="AWSPREVIOUS"):
        await secrets.value(secret, "two", PREVIOUS)
    with pytest.raises(VersionNotFound, match="nothing"):
        await secrets.value(secret, "nothing")


async def test_moving_the_current_stage_back(secrets, secret, stages):
    await secrets.put(secret, Value("second"), "two")
    await secrets.move_stage(secret, CURRENT, "two", "one")
    assert await stages() == {"one": {CURRENT}, "two": {PREVIOUS}}


async def test_moving_stages_needs_to_know_where_they_are(secrets, secret, stages):
    await secrets.put(secret, Value("second"), "two", ("blue",))
    with pytest.raises(StageElsewhere):
        await secrets.move_stage(secret, "blue", None, "one")
    with pytest.raises(StageElsewhere):
        await secrets.move_stage(secret, "blue", "one", None)
    with pytest.raises(StageNeeded):
        await secrets.move_stage(secret, CURRENT, "one", None)
    with pytest.raises(VersionNotFound):
        await secrets.move_stage(secret, "blue", "two", "nothing")
    assert (await stages())["two"] == {"blue"}
    await secrets.move_stage(secret, "blue", "two", None)
    await secrets.move_stage(secret, "green", None, "one")
    assert await stages() == {"one": {CURRENT, "green"}, "two": set()}


async def test_versions_without_a_stage_are_given_up_after_a_day(secrets, secret, clock, store):
    for number in range(staging.MOST_VERSIONS - 1):
        await secrets.put(secret, Value(f"value {number}"), f"v{number}")
    with pytest.raises(TooManyVersions):
        await secrets.put(secret, Value("one more"), "more")
    clock.days(1.1)
    changed = await secrets.put(secret, Value("one more"), "more")
    assert {version.id for version in changed.versions} == {"v98", "more"}
    left = await store.read(lambda reader: reader.range(*VALUE.range(secret.id)))
    assert len(left) == 2


async def test_deleting_can_be_taken_back(secrets, name, secret, clock):
    marked = await secrets.delete(secret, 7 * DAY)
    assert marked.purge - marked.deleted == 7 * DAY * 1000
    for refused in (
        secrets.value(secret),
        secrets.put(secret, Value("x"), "two"),
        secrets.update(secret, lambda found: found),
        secrets.delete(secret, 7 * DAY),
    ):
        with pytest.raises(SecretDeleted):
            await refused
    with pytest.raises(SecretNameTaken):
        await secrets.create(name, Value("x"), "two")
    await secrets.restore(secret)
    assert await current(secrets, secret) == Value("first")
    clock.days(8)
    await secrets.maintain()
    assert await current(secrets, secret) == Value("first")


async def test_what_is_deleted_is_gone_after_its_window(secrets, name, secret, clock, store):
    await secrets.delete(secret, 7 * DAY)
    clock.days(6.9)
    await secrets.maintain()
    assert (await secrets.find(name)).deleted
    clock.days(0.2)
    await secrets.maintain()
    with pytest.raises(SecretNotFound):
        await secrets.find(name)
    assert secret.id.encode() not in await everything(store)
    again = await secrets.create(name, Value("anew"), "one")
    assert again.arn != secret.arn


async def test_deleting_at_once_leaves_nothing(secrets, name, secret, store):
    await secrets.delete(secret, 0)
    with pytest.raises(SecretNotFound):
        await secrets.find(name)
    assert secret.id.encode() not in await everything(store)


async def test_settings_change_without_a_new_version(secrets, name, secret, clock):
    clock.days(1)
    changed = await secrets.update(secret, lambda found: replace(found, description="mine"))
    assert (changed.description, len(changed.versions)) == ("mine", 1)
    assert changed.changed > secret.changed
    many = {str(number): "" for number in range(51)}
    with pytest.raises(TooManyTags):
        await secrets.update(secret, lambda found: replace(found, tags=many))


async def test_reading_is_noted_once_a_day(secrets, name, secret, clock):
    await secrets.value(secret)
    day = (await secrets.find(name)).accessed
    assert day % (DAY * 1000) == 0
    clock.now += 60
    await secrets.value(secret)
    assert (await secrets.find(name)).accessed == day
    clock.days(1)
    await secrets.value(secret)
    found = await secrets.find(name)
    assert found.accessed == found.versions[0].accessed == day + DAY * 1000


async def test_a_secret_of_before_policies_were_bound(secrets, store, name, secret):
    kept = replace(secret, policy="{}")
    *before, bindings = msgspec.msgpack.decode(encode(kept))
    assert bindings == []
    record = msgspec.msgpack.encode(before)
    await store.transact(lambda tx: tx.set(SECRET.pack(secret.id), record))
    assert await secrets.find(name) == kept
    assert await secrets.policy(kept) == "{}"
