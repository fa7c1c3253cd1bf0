"""GetItem."""


def test_there_and_not_there(dynamodb, name, key):
    dynamodb.put_item(TableName=name, Item=key(color="red"))
    assert dynamodb.get_item(TableName=name, Key=key())["Item"] == key(color="red")
    assert "Item" not in dynamodb.get_item(TableName=name, Key=key(s=2))


def test_what_was_written_is_read(dynamodb, name, key):
    for number in range(20):
        dynamodb.put_item(TableName=name, Item=key(color=str(number)))
        for consistent in (False, True):
            found = dynamodb.get_item(TableName=name, Key=key(), ConsistentRead=consistent)
            assert found["Item"]["color"] == {"S": str(number)}


def test_parts(table):
    table.put_item(Item={"p": "a", "s": 1, "name": "x", "m": {"x": [1, 2, 3]}, "other": "y"})
    found = table.get_item(
        Key={"p": "a", "s": 1},
        ProjectionExpression="#n, m.x[1], nothing",
        ExpressionAttributeNames={"#n": "name"},
    )
    assert found["Item"] == {"name": "x", "m": {"x": [2]}}
    assert table.get_item(Key={"p": "a", "s": 1}, AttributesToGet=["s"])["Item"] == {"s": 1}


def test_overlapping_parts(dynamodb, name, key, refused):
    with refused(
        "ValidationException",
        "Invalid ProjectionExpression: Two document paths overlap with each other; must remove or "
        "rewrite one of these paths; path one: [m], path two: [m, x]",
    ):
        dynamodb.get_item(TableName=name, Key=key(), ProjectionExpression="m, m.x")


def test_a_key_that_does_not_fit(dynamodb, name, refused):
    with refused("ValidationException", "The provided key element does not match the schema"):
        dynamodb.get_item(TableName=name, Key={"p": {"S": "a"}})


def test_names_without_an_expression(dynamodb, name, key, refused):
    with refused(
        "ValidationException",
        "ExpressionAttributeNames can only be specified when using expressions",
    ):
        dynamodb.get_item(TableName=name, Key=key(), ExpressionAttributeNames={"#a": "a"})


def test_other_accounts_read_nothing(stranger, dynamodb, name, key, refused):
    dynamodb.put_item(TableName=name, Item=key())
    with refused("ResourceNotFoundException"):
        stranger.get_item(TableName=name, Key=key())


def test_nobody_reads_nothing(nobody, name, key, refused):
    with refused("MissingAuthenticationTokenException"):
        nobody.get_item(TableName=name, Key=key())
