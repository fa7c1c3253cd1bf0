"""UpdateTimeToLive and DescribeTimeToLive."""

import time


def setting(name, on):
    specification = {"AttributeName": name, "Enabled": on}
    return {"TableName": "samples", "TimeToLiveSpecification": specification}


async def test_on_and_off(samples, tables, invalid):
    describe = {"TableName": "samples"}
    answer = await samples("DescribeTimeToLive", **describe)
    assert answer == {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}
    with invalid("TimeToLive is already disabled"):
        await samples("UpdateTimeToLive", **setting("end", False))
    updated = await samples("UpdateTimeToLive", **setting("end", True))
    assert updated == {"TimeToLiveSpecification": {"AttributeName": "end", "Enabled": True}}
    await tables.settle()
    answer = await samples("DescribeTimeToLive", **describe)
    assert answer["TimeToLiveDescription"] == {
        "TimeToLiveStatus": "ENABLED",
        "AttributeName": "end",
    }
    with invalid("TimeToLive is already enabled"):
        await samples("UpdateTimeToLive", **setting("end", True))
    with invalid("TimeToLive is active on a different AttributeName: current AttributeName is end"):
        await samples("UpdateTimeToLive", **setting("other", False))
    await samples("UpdateTimeToLive", **setting("end", False))


async def test_items_expire(samples, tables):
    now = int(time.time())
    await samples("UpdateTimeToLive", **setting("end", True))
    await samples.put(p="a", s=1, end=now - 10)
    await samples.put(p="a", s=2, end=now + 1000)
    await samples.put(p="a", s=3, end=str(now - 10))
    await tables.maintain()
    found = (await samples("Scan", TableName="samples"))["Items"]
    assert [item["s"]["N"] for item in found] == ["2", "3"]


async def test_a_table_that_is_not_there(dynamodb, refused):
    gone = "Requested resource not found: Table: samples not found"
    with refused("ResourceNotFoundException", gone):
        await dynamodb("UpdateTimeToLive", **setting("end", True))
    with refused("ResourceNotFoundException", gone):
        await dynamodb("DescribeTimeToLive", TableName="samples")
