"""UpdateTimeToLive."""

import time

import pytest


@pytest.fixture
def set_expiry(dynamodb):
    def set_expiry(name, attribute, *, on):
        specification = {"AttributeName": attribute, "Enabled": on}
        return dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=specification)

    return set_expiry


def test_items_expire_with_their_entries(make_table, set_expiry, cloud):
    table = make_table({"p": "S"}, {"by_color": ("color",)}, color="S")
    now = int(time.time())
    table.put_item(Item={"p": "early", "color": "red", "end": now - 5})
    answer = set_expiry(table.name, "end", on=True)
    assert answer["TimeToLiveSpecification"] == {"AttributeName": "end", "Enabled": True}
    table.put_item(Item={"p": "over", "color": "red", "end": now - 5})
    table.put_item(Item={"p": "later", "color": "red", "end": now + 1000})
    table.put_item(Item={"p": "text", "color": "red", "end": str(now - 5)})
    table.put_item(Item={"p": "never", "color": "red"})
    cloud.run(cloud.engines.tables.maintain())
    kept = {"later", "text", "never"}
    assert {item["p"] for item in table.scan()["Items"]} == kept
    assert {item["p"] for item in table.scan(IndexName="by_color")["Items"]} == kept


def test_changes_that_are_none(name, set_expiry, refused):
    with refused("ValidationException", "TimeToLive is already disabled"):
        set_expiry(name, "end", on=False)
    set_expiry(name, "end", on=True)
    with refused("ValidationException", "TimeToLive is already enabled"):
        set_expiry(name, "end", on=True)
    set_expiry(name, "end", on=False)


def test_other_accounts_change_nothing(stranger, name, refused):
    specification = {"AttributeName": "end", "Enabled": True}
    with refused("ResourceNotFoundException"):
        stranger.update_time_to_live(TableName=name, TimeToLiveSpecification=specification)
