"""DeleteTable."""


def test_the_name_is_free_at_once(dynamodb, table, cloud):
    for number in range(50):
        table.put_item(Item={"p": "a", "s": number})
    definition = {
        "TableName": table.name,
        "KeySchema": table.key_schema,
        "AttributeDefinitions": table.attribute_definitions,
        "BillingMode": "PAY_PER_REQUEST",
    }
    deleted = dynamodb.delete_table(TableName=table.name)["TableDescription"]
    assert deleted["TableStatus"] == "DELETING"
    dynamodb.get_waiter("table_not_exists").wait(TableName=table.name)
    dynamodb.create_table(**definition)
    assert table.scan()["Items"] == []
    table.put_item(Item={"p": "new", "s": 1})
    cloud.run(cloud.engines.tables.settle())
    assert table.scan()["Items"] == [{"p": "new", "s": 1}]


def test_a_protected_table(dynamodb, name, refused):
    dynamodb.update_table(TableName=name, DeletionProtectionEnabled=True)
    with refused("ValidationException"):
        dynamodb.delete_table(TableName=name)
    dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
    dynamodb.delete_table(TableName=name)


def test_a_table_that_is_not_there(dynamodb, refused):
    message = "Requested resource not found: Table: missing not found"
    with refused("ResourceNotFoundException", message):
        dynamodb.delete_table(TableName="missing")


def test_a_table_of_another_account(dynamodb, stranger, name, refused):
    with refused("ResourceNotFoundException"):
        stranger.delete_table(TableName=name)
    dynamodb.describe_table(TableName=name)
