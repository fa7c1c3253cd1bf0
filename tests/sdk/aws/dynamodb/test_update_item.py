"""UpdateItem."""

import threading
from decimal import Decimal

import pytest

KEY = {"p": "a", "s": 1}


def test_all_sections(table):
    table.put_item(Item=KEY | {"n": 1, "gone": "x", "tags": {"a", "b"}, "list": [1]})
    answer = table.update_item(
        Key=KEY,
        UpdateExpression=(
            "SET #l = list_append(#l, :more), fresh = if_not_exists(fresh, :one) "
            "ADD n :one DELETE tags :a REMOVE gone"
        ),
        ExpressionAttributeNames={"#l": "list"},
        ExpressionAttributeValues={":more": [2], ":one": 1, ":a": {"a"}},
        ReturnValues="ALL_NEW",
    )
    assert answer["Attributes"] == KEY | {"n": 2, "tags": {"b"}, "list": [1, 2], "fresh": 1}


def test_makes_an_item(table):
    table.update_item(
        Key=KEY, UpdateExpression="SET x = :x", ExpressionAttributeValues={":x": {"y": []}}
    )
    assert table.get_item(Key=KEY)["Item"] == KEY | {"x": {"y": []}}


def test_what_it_returns(table):
    table.put_item(Item=KEY | {"n": 1, "other": "x"})
    expected = {
        "NONE": None,
        "ALL_OLD": KEY | {"n": 1, "other": "x"},
        "UPDATED_OLD": {"n": 2},
        "ALL_NEW": KEY | {"n": 4, "other": "x"},
        "UPDATED_NEW": {"n": 5},
    }
    # In this order: each adds one.
    for wanted in ("ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW", "NONE"):
        answer = table.update_item(
            Key=KEY,
            UpdateExpression="SET n = n + :one",
            ExpressionAttributeValues={":one": 1},
            ReturnValues=wanted,
        )
        assert answer.get("Attributes") == expected[wanted]


def test_counters_count(table):
    def count():
        for _ in range(25):
            table.update_item(
                Key=KEY, UpdateExpression="ADD n :one", ExpressionAttributeValues={":one": 1}
            )

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert table.get_item(Key=KEY)["Item"]["n"] == 200


def test_exact_sums(table):
    table.put_item(Item=KEY | {"n": Decimal("0.1")})
    table.update_item(
        Key=KEY, UpdateExpression="ADD n :n", ExpressionAttributeValues={":n": Decimal("0.2")}
    )
    assert table.get_item(Key=KEY)["Item"]["n"] == Decimal("0.3")


def test_a_failed_condition_changes_nothing(table, refused):
    table.put_item(Item=KEY | {"n": 1})
    with refused("ConditionalCheckFailedException", "The conditional request failed"):
        table.update_item(
            Key=KEY,
            UpdateExpression="SET n = :two",
            ConditionExpression="n = :two",
            ExpressionAttributeValues={":two": 2},
        )
    assert table.get_item(Key=KEY)["Item"]["n"] == 1


def test_older_parameters(table):
    table.update_item(
        Key=KEY,
        AttributeUpdates={"x": {"Value": "new"}, "n": {"Value": 5, "Action": "ADD"}},
        Expected={"p": {"Exists": False}},
    )
    assert table.get_item(Key=KEY)["Item"] == KEY | {"x": "new", "n": 5}


@pytest.mark.parametrize(
    ("update", "message"),
    [
        ("SET x", 'Invalid UpdateExpression: Syntax error; token: "<EOF>", near: "x"'),
        ("SET p = :x", "One or more parameter values were invalid: Cannot update attribute p. "
         "This attribute is part of the key"),
        ("SET m.x = :x, m = :x", "Invalid UpdateExpression: Two document paths overlap with each "
         "other; must remove or rewrite one of these paths; path one: [m, x], path two: [m]"),
        ("SET x = y + :x", "The provided expression refers to an attribute that does not exist in "
         "the item"),
        ("SET x.y = :x", "The document path provided in the update expression is invalid for "
         "update"),
        ("REMOVE x", "Value provided in ExpressionAttributeValues unused in expressions: "
         "keys: {:x}"),
    ],
)  # fmt: skip
def test_updates_that_cannot_be(dynamodb, name, key, refused, update, message):
    with refused("ValidationException", message):
        dynamodb.update_item(
            TableName=name,
            Key=key(),
            UpdateExpression=update,
            ExpressionAttributeValues={":x": {"N": "1"}},
        )
