"""BatchGetItem."""


def test_items_of_several_tables(dynamodb, make_table, key):
    first, second = (make_table({"p": "S", "s": "N"}).name for _ in range(2))
    for number in range(5):
        dynamodb.put_item(TableName=first, Item=key(s=number, color="red"))
        dynamodb.put_item(TableName=second, Item=key(s=number, color="red"))
    answer = dynamodb.batch_get_item(
        RequestItems={
            first: {"Keys": [key(s=number) for number in (3, 1, 9)]},
            second: {"Keys": [key(s=2)], "ProjectionExpression": "color"},
        }
    )
    found = answer["Responses"]
    assert sorted(item["s"]["N"] for item in found[first]) == ["1", "3"]
    assert found[second] == [{"color": {"S": "red"}}]
    assert answer["UnprocessedKeys"] == {}


def test_a_key_twice(dynamodb, name, key, refused):
    with refused("ValidationException", "Provided list of item keys contains duplicates"):
        dynamodb.batch_get_item(RequestItems={name: {"Keys": [key(), key()]}})


def test_too_many(dynamodb, name, key, refused):
    keys = [key(s=number) for number in range(101)]
    with refused("ValidationException"):
        dynamodb.batch_get_item(RequestItems={name: {"Keys": keys}})
    dynamodb.batch_get_item(RequestItems={name: {"Keys": keys[:100]}})


def test_a_table_that_is_not_there(dynamodb, name, key, refused):
    with refused("ResourceNotFoundException", "Requested resource not found"):
        request = {name: {"Keys": [key()]}, "missing": {"Keys": [key()]}}
        dynamodb.batch_get_item(RequestItems=request)


def test_other_accounts_see_nothing(stranger, dynamodb, name, key, refused):
    dynamodb.put_item(TableName=name, Item=key())
    with refused("ResourceNotFoundException"):
        stranger.batch_get_item(RequestItems={name: {"Keys": [key()]}})
