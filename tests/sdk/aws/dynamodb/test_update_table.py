"""UpdateTable."""

import threading

import pytest
from boto3.dynamodb.conditions import Key

BY_COLOR = {
    "AttributeDefinitions": [{"AttributeName": "color", "AttributeType": "S"}],
    "GlobalSecondaryIndexUpdates": [
        {
            "Create": {
                "IndexName": "by_color",
                "KeySchema": [{"AttributeName": "color", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        }
    ],
}


@pytest.fixture
def until_active(dynamodb, cloud):
    def wait(name):
        cloud.run(cloud.engines.tables.settle())
        found = dynamodb.describe_table(TableName=name)["Table"]
        assert found["TableStatus"] == "ACTIVE"
        return found

    return wait


def test_an_index_over_what_is_there(dynamodb, table, until_active):
    for number in range(500):
        table.put_item(Item={"p": str(number), "s": 1, "color": "red" if number % 2 else "blue"})
    updated = dynamodb.update_table(TableName=table.name, **BY_COLOR)["TableDescription"]
    assert updated["TableStatus"] == "UPDATING"
    assert updated["GlobalSecondaryIndexes"][0]["IndexStatus"] == "CREATING"
    found = until_active(table.name)
    assert found["GlobalSecondaryIndexes"][0]["ItemCount"] == 500
    red = {"IndexName": "by_color", "KeyConditionExpression": Key("color").eq("red")}
    assert table.query(**red)["Count"] == 250


def test_an_index_while_others_write(dynamodb, table, until_active):
    def write(start):
        for number in range(start, start + 100):
            table.put_item(Item={"p": str(number), "s": 1, "color": "red"})
            if number % 4 == 0:
                table.delete_item(Key={"p": str(number), "s": 1})

    write(0)
    writers = [threading.Thread(target=write, args=(start,)) for start in (100, 200, 300)]
    for writer in writers:
        writer.start()
    dynamodb.update_table(TableName=table.name, **BY_COLOR)
    for writer in writers:
        writer.join()
    until_active(table.name)
    in_table = sorted(item["p"] for item in table.scan()["Items"])
    in_index = sorted(item["p"] for item in table.scan(IndexName="by_color")["Items"])
    assert in_index == in_table
    assert len(in_table) == 300


def test_an_index_goes(dynamodb, table, refused, until_active):
    dynamodb.update_table(TableName=table.name, **BY_COLOR)
    until_active(table.name)
    delete = [{"Delete": {"IndexName": "by_color"}}]
    dynamodb.update_table(TableName=table.name, GlobalSecondaryIndexUpdates=delete)
    with refused("ValidationException", "The table does not have the specified index: by_color"):
        table.scan(IndexName="by_color")


def test_settings(dynamodb, name):
    units = {"ReadCapacityUnits": 3, "WriteCapacityUnits": 4}
    provisioned = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": units}
    dynamodb.update_table(TableName=name, **provisioned, DeletionProtectionEnabled=True)
    found = dynamodb.describe_table(TableName=name)["Table"]
    assert found["ProvisionedThroughput"]["ReadCapacityUnits"] == 3
    assert found["DeletionProtectionEnabled"] is True
    dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)


def test_nothing_to_do(dynamodb, name, refused):
    with refused("ValidationException"):
        dynamodb.update_table(TableName=name)
