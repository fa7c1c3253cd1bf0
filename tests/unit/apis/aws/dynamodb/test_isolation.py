"""Who sees what: accounts, regions, names as ARNs, and callers who are nobody."""

import pytest

KEY = {"p": {"S": "a"}, "s": {"N": "1"}}
TABLE = "table/samples"


def uses(name, arn):
    """Every operation on a table, by this name or ARN of it."""
    return {
        "DescribeTable": {"TableName": name},
        "UpdateTable": {"TableName": name, "BillingMode": "PAY_PER_REQUEST"},
        "PutItem": {"TableName": name, "Item": KEY},
        "GetItem": {"TableName": name, "Key": KEY},
        "UpdateItem": {"TableName": name, "Key": KEY},
        "DeleteItem": {"TableName": name, "Key": KEY},
        "Query": {
            "TableName": name,
            "KeyConditionExpression": "p = :p",
            "ExpressionAttributeValues": {":p": {"S": "a"}},
        },
        "Scan": {"TableName": name},
        "BatchGetItem": {"RequestItems": {name: {"Keys": [KEY]}}},
        "BatchWriteItem": {"RequestItems": {name: [{"PutRequest": {"Item": KEY}}]}},
        "TransactGetItems": {"TransactItems": [{"Get": {"TableName": name, "Key": KEY}}]},
        "TransactWriteItems": {"TransactItems": [{"Put": {"TableName": name, "Item": KEY}}]},
        "UpdateTimeToLive": {
            "TableName": name,
            "TimeToLiveSpecification": {"AttributeName": "x", "Enabled": True},
        },
        "DescribeTimeToLive": {"TableName": name},
        "TagResource": {"ResourceArn": arn, "Tags": [{"Key": "a", "Value": "b"}]},
        "ListTagsOfResource": {"ResourceArn": arn},
        "UntagResource": {"ResourceArn": arn, "TagKeys": ["a"]},
        "DeleteTable": {"TableName": name},
    }


def arn_of(dynamodb):
    account_id = dynamodb.principal.account_id
    return f"arn:aws:dynamodb:{dynamodb.region}:{account_id}:{TABLE}"


OPERATIONS = tuple(uses("", ""))


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_table_by_its_arn(samples, operation):
    arn = arn_of(samples)
    await samples(operation, **uses(arn, arn)[operation])


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_other_accounts_see_nothing(samples, other, refused, operation):
    await samples.put(p="a", s=1)
    theirs = uses("samples", arn_of(other))[operation]
    with refused("ResourceNotFoundException") as missing:
        await other(operation, **theirs)
    await other.create("another")
    with refused("AccessDeniedException", part="is not authorized to perform: dynamodb:") as denied:
        await other(operation, **uses(arn_of(samples), arn_of(samples))[operation])
    for caught in (missing, denied):
        assert "ConditionalCheck" not in str(caught.value)
    # Whether there is such a table at all cannot be told from the answer.
    await samples("DeleteTable", TableName="samples")
    with refused("AccessDeniedException", denied.value.message):
        await other(operation, **uses(arn_of(samples), arn_of(samples))[operation])


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_other_regions_have_other_tables(samples, elsewhere, refused, operation):
    for arn in (arn_of(elsewhere), arn_of(samples)):
        name = "samples" if arn == arn_of(elsewhere) else arn
        with refused("ResourceNotFoundException"):
            await elsewhere(operation, **uses(name, arn)[operation])


@pytest.mark.parametrize("operation", [*OPERATIONS, "ListTables", "CreateTable", "DescribeLimits"])
async def test_nobody_may_do_anything(samples, anonymous, refused, operation):
    schema = {
        "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "p", "AttributeType": "S"}],
    }
    more = {
        "CreateTable": {"TableName": "samples"} | schema,
        "ListTables": {},
        "DescribeLimits": {},
    }
    for arn in (arn_of(anonymous), arn_of(samples)):
        params = (uses("samples", arn) | more)[operation]
        with refused("MissingAuthenticationTokenException"):
            await anonymous(operation, **params)


async def test_lists_are_of_the_account_and_region(samples, other, elsewhere):
    await other.create("theirs")
    await elsewhere.create("there")
    assert await samples("ListTables") == {"TableNames": ["samples"]}
    assert await other("ListTables") == {"TableNames": ["theirs"]}
    assert await elsewhere("ListTables") == {"TableNames": ["there"]}


async def test_tokens_are_of_the_account(samples, other):
    await other.create()
    put = {"TransactItems": [{"Put": {"TableName": "samples", "Item": KEY}}]}
    for each in (samples, other):
        await each("TransactWriteItems", **put, ClientRequestToken="same")
        assert (await each("Scan", TableName="samples"))["Count"] == 1


@pytest.mark.parametrize("name", ["arn:aws:dynamodb:us-east-1:1:table/x", "arn:aws:s3:::samples"])
async def test_arns_that_are_none(samples, invalid, name):
    with invalid(part="Invalid TableArn"):
        await samples("Scan", TableName=name)


async def test_describe_endpoints_and_limits(dynamodb):
    [endpoint] = (await dynamodb("DescribeEndpoints"))["Endpoints"]
    assert endpoint == {"Address": "localhost", "CachePeriodInMinutes": 1440}
    limits = await dynamodb("DescribeLimits")
    assert limits["AccountMaxReadCapacityUnits"] >= limits["TableMaxReadCapacityUnits"] > 0
