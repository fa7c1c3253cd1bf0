"""ConsumedCapacity: the arithmetic of units, and where they are told."""

import pytest

from lenticular.apis.aws.dynamodb.capacity import read_units, write_units

KEY = {"p": {"S": "a"}, "s": {"N": "1"}}
TOTAL = {"TableName": "samples", "ReturnConsumedCapacity": "TOTAL"}
INDEXES = {"TableName": "samples", "ReturnConsumedCapacity": "INDEXES"}


def text_for(size):
    """A text that makes an item of ``KEY`` and ``x`` this large."""
    return {"S": "x" * (size - 6)}


@pytest.mark.parametrize(
    ("size", "reads", "writes"),
    [
        (0, 1, 1),
        (1, 1, 1),
        (1024, 1, 1),
        (1025, 1, 2),
        (4096, 1, 4),
        (4097, 2, 5),
        (409_600, 100, 400),
    ],
)
def test_units(size, reads, writes):
    assert read_units(size, consistent=True) == reads
    assert read_units(size, consistent=False) == reads / 2
    assert write_units(size) == writes


async def consumed(dynamodb, operation, **params):
    return (await dynamodb(operation, **params))["ConsumedCapacity"]


async def test_items(samples):
    for size, writes, reads in ((1024, 1, 1), (1025, 2, 1), (4097, 5, 2)):
        put = TOTAL | {"Item": KEY | {"x": text_for(size)}}
        old = 1 if size == 1024 else writes
        assert await consumed(samples, "PutItem", **put) == {
            "TableName": "samples",
            "CapacityUnits": max(old, writes),
        }
        get = TOTAL | {"Key": KEY}
        assert (await consumed(samples, "GetItem", **get))["CapacityUnits"] == reads / 2
        get["ConsistentRead"] = True
        assert (await consumed(samples, "GetItem", **get))["CapacityUnits"] == reads
    # A write counts the larger of what was and what is.
    small = TOTAL | {"Item": KEY}
    assert (await consumed(samples, "PutItem", **small))["CapacityUnits"] == 5
    delete = TOTAL | {"Key": KEY}
    assert (await consumed(samples, "DeleteItem", **delete))["CapacityUnits"] == 1
    assert (await consumed(samples, "DeleteItem", **delete))["CapacityUnits"] == 1


async def test_nothing_is_told_unless_asked(samples):
    assert await samples("PutItem", TableName="samples", Item=KEY) == {}
    put = {"TableName": "samples", "Item": KEY, "ReturnConsumedCapacity": "NONE"}
    assert await samples("PutItem", **put) == {}


async def test_indexes(dynamodb):
    await dynamodb.create(indexes=[("by_x", "x")], local=[("by_y", "p", "y")])

    async def put(**attributes):
        item = KEY | {name: {"S": text} for name, text in attributes.items()}
        units = await consumed(dynamodb, "PutItem", **INDEXES, Item=item)
        told = {"": units["CapacityUnits"], "table": units["Table"]["CapacityUnits"]}
        for member in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
            for name, each in units.get(member, {}).items():
                told[name] = each["CapacityUnits"]
        return told

    assert await put() == {"": 1, "table": 1}
    assert await put(x="1") == {"": 2, "table": 1, "by_x": 1}
    assert await put(x="1") == {"": 1, "table": 1}
    assert await put(x="2") == {"": 3, "table": 1, "by_x": 2}
    assert await put(x="2", y="1") == {"": 3, "table": 1, "by_x": 1, "by_y": 1}
    assert await put() == {"": 3, "table": 1, "by_x": 1, "by_y": 1}


async def test_queries(dynamodb):
    await dynamodb.create(local=[("by_x", "p", "x", "KEYS_ONLY")])
    for s in range(5):
        item = KEY | {"s": {"N": str(s)}, "x": {"S": "x"}, "text": {"S": "t" * 2000}}
        await dynamodb("PutItem", TableName="samples", Item=item)
    query = {
        "KeyConditionExpression": "p = :p",
        "ExpressionAttributeValues": {":p": {"S": "a"}},
    }
    units = await consumed(dynamodb, "Query", **TOTAL, **query, ConsistentRead=True)
    assert units["CapacityUnits"] == 3
    assert (await consumed(dynamodb, "Query", **TOTAL, **query))["CapacityUnits"] == 1.5
    assert (await consumed(dynamodb, "Scan", **TOTAL))["CapacityUnits"] == 1.5
    nothing = await consumed(dynamodb, "Scan", **TOTAL, FilterExpression="attribute_exists(q)")
    assert nothing["CapacityUnits"] == 1.5
    by_index = await consumed(
        dynamodb, "Query", **INDEXES, **query, IndexName="by_x", Select="ALL_ATTRIBUTES"
    )
    assert by_index["CapacityUnits"] == 3
    assert by_index["Table"]["CapacityUnits"] == 2.5
    assert by_index["LocalSecondaryIndexes"] == {"by_x": {"CapacityUnits": 0.5}}


async def test_batches_and_transactions(samples):
    await samples.create("second")
    asked = {"ReturnConsumedCapacity": "TOTAL"}
    request = {
        "samples": [{"PutRequest": {"Item": KEY}}],
        "second": [{"PutRequest": {"Item": KEY | {"x": text_for(1025)}}}],
    }
    units = await consumed(samples, "BatchWriteItem", RequestItems=request, **asked)
    assert units == [
        {"TableName": "samples", "CapacityUnits": 1.0},
        {"TableName": "second", "CapacityUnits": 2.0},
    ]
    reads = {name: {"Keys": [KEY]} for name in request}
    units = await consumed(samples, "BatchGetItem", RequestItems=reads, **asked)
    assert units == [
        {"TableName": "samples", "CapacityUnits": 0.5},
        {"TableName": "second", "CapacityUnits": 0.5},
    ]
    put = {"Put": {"TableName": "samples", "Item": KEY}}
    units = await consumed(samples, "TransactWriteItems", TransactItems=[put], **asked)
    assert units == [{"TableName": "samples", "CapacityUnits": 2.0, "WriteCapacityUnits": 2.0}]
    get = {"Get": {"TableName": "samples", "Key": KEY}}
    units = await consumed(samples, "TransactGetItems", TransactItems=[get], **asked)
    assert units == [{"TableName": "samples", "CapacityUnits": 2.0, "ReadCapacityUnits": 2.0}]
