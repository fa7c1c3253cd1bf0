"""CreateTable."""

import pytest


def test_is_there_at_once(dynamodb, definition):
    params = definition({"p": "S", "s": "N"})
    made = dynamodb.create_table(**params)["TableDescription"]
    assert made["TableStatus"] == "CREATING"
    assert made["KeySchema"] == params["KeySchema"]
    name = params["TableName"]
    dynamodb.put_item(TableName=name, Item={"p": {"S": "a"}, "s": {"N": "1"}})
    dynamodb.get_waiter("table_exists").wait(TableName=name)


def test_with_indexes(make_table):
    table = make_table(
        {"p": "S", "s": "N"},
        {"by_color": ("color", "s")},
        local={"by_weight": ("p", "weight")},
        color="S",
        weight="N",
    )
    table.put_item(Item={"p": "a", "s": 1, "color": "red", "weight": 2})
    for name in ("by_color", "by_weight"):
        assert table.scan(IndexName=name)["Count"] == 1


def test_a_name_twice(dynamodb, definition, refused):
    params = definition({"p": "S"})
    dynamodb.create_table(**params)
    name = params["TableName"]
    with refused("ResourceInUseException", f"Table already exists: {name}"):
        dynamodb.create_table(**params)


def test_one_name_in_two_accounts(dynamodb, stranger, definition):
    params = definition({"p": "S"})
    for client in (dynamodb, stranger):
        client.create_table(**params)
    dynamodb.put_item(TableName=params["TableName"], Item={"p": {"S": "mine"}})
    assert stranger.scan(TableName=params["TableName"])["Count"] == 0


def test_streams_are_not_there_yet(dynamodb, definition, refused):
    params = definition({"p": "S"})
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    with refused("ValidationException") as answer:
        dynamodb.create_table(**params, StreamSpecification=stream)
    assert "streams of tables are not there yet" in answer["Error"]["Message"]
    dynamodb.create_table(**params, StreamSpecification={"StreamEnabled": False})


@pytest.mark.parametrize("name", ["no spaces", "ünicode", "a/b"])
def test_names_that_cannot_be(dynamodb, definition, refused, name):
    with refused("ValidationException"):
        dynamodb.create_table(**definition({"p": "S"}) | {"TableName": name})


def test_nobody_makes_no_table(nobody, definition, refused):
    with refused("MissingAuthenticationTokenException"):
        nobody.create_table(**definition({"p": "S"}))
