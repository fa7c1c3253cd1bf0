"""DeleteItem."""

from boto3.dynamodb.conditions import Attr

KEY = {"p": "a", "s": 1}


def test_there_and_not_there(table):
    table.put_item(Item=KEY | {"x": "y"})
    assert table.delete_item(Key=KEY, ReturnValues="ALL_OLD")["Attributes"] == KEY | {"x": "y"}
    assert "Attributes" not in table.delete_item(Key=KEY, ReturnValues="ALL_OLD")
    assert "Item" not in table.get_item(Key=KEY)


def test_on_a_condition(table, refused):
    table.put_item(Item=KEY | {"x": "y"})
    with refused("ConditionalCheckFailedException", "The conditional request failed"):
        table.delete_item(Key=KEY, ConditionExpression=Attr("x").ne("y"))
    table.delete_item(Key=KEY, ConditionExpression=Attr("x").begins_with("y"))
    assert table.scan()["Count"] == 0


def test_the_key_is_free_again(table):
    for number in range(3):
        table.put_item(Item=KEY | {"n": number}, ConditionExpression=Attr("p").not_exists())
        table.delete_item(Key=KEY)


def test_a_key_that_does_not_fit(table, refused):
    with refused("ValidationException", "The provided key element does not match the schema"):
        table.delete_item(Key={"p": "a"})


def test_other_accounts_delete_nothing(stranger, dynamodb, name, key, refused):
    dynamodb.put_item(TableName=name, Item=key())
    with refused("ResourceNotFoundException"):
        stranger.delete_item(TableName=name, Key=key())
    assert dynamodb.scan(TableName=name)["Count"] == 1
