"""Every DynamoDB operation asks policies, down to partitions and attributes.

Developer Guide, "Using IAM policy conditions for fine-grained access control".
"""

import uuid
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from lenticular.server.interfaces import aws_services
from lenticular.server.wiring import build_in_memory

KEY = {"person": {"S": "ada"}, "day": {"N": "1"}}
ITEM = KEY | {"weight": {"N": "60"}, "secret": {"S": "x"}}
SCHEMA = {
    "AttributeDefinitions": [
        {"AttributeName": "person", "AttributeType": "S"},
        {"AttributeName": "day", "AttributeType": "N"},
    ],
    "KeySchema": [
        {"AttributeName": "person", "KeyType": "HASH"},
        {"AttributeName": "day", "KeyType": "RANGE"},
    ],
    "BillingMode": "PAY_PER_REQUEST",
}
EXPIRY = {"Enabled": True, "AttributeName": "expires"}

# Operation: its parameters, and the action that it needs on the table (default: its own name).
OPERATIONS = {
    "batch_get_item": lambda at: {"RequestItems": {at.name: {"Keys": [KEY]}}},
    "batch_write_item": lambda at: {"RequestItems": {at.name: [{"PutRequest": {"Item": ITEM}}]}},
    "create_table": lambda at: SCHEMA | {"TableName": f"{at.name}-new"},
    "delete_item": lambda at: at.table | {"Key": KEY},
    "delete_table": lambda at: at.table,
    "describe_continuous_backups": lambda at: at.table,
    "describe_limits": lambda at: {},
    "describe_table": lambda at: at.table,
    "describe_time_to_live": lambda at: at.table,
    "get_item": lambda at: at.table | {"Key": KEY},
    "list_tables": lambda at: {},
    "list_tags_of_resource": lambda at: {"ResourceArn": at.arn},
    "put_item": lambda at: at.table | {"Item": ITEM},
    "query": lambda at: at.table | at.query,
    "scan": lambda at: at.table,
    "tag_resource": lambda at: {"ResourceArn": at.arn, "Tags": [{"Key": "a", "Value": "b"}]},
    "transact_get_items": lambda at: {"TransactItems": [{"Get": at.table | {"Key": KEY}}]},
    "transact_write_items": lambda at: {"TransactItems": [{"Put": at.table | {"Item": ITEM}}]},
    "untag_resource": lambda at: {"ResourceArn": at.arn, "TagKeys": ["a"]},
    "update_item": lambda at: at.table | {"Key": KEY},
    "update_table": lambda at: at.table | {"DeletionProtectionEnabled": False},
    "update_time_to_live": lambda at: at.table | {"TimeToLiveSpecification": EXPIRY},
}
ACTIONS = {"transact_get_items": "GetItem", "transact_write_items": "PutItem"}
WITHOUT_PERMISSION = {"describe_endpoints"}


def allow(actions, resource, **more):
    named = [f"dynamodb:{action}" for action in actions]
    statement = {"Effect": "Allow", "Action": named, "Resource": resource, **more}
    return {"Version": "2012-10-17", "Statement": statement}


@pytest.fixture
def at(dynamodb):
    """A table of the account with an item."""
    name = f"weights-{uuid.uuid4().hex[:12]}"
    arn = dynamodb.create_table(TableName=name, **SCHEMA)["TableDescription"]["TableArn"]
    dynamodb.put_item(TableName=name, Item=ITEM)
    query = {
        "KeyConditionExpression": "person = :who",
        "ExpressionAttributeValues": {":who": {"S": "ada"}},
    }
    return SimpleNamespace(name=name, arn=arn, table={"TableName": name}, query=query)


@pytest.fixture
def user(aws, cloud):
    """``user(documents...)``: DynamoDB as a new user with these policies."""

    def make(*policies):
        name = f"student-{uuid.uuid4().hex[:12]}"
        return aws("dynamodb", cloud.create_user(name, policies=policies))

    return make


def refused(client, operation, **parameters):
    try:
        getattr(client, operation)(**parameters)
    except ClientError as error:
        if error.response["Error"]["Code"] == "AccessDeniedException":
            return True
        raise
    return False


def test_every_operation_is_listed_here():
    handlers = {service.name: set(service.handlers) for service in aws_services(build_in_memory())}
    assert set(OPERATIONS) | WITHOUT_PERMISSION == handlers["dynamodb"]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_needs_its_action_and_no_more(at, user, operation):
    parameters = OPERATIONS[operation](at)
    default = "".join(word.capitalize() for word in operation.split("_"))
    action = ACTIONS.get(operation, default)
    resource = "*" if operation in ("list_tables", "describe_limits") else f"{at.arn}*"
    assert refused(user(), operation, **parameters)
    elsewhere = allow(["*"], f"{at.arn}-other")
    assert refused(user(elsewhere), operation, **parameters)
    assert not refused(user(allow([action], resource)), operation, **parameters)


def test_each_table_of_a_batch_is_asked_for(at, user, dynamodb):
    name = f"{at.name}-two"
    dynamodb.create_table(TableName=name, **SCHEMA)
    client = user(allow(["BatchGetItem"], at.arn))
    both = {at.name: {"Keys": [KEY]}, name: {"Keys": [KEY]}}
    assert not refused(client, "batch_get_item", RequestItems={at.name: {"Keys": [KEY]}})
    assert refused(client, "batch_get_item", RequestItems=both)


def test_an_index_is_a_resource_of_its_own(at, user, dynamodb):
    name = f"{at.name}-indexed"
    index = {
        "IndexName": "by-day",
        "KeySchema": [{"AttributeName": "day", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    made = dynamodb.create_table(TableName=name, **SCHEMA, GlobalSecondaryIndexes=[index])
    arn = made["TableDescription"]["TableArn"]
    client = user(allow(["Scan"], f"{arn}/index/by-day"))
    assert not refused(client, "scan", TableName=name, IndexName="by-day")
    assert refused(client, "scan", TableName=name)


LEADING = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["ada"]}}
OTHER = {"person": {"S": "bob"}, "day": {"N": "1"}}


def test_a_partition_of_ones_own(at, user):
    reading = {"Null": {"dynamodb:LeadingKeys": "false"}}
    policy = allow(["*"], at.arn, Condition=LEADING | reading)
    client = user(policy)
    assert not refused(client, "get_item", **at.table, Key=KEY)
    assert refused(client, "get_item", **at.table, Key=OTHER)
    assert not refused(client, "put_item", **at.table, Item=ITEM)
    assert refused(client, "put_item", **at.table, Item=OTHER)
    assert not refused(client, "query", **at.table, **at.query)
    values = {":who": {"S": "bob"}}
    assert refused(
        client, "query", **at.table, **(at.query | {"ExpressionAttributeValues": values})
    )
    legacy = {
        "person": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "bob"}]},
    }
    assert refused(client, "query", **at.table, KeyConditions=legacy)
    mixed = {at.name: {"Keys": [KEY, OTHER]}}
    assert refused(client, "batch_get_item", RequestItems=mixed)
    puts = [{"PutRequest": {"Item": ITEM}}, {"DeleteRequest": {"Key": OTHER}}]
    assert refused(client, "batch_write_item", RequestItems={at.name: puts})
    items = [{"Put": at.table | {"Item": OTHER}}]
    assert refused(client, "transact_write_items", TransactItems=items)
    assert refused(client, "scan", **at.table)


def test_some_attributes_only(at, user):
    condition = {
        "ForAllValues:StringEquals": {"dynamodb:Attributes": ["person", "day", "weight"]},
        "StringEqualsIfExists": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"},
        "Null": {"dynamodb:Attributes": "false"},
    }
    client = user(allow(["GetItem", "Query", "UpdateItem"], at.arn, Condition=condition))
    shown = {"ProjectionExpression": "weight"}
    assert not refused(client, "get_item", **at.table, Key=KEY, **shown)
    assert refused(client, "get_item", **at.table, Key=KEY, ProjectionExpression="weight, secret")
    named = {"ProjectionExpression": "#s", "ExpressionAttributeNames": {"#s": "secret"}}
    assert refused(client, "get_item", **at.table, Key=KEY, **named)
    assert refused(client, "get_item", **at.table, Key=KEY, AttributesToGet=["secret"])
    filtered = {
        "FilterExpression": "begins_with(secret, :a)",
        "ExpressionAttributeValues": at.query["ExpressionAttributeValues"] | {":a": {"S": "x"}},
    }
    assert refused(client, "query", **at.table, **(at.query | shown | filtered))
    assert refused(
        client,
        "update_item",
        **at.table,
        Key=KEY,
        UpdateExpression="SET weight = :w, secret = :w",
        ExpressionAttributeValues={":w": {"N": "1"}},
    )
    assert not refused(
        client,
        "update_item",
        **at.table,
        Key=KEY,
        UpdateExpression="SET weight = if_not_exists(weight, :w)",
        ExpressionAttributeValues={":w": {"N": "1"}},
    )
