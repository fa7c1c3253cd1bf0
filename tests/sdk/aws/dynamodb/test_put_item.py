"""PutItem."""

import threading
from decimal import Decimal

import pytest
from boto3.dynamodb.conditions import Attr
from boto3.dynamodb.types import Binary
from botocore.exceptions import ClientError

ITEM = {
    "p": "a",
    "s": 1,
    "text": 'é🦋 "quoted" \\ \n\x00',
    "empty": "",
    "number": Decimal("12345678901234567890123456789.123456789"),
    "small": Decimal("-1E-130"),
    "bytes": Binary(bytes(range(256))),
    "yes": True,
    "nothing": None,
    "texts": {"a", "b"},
    "numbers": {Decimal(1), Decimal("2.5")},
    "blobs": {Binary(b"1"), Binary(b"2")},
    "list": ["x", 1, [], {}, None],
    "map": {"a": {"b": {"c": [Decimal("0.1")]}}, "": ""},
    "two words": "x",
    "a.b": "y",
}


def test_values_of_every_type(table):
    table.put_item(Item=ITEM)
    assert table.get_item(Key={"p": "a", "s": 1})["Item"] == ITEM


def test_replaces_the_whole_item(table):
    table.put_item(Item=ITEM)
    answer = table.put_item(Item={"p": "a", "s": 1}, ReturnValues="ALL_OLD")
    assert answer["Attributes"] == ITEM
    assert table.get_item(Key={"p": "a", "s": 1})["Item"] == {"p": "a", "s": 1}


def test_on_a_condition(table, refused):
    table.put_item(Item=ITEM, ConditionExpression=Attr("p").not_exists())
    with refused("ConditionalCheckFailedException", "The conditional request failed"):
        table.put_item(Item=ITEM, ConditionExpression=Attr("p").not_exists())
    table.put_item(Item={"p": "a", "s": 1, "n": 2}, ConditionExpression=Attr("yes").eq(True))
    with refused("ConditionalCheckFailedException") as answer:
        table.put_item(
            Item=ITEM,
            ConditionExpression=Attr("n").lt(2),
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert answer["Item"] == {"p": {"S": "a"}, "s": {"N": "1"}, "n": {"N": "2"}}


def test_one_of_many_wins(table):
    wins, refusals = [], []

    def attempt(number):
        try:
            table.put_item(
                Item={"p": "a", "s": 1, "by": number}, ConditionExpression=Attr("p").not_exists()
            )
        except ClientError as error:
            refusals.append(error.response["Error"]["Code"])
        else:
            wins.append(number)

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(wins) == 1
    assert refusals == ["ConditionalCheckFailedException"] * 15
    assert table.get_item(Key={"p": "a", "s": 1})["Item"]["by"] == wins[0]


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({"s": {"N": "1"}}, "One or more parameter values were invalid: Missing the key p in the "
         "item"),
        ({"p": {"S": "a"}, "s": {"S": "1"}}, "One or more parameter values were invalid: Type "
         "mismatch for key s expected: N actual: S"),
        ({"p": {"S": ""}, "s": {"N": "1"}}, "One or more parameter values are not valid. The "
         "AttributeValue for a key attribute cannot contain an empty string value. Key: p"),
        ({"p": {"S": "a"}, "s": {"N": "one"}}, "The parameter cannot be converted to a numeric "
         "value: one"),
        ({"p": {"S": "a"}, "s": {"N": "1"}, "x": {"SS": ["b", "b"]}}, "One or more parameter "
         "values were invalid: Input collection [b, b] contains duplicates."),
        ({"p": {"S": "a"}, "s": {"N": "1"}, "x": {"S": "x" * 409_600}},
         "Item size has exceeded the maximum allowed size"),
    ],
)  # fmt: skip
def test_items_that_cannot_be(dynamodb, name, refused, item, message):
    with refused("ValidationException", message):
        dynamodb.put_item(TableName=name, Item=item)


def test_a_table_that_is_not_there(dynamodb, refused, key):
    with refused("ResourceNotFoundException", "Requested resource not found"):
        dynamodb.put_item(TableName="missing", Item=key())


def test_consumed_capacity(table):
    answer = table.put_item(Item={"p": "a", "s": 1}, ReturnConsumedCapacity="TOTAL")
    assert answer["ConsumedCapacity"] == {"TableName": table.name, "CapacityUnits": 1.0}


def test_other_accounts_write_nothing(stranger, dynamodb, name, refused, key):
    arn = dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
    with refused("ResourceNotFoundException"):
        stranger.put_item(TableName=name, Item=key())
    with refused("AccessDeniedException"):
        stranger.put_item(TableName=arn, Item=key())
    assert dynamodb.scan(TableName=name)["Count"] == 0
