"""CreateTable, DescribeTable, ListTables, UpdateTable, DeleteTable."""

import pytest

INVALID = "One or more parameter values were invalid: "
P = {"AttributeName": "p", "KeyType": "HASH"}
S = {"AttributeName": "s", "KeyType": "RANGE"}
P_S = {"AttributeName": "p", "AttributeType": "S"}
S_N = {"AttributeName": "s", "AttributeType": "N"}
ALL = {"ProjectionType": "ALL"}
UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6}
PLAIN = {
    "TableName": "samples",
    "KeySchema": [P],
    "AttributeDefinitions": [P_S],
    "BillingMode": "PAY_PER_REQUEST",
}


def index(name="i", schema=(P,), projection=ALL, **more):
    return {"IndexName": name, "KeySchema": list(schema), "Projection": projection} | more


async def test_a_new_table(dynamodb):
    made = (await dynamodb("CreateTable", **PLAIN))["TableDescription"]
    account_id = dynamodb.principal.account_id
    assert made.pop("CreationDateTime") > 0
    assert len(made.pop("TableId")) == 36
    assert made == {
        "AttributeDefinitions": [P_S],
        "TableName": "samples",
        "KeySchema": [P],
        "TableStatus": "CREATING",
        "ProvisionedThroughput": {
            "NumberOfDecreasesToday": 0,
            "ReadCapacityUnits": 0,
            "WriteCapacityUnits": 0,
        },
        "TableArn": f"arn:aws:dynamodb:us-east-1:{account_id}:table/samples",
        "TableSizeBytes": 0,
        "ItemCount": 0,
        "DeletionProtectionEnabled": False,
        "BillingModeSummary": made["BillingModeSummary"],
    }
    assert made["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    described = (await dynamodb("DescribeTable", TableName="samples"))["Table"]
    assert described["TableStatus"] == "ACTIVE"


async def test_everything_that_is_kept(dynamodb):
    await dynamodb(
        "CreateTable",
        TableName="samples",
        KeySchema=[P, S],
        AttributeDefinitions=[P_S, S_N],
        ProvisionedThroughput=UNITS,
        LocalSecondaryIndexes=[index("local", (P, S), {"ProjectionType": "KEYS_ONLY"})],
        GlobalSecondaryIndexes=[
            index(
                "global",
                ({"AttributeName": "s", "KeyType": "HASH"},),
                {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["x"]},
                ProvisionedThroughput=UNITS,
            )
        ],
        TableClass="STANDARD_INFREQUENT_ACCESS",
        SSESpecification={"Enabled": True},
        StreamSpecification={"StreamEnabled": False},
        DeletionProtectionEnabled=True,
        Tags=[{"Key": "a", "Value": "b"}],
    )
    await dynamodb.put(p="a", s=1)
    table = (await dynamodb("DescribeTable", TableName="samples"))["Table"]
    assert table["ProvisionedThroughput"] == UNITS | {"NumberOfDecreasesToday": 0}
    assert "BillingModeSummary" not in table
    assert table["TableClassSummary"] == {"TableClass": "STANDARD_INFREQUENT_ACCESS"}
    assert table["SSEDescription"] == {"Status": "ENABLED", "SSEType": "KMS"}
    assert table["DeletionProtectionEnabled"] is True
    assert (table["ItemCount"], table["TableSizeBytes"]) == (1, 5)
    assert table["LocalSecondaryIndexes"] == [
        {
            "IndexName": "local",
            "KeySchema": [P, S],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
            "IndexArn": table["TableArn"] + "/index/local",
            "IndexSizeBytes": 5,
            "ItemCount": 1,
        }
    ]
    assert table["GlobalSecondaryIndexes"] == [
        {
            "IndexName": "global",
            "KeySchema": [{"AttributeName": "s", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["x"]},
            "IndexStatus": "ACTIVE",
            "ProvisionedThroughput": UNITS | {"NumberOfDecreasesToday": 0},
            "IndexArn": table["TableArn"] + "/index/global",
            "IndexSizeBytes": 5,
            "ItemCount": 1,
        }
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"KeySchema": [{"AttributeName": "q", "KeyType": "HASH"}]}, INVALID + "Some index key "
         "attributes are not defined in AttributeDefinitions. Keys: [q], AttributeDefinitions: "
         "[p]"),
        ({"KeySchema": [{"AttributeName": "p", "KeyType": "RANGE"}]},
         "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"),
        ({"KeySchema": [P, P], "AttributeDefinitions": [P_S, S_N]}, "Both the Hash Key and the "
         "Range Key element in the KeySchema have the same name"),
        ({"KeySchema": [P, S | {"KeyType": "HASH"}], "AttributeDefinitions": [P_S, S_N]},
         "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"),
        ({"KeySchema": [P, S]}, "Invalid KeySchema: Some index key attribute have no definition"),
        ({"AttributeDefinitions": [P_S, S_N]}, INVALID + "Number of attributes in KeySchema does "
         "not exactly match number of attributes defined in AttributeDefinitions"),
        ({"AttributeDefinitions": [P_S, P_S]}, INVALID + "Cannot have two attributes with the same "
         "name: Duplicate AttributeName in AttributeDefinitions: p"),
        ({"BillingMode": "PROVISIONED"}, INVALID + "ReadCapacityUnits and WriteCapacityUnits must "
         "both be specified when BillingMode is PROVISIONED"),
        ({"ProvisionedThroughput": UNITS}, INVALID + "Neither ReadCapacityUnits nor "
         "WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"),
        ({"BillingMode": "PROVISIONED", "ProvisionedThroughput": UNITS | {
            "ReadCapacityUnits": 1_000_000_000_001}},
         "Given value 1000000000001 for ReadCapacityUnits is out of bounds"),
        ({"GlobalSecondaryIndexes": []}, INVALID + "List of GlobalSecondaryIndexes is empty"),
        ({"LocalSecondaryIndexes": []}, INVALID + "List of LocalSecondaryIndexes is empty"),
        ({"LocalSecondaryIndexes": [index("loc", (P, S))]}, INVALID + "Table KeySchema does not "
         "have a range key, which is required when specifying a LocalSecondaryIndex"),
        ({"GlobalSecondaryIndexes": [index("one"), index("one")]},
         INVALID + "Duplicate index name: one"),
        ({"GlobalSecondaryIndexes": [index(f"i{n:02}") for n in range(21)]},
         INVALID + "GlobalSecondaryIndex count exceeds the per-table limit of 20"),
        ({"GlobalSecondaryIndexes": [index("one", projection={})]},
         INVALID + "Unknown ProjectionType: null"),
        ({"GlobalSecondaryIndexes": [index("one", projection={"ProjectionType": "INCLUDE"})]},
         INVALID + "ProjectionType is INCLUDE, but NonKeyAttributes is not specified"),
        ({"GlobalSecondaryIndexes": [index("one", projection=ALL | {"NonKeyAttributes": ["x"]})]},
         INVALID + "ProjectionType is ALL, but NonKeyAttributes is specified"),
        ({"GlobalSecondaryIndexes": [index("one", ProvisionedThroughput=UNITS)]}, INVALID +
         "ProvisionedThroughput should not be specified for index: one when BillingMode is "
         "PAY_PER_REQUEST"),
        ({"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}}, INVALID +
         "StreamSpecification: streams of tables are not there yet in this cloud: leave "
         "StreamSpecification out, or set StreamEnabled to false"),
        ({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]},
         "Duplicate tag key found: a"),
    ],
)  # fmt: skip
async def test_tables_that_cannot_be(dynamodb, invalid, changes, message):
    with invalid(message):
        await dynamodb("CreateTable", **PLAIN | changes)
    assert (await dynamodb("ListTables"))["TableNames"] == []


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("ab", "Member must have length greater than or equal to 3"),
        ("a" * 256, "Member must have length less than or equal to 255"),
        ("a b c", "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"),
        ("tablé", "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"),
    ],
)
async def test_names_that_cannot_be(dynamodb, invalid, name, part):
    with invalid(part=part):
        await dynamodb("CreateTable", **PLAIN | {"TableName": name})


async def test_a_name_once(samples, refused):
    with refused("ResourceInUseException", "Table already exists: samples"):
        await samples("CreateTable", **PLAIN)


async def test_local_indexes_at_most_five(dynamodb, invalid):
    names = [f"local{number}" for number in range(6)]
    with invalid(INVALID + "Number of LocalSecondaryIndexes exceeds per-table limit of 5"):
        await dynamodb.create(local=[(name, "p", "s") for name in names])
    await dynamodb.create(local=[(name, "p", "s") for name in names[:5]])


async def test_names_in_pages(dynamodb):
    names = [f"table{number}" for number in range(5)]
    for name in names[::-1]:
        await dynamodb.create(name)
    assert await dynamodb("ListTables") == {"TableNames": names}
    assert await dynamodb("ListTables", Limit=2) == {
        "TableNames": names[:2],
        "LastEvaluatedTableName": names[1],
    }
    rest = await dynamodb("ListTables", ExclusiveStartTableName=names[1])
    assert rest == {"TableNames": names[2:]}


async def test_deleted_tables(samples, refused):
    gone = "Requested resource not found: Table: samples not found"
    await samples.put(p="a", s=1)
    description = (await samples("DeleteTable", TableName="samples"))["TableDescription"]
    assert description["TableStatus"] == "DELETING"
    assert "KeySchema" not in description
    for operation in ("DescribeTable", "DeleteTable"):
        with refused("ResourceNotFoundException", gone):
            await samples(operation, TableName="samples")
    await samples.create()
    assert (await samples("Scan", TableName="samples"))["Items"] == []


async def test_protected_tables(samples, invalid):
    await samples("UpdateTable", TableName="samples", DeletionProtectionEnabled=True)
    with invalid(
        "Resource cannot be deleted as it is currently protected against deletion. "
        "Disable deletion protection first."
    ):
        await samples("DeleteTable", TableName="samples")
    await samples("UpdateTable", TableName="samples", DeletionProtectionEnabled=False)
    await samples("DeleteTable", TableName="samples")


def creating(name="by_x", **more):
    schema = [{"AttributeName": "x", "KeyType": "HASH"}]
    return {
        "AttributeDefinitions": [{"AttributeName": "x", "AttributeType": "S"}],
        "GlobalSecondaryIndexUpdates": [{"Create": index(name, schema, **more)}],
    }


async def test_indexes_come_and_go(samples, tables):
    await samples.put(p="a", s=1, x="x")
    updated = await samples("UpdateTable", TableName="samples", **creating())
    description = updated["TableDescription"]
    assert description["TableStatus"] == "UPDATING"
    assert description["GlobalSecondaryIndexes"][0]["IndexStatus"] == "CREATING"
    await tables.settle()
    described = (await samples("DescribeTable", TableName="samples"))["Table"]
    assert described["TableStatus"] == "ACTIVE"
    assert described["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE"
    assert described["GlobalSecondaryIndexes"][0]["ItemCount"] == 1
    scanned = await samples("Scan", TableName="samples", IndexName="by_x")
    assert scanned["Count"] == 1
    delete = [{"Delete": {"IndexName": "by_x"}}]
    await samples("UpdateTable", TableName="samples", GlobalSecondaryIndexUpdates=delete)
    described = (await samples("DescribeTable", TableName="samples"))["Table"]
    assert "GlobalSecondaryIndexes" not in described


async def test_an_index_that_is_being_made(samples, refused, tables):
    await samples.put(p="a", s=1, x="x")
    await samples("UpdateTable", TableName="samples", **creating())
    with refused("ValidationException",
                 "Cannot read from backfilling global secondary index: by_x"):  # fmt: skip
        await samples("Scan", TableName="samples", IndexName="by_x")
    with refused("ResourceInUseException"):
        await samples("UpdateTable", TableName="samples", **creating("other"))
    with refused("ResourceInUseException"):
        await samples("DeleteTable", TableName="samples")
    await tables.settle()
    await samples("UpdateTable", TableName="samples", **creating("other"))


@pytest.mark.parametrize(
    ("params", "code", "message"),
    [
        ({}, "ValidationException", "At least one of ProvisionedThroughput, BillingMode, "
         "UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates "
         "is required"),
        (creating() | {"GlobalSecondaryIndexUpdates": [{}]}, "ValidationException", INVALID +
         "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
         "GlobalSecondaryIndexUpdate.Delete must not be null"),
        ({"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "none"}}]},
         "ResourceNotFoundException", "Requested resource not found"),
        ({"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "one"}},
                                          {"Delete": {"IndexName": "two"}}]},
         "LimitExceededException", "Subscriber limit exceeded: Only 1 online index can be created "
         "or deleted simultaneously per table"),
        ({"BillingMode": "PROVISIONED"}, "ValidationException", INVALID + "ProvisionedThroughput "
         "must be specified when BillingMode is PROVISIONED"),
        ({"StreamSpecification": {"StreamEnabled": True}}, "ValidationException", None),
    ],
)  # fmt: skip
async def test_updates_that_cannot_be(samples, refused, params, code, message):
    with refused(code, message):
        await samples("UpdateTable", TableName="samples", **params)


async def test_billing_modes(samples, invalid):
    provisioned = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": UNITS}
    await samples("UpdateTable", TableName="samples", **provisioned)
    table = (await samples("DescribeTable", TableName="samples"))["Table"]
    assert table["ProvisionedThroughput"]["WriteCapacityUnits"] == 6
    assert table["ProvisionedThroughput"]["LastIncreaseDateTime"] > 0
    assert table["BillingModeSummary"]["BillingMode"] == "PROVISIONED"
    with invalid(part="The provisioned throughput for the table will not change."):
        await samples("UpdateTable", TableName="samples", ProvisionedThroughput=UNITS)
    await samples("UpdateTable", TableName="samples", BillingMode="PAY_PER_REQUEST")
    table = (await samples("DescribeTable", TableName="samples"))["Table"]
    assert table["ProvisionedThroughput"]["WriteCapacityUnits"] == 0


async def test_missing_parameters(dynamodb, invalid):
    with invalid(part="Value null at 'attributeDefinitions' failed to satisfy constraint: "
                 "Member must not be null"):  # fmt: skip
        await dynamodb("CreateTable", TableName="samples")
