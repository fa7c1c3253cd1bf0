"""Rotation: now and by a schedule, of passwords and of access keys, and what is refused."""

import json

import pytest
from msgspec.structs import replace

from lenticular.primitives.secrets import (
    ACCESS_KEY,
    CURRENT,
    PREVIOUS,
    RANDOM,
    Rotation,
    SecretName,
    Value,
)
from lenticular.primitives.secrets.errors import PasswordRulesInvalid, RotationImpossible
from lenticular.primitives.secrets.renewal import interval

HOUR = 3600 * 1000
DAILY = Rotation(True, days=1)


@pytest.fixture
async def password(secrets, name):
    return await secrets.create(name, Value("chosen by hand"), "one", kind=RANDOM)


@pytest.fixture
def text(secrets):
    """``await text(secret)``: the text of its current version."""

    async def read(secret, stage=CURRENT):
        return (await secrets.value(secret, stage=stage))[2].text

    return read


async def test_a_password_is_rotated_at_once(secrets, password, stages, text):
    changed = await secrets.rotations.begin(password, DAILY, "two")
    assert await stages() == {"one": {PREVIOUS}, "two": {CURRENT}}
    assert len(await text(password)) == 32
    assert await text(password, PREVIOUS) == "chosen by hand"
    assert changed.rotation.last == secrets.now()
    assert changed.rotation.next == secrets.now() + 24 * HOUR


async def test_rotating_again_with_the_same_version_is_the_same(secrets, password, text):
    await secrets.rotations.begin(password, DAILY, "two")
    before = await text(password)
    await secrets.rotations.begin(password, DAILY, "two")
    assert await text(password) == before


async def test_a_password_in_an_object_is_the_only_member_that_changes(secrets, password, text):
    document = {"username": "ada", "password": "old", "port": 5432}
    await secrets.put(password, Value(json.dumps(document)), "two")
    rules = {"PasswordLength": "12", "ExcludePunctuation": "true"}
    await secrets.rotations.begin(password, replace(DAILY, rules=rules), "three")
    found = json.loads(await text(password))
    assert found | {"password": "old"} == document
    assert len(found["password"]) == 12
    assert found["password"].isalnum()


async def test_a_schedule_rotates_by_itself(secrets, name, password, clock, text):
    await secrets.rotations.begin(password, DAILY, None)
    assert await text(password) == "chosen by hand"
    seen = {await text(password)}
    for _ in range(3):
        clock.days(0.99)
        await secrets.maintain()
        assert await text(password) in seen
        clock.days(0.02)
        await secrets.maintain()
        seen.add(await text(password))
    assert len(seen) == 4
    await secrets.rotations.stop(password)
    clock.days(5)
    await secrets.maintain()
    assert await text(password) in seen
    assert (await secrets.find(name)).rotation.enabled is False


async def test_what_is_marked_for_deletion_is_not_rotated(secrets, name, password, clock):
    await secrets.rotations.begin(password, DAILY, None)
    await secrets.delete(password, 30 * 24 * 3600)
    clock.days(2)
    await secrets.maintain()
    assert len((await secrets.find(name)).versions) == 1


async def test_an_access_key_is_rotated_and_the_one_before_it_still_works(
    secrets, identities, account_id, text, clock
):
    await identities.users.create(account_id, "robot")
    name = SecretName(account_id, "us-east-1", "key")
    secret = await secrets.create(name, None, "", kind=ACCESS_KEY)
    rotation = Rotation(True, days=30, rules={"UserName": "robot"})
    await secrets.rotations.begin(secret, rotation, "v1")
    first = json.loads(await text(secret))
    assert first["UserName"] == "robot"
    signer = await identities.signer(first["AccessKeyId"])
    assert signer.secret_access_key == first["SecretAccessKey"]

    clock.days(31)
    await secrets.maintain()
    second = json.loads(await text(secret))
    assert await identities.signer(first["AccessKeyId"]) is not None
    clock.days(31)
    await secrets.maintain()
    third = json.loads(await text(secret))
    assert await identities.signer(first["AccessKeyId"]) is None
    keys = {key.access_key_id for key in await identities.keys.list(account_id, "robot")}
    assert keys == {second["AccessKeyId"], third["AccessKeyId"]}


async def test_a_key_that_is_none_of_the_secret_is_never_deleted(
    secrets, identities, account_id, clock, caplog
):
    await identities.users.create(account_id, "robot")
    mine, _ = await identities.keys.create(account_id, "robot")
    name = SecretName(account_id, "us-east-1", "key")
    secret = await secrets.create(name, None, "", kind=ACCESS_KEY)
    rotation = Rotation(True, days=1, rules={"UserName": "robot"})
    await secrets.rotations.begin(secret, rotation, "v1")
    # Two keys now: there is no room for a third, and none that may go.
    with pytest.raises(RotationImpossible, match="AccessKeysPerUser"):
        await secrets.rotations.begin(secret, rotation, "v2")
    clock.days(2)
    await secrets.maintain()
    assert "was not rotated" in caplog.text
    found = await secrets.find(name)
    assert found.rotation.next == secrets.now() + HOUR, "it is tried again"
    keys = [key.access_key_id for key in await identities.keys.list(account_id, "robot")]
    assert mine.access_key_id in keys


async def test_the_user_is_the_one_of_the_rotation_and_not_of_the_value(
    secrets, identities, account_id, text, clock
):
    """Who may put values must not get the access keys of others by a rotation."""
    for user in ("robot", "administrator"):
        await identities.users.create(account_id, user)
    name = SecretName(account_id, "us-east-1", "key")
    secret = await secrets.create(name, None, "", kind=ACCESS_KEY)
    rotation = Rotation(True, days=1, rules={"UserName": "robot"})
    await secrets.rotations.begin(secret, rotation, "v1")
    await secrets.put(secret, Value('{"UserName": "administrator"}'), "v2")
    clock.days(2)
    await secrets.maintain()
    assert json.loads(await text(secret))["UserName"] == "robot"
    assert await identities.keys.list(account_id, "administrator") == []


async def test_a_later_user_of_the_name_gives_no_key_away(
    secrets, identities, account_id, text, clock
):
    await identities.users.create(account_id, "robot")
    name = SecretName(account_id, "us-east-1", "key")
    secret = await secrets.create(name, None, "", kind=ACCESS_KEY)
    rotation = Rotation(True, days=1, rules={"UserName": "robot"})
    await secrets.rotations.begin(secret, rotation, "v1")
    before = await text(secret)
    for key in await identities.keys.list(account_id, "robot"):
        await identities.keys.delete(account_id, "robot", key.access_key_id)
    await identities.users.delete(account_id, "robot")
    await identities.users.create(account_id, "robot", path="/administrators/")
    clock.days(2)
    await secrets.maintain()
    assert await text(secret) == before
    assert await identities.keys.list(account_id, "robot") == []
    await secrets.rotations.begin(secret, rotation, "v2")
    assert await text(secret) != before


async def test_one_failure_does_not_stop_the_others(
    secrets, identities, account_id, password, text, clock, caplog
):
    name = SecretName(account_id, "us-east-1", "a-key")
    broken = await secrets.create(name, None, "", kind=ACCESS_KEY)
    await identities.users.create(account_id, "robot")
    await secrets.rotations.begin(broken, Rotation(True, 1, rules={"UserName": "robot"}), None)
    await identities.users.delete(account_id, "robot")
    await secrets.rotations.begin(password, DAILY, None)
    clock.days(2)
    await secrets.maintain()
    assert await text(password) != "chosen by hand"


async def test_only_kinds_that_are_known_are_rotated(secrets, secret):
    with pytest.raises(RotationImpossible, match="RandomPassword or AccessKey"):
        await secrets.rotations.begin(secret, DAILY, "two")


@pytest.mark.parametrize(
    "rules",
    [
        {"Colour": "blue"},
        {"PasswordLength": "many"},
        {"PasswordLength": "0"},
        {"ExcludeNumbers": "perhaps"},
        {"PasswordLength": "2"},
    ],
)
async def test_rules_that_no_password_can_follow_are_refused(secrets, password, rules, text):
    with pytest.raises(PasswordRulesInvalid):
        await secrets.rotations.begin(password, replace(DAILY, rules=rules), "two")
    assert await text(password) == "chosen by hand"


async def test_an_access_key_needs_a_user(secrets, name):
    secret = await secrets.create(name, None, "", kind=ACCESS_KEY)
    with pytest.raises(RotationImpossible, match="UserName"):
        await secrets.rotations.begin(secret, DAILY, "two")


@pytest.mark.parametrize(
    ("rotation", "hours"),
    [
        (Rotation(True), 0),
        (Rotation(True, days=3), 72),
        (Rotation(True, schedule="rate(4 hours)"), 4),
        (Rotation(True, schedule="rate(1 day)"), 24),
        (Rotation(True, schedule="rate(10 days)"), 240),
    ],
)
def test_intervals(rotation, hours):
    assert interval(rotation) == hours * HOUR


@pytest.mark.parametrize(
    "schedule", ["cron(0 8 1 * ? *)", "rate(3 hours)", "rate(1001 days)", "daily", "rate(-1 days)"]
)
def test_schedules_that_are_not_understood(schedule):
    with pytest.raises(RotationImpossible):
        interval(Rotation(True, schedule=schedule))
