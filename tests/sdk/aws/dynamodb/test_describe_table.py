"""DescribeTable."""

from datetime import UTC, datetime, timedelta


def test_what_it_tells(dynamodb, make_table):
    table = make_table({"p": "S"}, {"by_color": ("color",)}, projection="KEYS_ONLY", color="S")
    for number in range(3):
        table.put_item(Item={"p": str(number), "color": "red"} if number else {"p": "0"})
    found = dynamodb.describe_table(TableName=table.name)["Table"]
    assert (found["TableName"], found["TableStatus"]) == (table.name, "ACTIVE")
    assert (found["ItemCount"], found["TableSizeBytes"]) == (3, 2 + 2 * 10)
    assert found["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert found["TableArn"].endswith(f":table/{table.name}")
    assert datetime.now(UTC) - found["CreationDateTime"] < timedelta(minutes=5)
    [index] = found["GlobalSecondaryIndexes"]
    assert (index["IndexName"], index["IndexStatus"]) == ("by_color", "ACTIVE")
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}
    assert index["ItemCount"] == 2


def test_by_arn(dynamodb, name):
    arn = dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
    assert dynamodb.describe_table(TableName=arn)["Table"]["TableName"] == name


def test_a_table_that_is_not_there(dynamodb, refused):
    message = "Requested resource not found: Table: missing not found"
    with refused("ResourceNotFoundException", message):
        dynamodb.describe_table(TableName="missing")


def test_a_table_of_another_account(dynamodb, stranger, name, refused):
    arn = dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
    with refused("ResourceNotFoundException"):
        stranger.describe_table(TableName=name)
    with refused("AccessDeniedException"):
        stranger.describe_table(TableName=arn)
