"""BatchGetItem and BatchWriteItem."""

import pytest

DUPLICATES = "Provided list of item keys contains duplicates"


def key(s, p="a"):
    return {"p": {"S": p}, "s": {"N": str(s)}}


def put(item):
    return {"PutRequest": {"Item": item}}


def delete(which):
    return {"DeleteRequest": {"Key": which}}


@pytest.fixture
async def two(samples):
    """Two tables."""
    await samples.create("second")
    return samples


async def test_items_of_several_tables(two):
    written = await two(
        "BatchWriteItem",
        RequestItems={
            "samples": [put(key(1) | {"x": {"S": "x"}}), put(key(2))],
            "second": [put(key(1))],
        },
    )
    assert written == {"UnprocessedItems": {}}
    found = await two(
        "BatchGetItem",
        RequestItems={
            "samples": {"Keys": [key(1), key(2), key(3)], "ConsistentRead": True},
            "second": {"Keys": [key(1)], "ProjectionExpression": "s"},
        },
    )
    assert found == {
        "Responses": {
            "samples": [key(1) | {"x": {"S": "x"}}, key(2)],
            "second": [{"s": {"N": "1"}}],
        },
        "UnprocessedKeys": {},
    }
    await two(
        "BatchWriteItem",
        RequestItems={"samples": [delete(key(1)), delete(key(9)), put(key(3))]},
    )
    assert (await two("Scan", TableName="samples"))["Items"] == [key(2), key(3)]


async def test_names_of_attributes_by_table(two):
    await two("BatchWriteItem", RequestItems={"samples": [put(key(1) | {"name": {"S": "n"}})]})
    request = {
        "samples": {
            "Keys": [key(1)],
            "ProjectionExpression": "#n",
            "ExpressionAttributeNames": {"#n": "name"},
        },
        "second": {"Keys": [key(1)], "AttributesToGet": ["name"]},
    }
    found = await two("BatchGetItem", RequestItems=request)
    assert found["Responses"] == {"samples": [{"name": {"S": "n"}}], "second": []}


async def test_a_hundred_keys(two, invalid):
    keys = [key(s) for s in range(100)]
    found = await two("BatchGetItem", RequestItems={"samples": {"Keys": keys}})
    assert found["Responses"] == {"samples": []}
    with invalid("Too many items requested for the BatchGetItem call"):
        request = {"samples": {"Keys": keys}, "second": {"Keys": [key(1)]}}
        await two("BatchGetItem", RequestItems=request)


async def test_twenty_five_writes(two, invalid):
    puts = [put(key(s)) for s in range(25)]
    await two("BatchWriteItem", RequestItems={"samples": puts})
    with invalid("Too many items requested for the BatchWriteItem call"):
        await two("BatchWriteItem", RequestItems={"samples": puts, "second": [put(key(1))]})


async def test_sixteen_megabytes(samples):
    big = {"x": {"S": "x" * 390_000}}
    keys = [key(s) for s in range(50)]
    for each in keys:
        await samples("PutItem", TableName="samples", Item=each | big)
    found, request = [], {"samples": {"Keys": keys, "ProjectionExpression": "s"}}
    rounds = 0
    while request:
        answer = await samples("BatchGetItem", RequestItems=request)
        found += answer["Responses"]["samples"]
        request = answer["UnprocessedKeys"]
        rounds += 1
    assert rounds == 2
    assert found == [{"s": each["s"]} for each in keys]


@pytest.mark.parametrize(
    ("requests", "message"),
    [
        ([put(key(1)), put(key(1))], DUPLICATES),
        ([put(key(1)), delete(key(1))], DUPLICATES),
        ([put(key(1)), put({"p": {"S": "a"}, "s": {"N": "1.0"}})], DUPLICATES),
        ([put({"p": {"S": "a"}})], "The provided key element does not match the schema"),
        ([delete({"p": {"S": "a"}})], "The provided key element does not match the schema"),
        ([{}], "Supplied AttributeValue has more than one datatypes set, must contain exactly one "
         "of the supported datatypes"),
        ([put(key(1) | {"x": {"S": "x" * 409_600}})], "Item size has exceeded the maximum allowed "
         "size"),
    ],
)  # fmt: skip
async def test_writes_that_cannot_be_make_none(samples, invalid, requests, message):
    with invalid(message):
        await samples("BatchWriteItem", RequestItems={"samples": [put(key(9)), *requests]})
    assert (await samples("Scan", TableName="samples"))["Count"] == 0


async def test_reads_that_cannot_be(samples, invalid):
    with invalid(DUPLICATES):
        await samples("BatchGetItem", RequestItems={"samples": {"Keys": [key(1), key(1)]}})
    with invalid("The provided key element does not match the schema"):
        keys = [{"p": {"S": "a"}}]
        await samples("BatchGetItem", RequestItems={"samples": {"Keys": keys}})


async def test_tables_that_are_not_there(samples, refused):
    for operation, request in (
        ("BatchGetItem", {"samples": {"Keys": [key(1)]}, "missing": {"Keys": [key(1)]}}),
        ("BatchWriteItem", {"samples": [put(key(1))], "missing": [put(key(1))]}),
    ):
        with refused("ResourceNotFoundException", "Requested resource not found"):
            await samples(operation, RequestItems=request)
    assert (await samples("Scan", TableName="samples"))["Count"] == 0
