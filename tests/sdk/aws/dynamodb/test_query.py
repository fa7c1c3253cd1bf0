"""Query."""

from decimal import Decimal

import pytest
from boto3.dynamodb.conditions import Attr, Key


@pytest.fixture
def samples(make_table):
    """A table of ten items in one partition, and two in others."""
    made = make_table(
        {"p": "S", "s": "N"},
        {"by_color": ("color", "weight")},
        local={"by_weight": ("p", "weight")},
        color="S",
        weight="N",
    )
    with made.batch_writer() as batch:
        for number in range(-4, 6):
            color = "red" if number % 2 else "blue"
            item = {"p": "a", "s": number, "color": color, "weight": 100 - number}
            batch.put_item(Item=item)
        for partition in ("aa", "b"):
            batch.put_item(Item={"p": partition, "s": 0})
    return made


def sorts(answer):
    return [int(item["s"]) for item in answer["Items"]]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Key("p").eq("a"), list(range(-4, 6))),
        (Key("p").eq("a") & Key("s").eq(3), [3]),
        (Key("p").eq("a") & Key("s").lt(-2), [-4, -3]),
        (Key("p").eq("a") & Key("s").gte(4), [4, 5]),
        (Key("p").eq("a") & Key("s").between(-1, 1), [-1, 0, 1]),
        (Key("p").eq("a") & Key("s").gt(Decimal("3.5")), [4, 5]),
        (Key("p").eq("missing"), []),
    ],
)
def test_conditions_on_the_key(samples, condition, expected):
    assert sorts(samples.query(KeyConditionExpression=condition)) == expected
    backward = samples.query(KeyConditionExpression=condition, ScanIndexForward=False)
    assert sorts(backward) == expected[::-1]


def test_texts_sort_by_their_bytes(make_table):
    table = make_table({"p": "S", "s": "S"})
    texts = ["Z", "a", "a b", "ab", "é", "\uffff", "🦋"]
    for text in reversed(texts):
        table.put_item(Item={"p": "x", "s": text})
    found = table.query(KeyConditionExpression=Key("p").eq("x"))["Items"]
    assert [item["s"] for item in found] == texts
    begins = Key("p").eq("x") & Key("s").begins_with("a")
    found = table.query(KeyConditionExpression=begins)["Items"]
    assert [item["s"] for item in found] == ["a", "a b", "ab"]


def test_pages_of_boto3(dynamodb, samples):
    pages = dynamodb.get_paginator("query").paginate(
        TableName=samples.name,
        KeyConditionExpression="p = :p",
        FilterExpression="color = :red",
        ExpressionAttributeValues={":p": {"S": "a"}, ":red": {"S": "red"}},
        PaginationConfig={"PageSize": 3},
    )
    found = [[int(item["s"]["N"]) for item in page["Items"]] for page in pages]
    assert found == [[-3], [-1, 1], [3], [5]]


def test_indexes(samples):
    blue = samples.query(IndexName="by_color", KeyConditionExpression=Key("color").eq("blue"))
    assert sorts(blue) == [4, 2, 0, -2, -4]
    heavy = Key("p").eq("a") & Key("weight").gte(102)
    found = samples.query(IndexName="by_weight", KeyConditionExpression=heavy)
    assert sorts(found) == [-2, -3, -4]
    samples.delete_item(Key={"p": "a", "s": 4})
    samples.update_item(
        Key={"p": "a", "s": 2}, UpdateExpression="REMOVE color", ReturnValues="NONE"
    )
    blue = samples.query(IndexName="by_color", KeyConditionExpression=Key("color").eq("blue"))
    assert sorts(blue) == [0, -2, -4]


def test_filters_counts_and_parts(samples):
    condition = {"KeyConditionExpression": Key("p").eq("a")}
    answer = samples.query(**condition, FilterExpression=Attr("weight").gt(102))
    assert (sorts(answer), answer["Count"], answer["ScannedCount"]) == ([-4, -3], 2, 10)
    counted = samples.query(**condition, Select="COUNT")
    assert (counted["Count"], "Items" in counted) == (10, False)
    parts = samples.query(**condition, ProjectionExpression="color", Limit=2)
    assert parts["Items"] == [{"color": "blue"}, {"color": "red"}]


def test_older_parameters(samples):
    answer = samples.query(
        KeyConditions={
            "p": {"AttributeValueList": ["a"], "ComparisonOperator": "EQ"},
            "s": {"AttributeValueList": [3], "ComparisonOperator": "GE"},
        },
        QueryFilter={"color": {"AttributeValueList": ["red"], "ComparisonOperator": "EQ"}},
    )
    assert sorts(answer) == [3, 5]


def test_consumed_capacity(samples):
    answer = samples.query(
        KeyConditionExpression=Key("p").eq("a"), ReturnConsumedCapacity="INDEXES"
    )
    assert answer["ConsumedCapacity"] == {
        "TableName": samples.name,
        "CapacityUnits": 0.5,
        "Table": {"CapacityUnits": 0.5},
    }


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"KeyConditionExpression": Key("s").eq(1)},
         "Query condition missed key schema element: p"),
        ({"KeyConditionExpression": Key("p").begins_with("a")},
         "Query key condition not supported"),
        ({"KeyConditionExpression": Key("p").eq("a"), "IndexName": "missing"},
         "The table does not have the specified index: missing"),
        ({"KeyConditionExpression": Key("p").eq("a"), "FilterExpression": Attr("s").eq(1)},
         "Filter Expression can only contain non-primary key attributes: Primary key attribute: s"),
        ({"KeyConditionExpression": Key("p").eq("a"), "ExclusiveStartKey": {"p": "b", "s": 1}},
         "The provided starting key is outside query boundaries based on provided conditions"),
    ],
)  # fmt: skip
def test_queries_that_cannot_be(samples, refused, params, message):
    with refused("ValidationException", message):
        samples.query(**params)


def test_other_accounts_see_nothing(stranger, samples, refused):
    with refused("ResourceNotFoundException"):
        stranger.query(
            TableName=samples.name,
            KeyConditionExpression="p = :p",
            ExpressionAttributeValues={":p": {"S": "a"}},
        )
