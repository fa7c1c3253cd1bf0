"""PutItem, GetItem, UpdateItem, DeleteItem: results, and every refusal in its words."""

import pytest

INVALID = "One or more parameter values were invalid: "
KEY = {"p": {"S": "a"}, "s": {"N": "1"}}
ITEM = KEY | {"x": {"S": "old"}, "n": {"N": "1"}}
CONDITION_FAILED = ("ConditionalCheckFailedException", "The conditional request failed")


@pytest.fixture
async def one(samples):
    """Operations on the one item of the table."""
    await samples("PutItem", TableName="samples", Item=ITEM)

    async def run(operation, **params):
        if operation != "PutItem":
            params.setdefault("Key", KEY)
        return await samples(operation, TableName="samples", **params)

    return run


async def test_put_and_get(one):
    assert await one("PutItem", Item=ITEM) == {}
    assert await one("GetItem") == {"Item": ITEM}
    missing = {"p": {"S": "a"}, "s": {"N": "2"}}
    assert await one("GetItem", Key=missing) == {}
    some = await one(
        "GetItem", ProjectionExpression="#p, x, y", ExpressionAttributeNames={"#p": "p"}
    )
    assert some == {"Item": {"p": {"S": "a"}, "x": {"S": "old"}}}
    assert await one("GetItem", AttributesToGet=["n"]) == {"Item": {"n": {"N": "1"}}}
    assert await one("GetItem", ProjectionExpression="y") == {"Item": {}}


async def test_values_come_back_as_dynamodb_writes_them(one):
    given = {
        "number": {"N": "1.50e2"},
        "bytes": {"B": "AAEC/w=="},
        "set": {"NS": ["1.0", "2"]},
        "deep": {"L": [{"M": {"null": {"NULL": True}, "no": {"BOOL": False}, "": {"S": ""}}}]},
        "é🦋": {"S": 'line\nbreak "quoted" \\ é🦋'},
        "empty": {"L": []},
    }
    await one("PutItem", Item=KEY | given)
    written = {"number": {"N": "150"}, "set": {"NS": ["1", "2"]}}
    assert (await one("GetItem"))["Item"] == KEY | given | written


@pytest.mark.parametrize("operation", ["PutItem", "DeleteItem"])
async def test_old_values_return(one, operation):
    params = {"Item": KEY} if operation == "PutItem" else {}
    assert await one(operation, ReturnValues="ALL_OLD", **params) == {"Attributes": ITEM}
    expected = {"Attributes": KEY} if operation == "PutItem" else {}
    assert await one(operation, ReturnValues="ALL_OLD", **params) == expected
    assert await one(operation, ReturnValues="NONE", **params) == {}


@pytest.mark.parametrize(
    ("wanted", "attributes"),
    [
        ("NONE", None),
        ("ALL_OLD", ITEM),
        ("UPDATED_OLD", {"n": {"N": "1"}, "x": {"S": "old"}}),
        ("ALL_NEW", KEY | {"n": {"N": "2"}, "new": {"M": {"y": {"S": "y"}}}}),
        ("UPDATED_NEW", {"n": {"N": "2"}, "new": {"M": {"y": {"S": "y"}}}}),
    ],
)
async def test_what_updates_return(one, wanted, attributes):
    updated = await one(
        "UpdateItem",
        UpdateExpression="ADD n :one SET #new = :new REMOVE x",
        ExpressionAttributeNames={"#new": "new"},
        ExpressionAttributeValues={":one": {"N": "1"}, ":new": {"M": {"y": {"S": "y"}}}},
        ReturnValues=wanted,
    )
    assert updated.get("Attributes") == attributes


async def test_updates_of_parts_return_parts(one):
    await one("PutItem", Item=KEY | {"m": {"M": {"a": {"N": "1"}, "b": {"N": "2"}}}})
    updated = await one(
        "UpdateItem",
        UpdateExpression="SET m.a = :v",
        ExpressionAttributeValues={":v": {"N": "9"}},
        ReturnValues="UPDATED_NEW",
    )
    assert updated == {"Attributes": {"m": {"M": {"a": {"N": "9"}}}}}


@pytest.mark.parametrize(
    ("params", "made"),
    [
        ({}, KEY),
        ({"AttributeUpdates": {}}, KEY),
        ({"UpdateExpression": "REMOVE x"}, None),
        ({"UpdateExpression": "REMOVE x.y, z[0]"}, None),
        ({"AttributeUpdates": {"x": {"Action": "DELETE"}}}, None),
        ({"UpdateExpression": "DELETE x :v",
          "ExpressionAttributeValues": {":v": {"SS": ["a"]}}}, None),
        ({"UpdateExpression": "SET x = :v REMOVE y",
          "ExpressionAttributeValues": {":v": {"S": "v"}}}, KEY | {"x": {"S": "v"}}),
    ],
)  # fmt: skip
async def test_updates_of_nothing(one, params, made):
    await one("DeleteItem")
    updated = await one("UpdateItem", **params, ReturnValues="ALL_NEW")
    assert updated.get("Attributes") == made
    assert (await one("GetItem")).get("Item") == made


@pytest.mark.parametrize("operation", ["PutItem", "UpdateItem", "DeleteItem"])
async def test_failed_conditions(one, refused, operation):
    params = {"Item": KEY} if operation == "PutItem" else {}
    params["ConditionExpression"] = "attribute_not_exists(p)"
    with refused(*CONDITION_FAILED) as failed:
        await one(operation, **params)
    assert "Item" not in failed.value.document
    with refused(*CONDITION_FAILED) as failed:
        await one(operation, **params, ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert failed.value.document["Item"] == ITEM
    assert await one("GetItem") == {"Item": ITEM}


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ({}, "The provided key element does not match the schema"),
        ({"p": {"S": "a"}}, "The provided key element does not match the schema"),
        (KEY | {"x": {"S": "a"}}, "The provided key element does not match the schema"),
        ({"p": {"S": "a"}, "s": {"S": "1"}}, "The provided key element does not match the schema"),
        ({"p": {"S": ""}, "s": {"N": "1"}}, "One or more parameter values are not valid. The "
         "AttributeValue for a key attribute cannot contain an empty string value. Key: p"),
        ({"p": {"S": "a" * 2049}, "s": {"N": "1"}},
         INVALID + "Size of hashkey has exceeded the maximum size limit of2048 bytes"),
        ({"p": {"S": "a"}, "s": {"N": "x"}}, "The parameter cannot be converted to a numeric "
         "value: x"),
        ({"p": {"S": "a"}, "s": {}}, "Supplied AttributeValue is empty, must contain exactly one "
         "of the supported datatypes"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("operation", ["GetItem", "UpdateItem", "DeleteItem"])
async def test_keys_that_cannot_be(one, invalid, operation, key, message):
    with invalid(message):
        await one(operation, Key=key)


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({"s": {"N": "1"}}, INVALID + "Missing the key p in the item"),
        ({"p": {"S": "a"}}, INVALID + "Missing the key s in the item"),
        ({"p": {"N": "1"}, "s": {"N": "1"}}, INVALID + "Type mismatch for key p expected: S "
         "actual: N"),
        ({"p": {"S": ""}, "s": {"N": "1"}}, "One or more parameter values are not valid. The "
         "AttributeValue for a key attribute cannot contain an empty string value. Key: p"),
        (KEY | {"x": {}}, "Supplied AttributeValue is empty, must contain exactly one of the "
         "supported datatypes"),
        (KEY | {"x": {"S": "a", "N": "1"}}, "Supplied AttributeValue has more than one datatypes "
         "set, must contain exactly one of the supported datatypes"),
        (KEY | {"x": {"NULL": False}}, INVALID + "Null attribute value types must have the value "
         "of true"),
        (KEY | {"x": {"SS": []}}, INVALID + "An string set  may not be empty"),
        (KEY | {"x": {"NS": []}}, INVALID + "An number set  may not be empty"),
        (KEY | {"x": {"BS": []}}, INVALID + "Binary sets should not be empty"),
        (KEY | {"x": {"SS": ["a", "a"]}}, INVALID + "Input collection [a, a] contains duplicates."),
        (KEY | {"x": {"NS": ["1", "1.0"]}}, "Input collection contains duplicates"),
        (KEY | {"x": {"BS": ["YQ==", "YQ=="]}}, INVALID + "Input collection [YQ==, YQ==]of type "
         "BS contains duplicates."),
        (KEY | {"x": {"N": ""}}, "The parameter cannot be converted to a numeric value"),
        (KEY | {"x": {"N": "1" * 39}}, "Attempting to store more than 38 significant digits in a "
         "Number"),
        (KEY | {"x": {"N": "1e126"}}, "Number overflow. Attempting to store a number with "
         "magnitude larger than supported range"),
        (KEY | {"x": {"N": "1e-131"}}, "Number underflow. Attempting to store a number with "
         "magnitude smaller than supported range"),
        (KEY | {"x": {"S": "a" * 400 * 1024}}, "Item size has exceeded the maximum allowed size"),
        (KEY | {"": {"S": "a"}}, INVALID + "Empty attribute name"),
    ],
)  # fmt: skip
async def test_items_that_cannot_be(one, invalid, item, message):
    with invalid(message):
        await one("PutItem", Item=item)
    assert await one("GetItem") == {"Item": ITEM}


async def test_nesting_up_to_32_levels(one, invalid):
    value = {"S": "x"}
    for _ in range(32):
        value = {"L": [value]}
    await one("PutItem", Item=KEY | {"x": value})
    with invalid("Nesting Levels have exceeded supported limits: Attributes in the item have "
                 "nested levels beyond supported limit"):  # fmt: skip
        await one("PutItem", Item=KEY | {"x": {"L": [value]}})


@pytest.mark.parametrize("operation", ["PutItem", "DeleteItem"])
@pytest.mark.parametrize("wanted", ["ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"])
async def test_returns_of_updates_only(one, invalid, operation, wanted):
    params = {"Item": KEY} if operation == "PutItem" else {}
    with invalid("ReturnValues can only be ALL_OLD or NONE"):
        await one(operation, **params, ReturnValues=wanted)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"ExpressionAttributeNames": {"#x": "x"}},
         "ExpressionAttributeNames can only be specified when using expressions"),
        ({"ExpressionAttributeValues": {":x": {"S": "x"}}},
         "ExpressionAttributeValues can only be specified when using expressions: "
         "ConditionExpression is null"),
        ({"ConditionExpression": "attribute_exists(p)",
          "ExpressionAttributeValues": {":x": {"S": "x"}}},
         "Value provided in ExpressionAttributeValues unused in expressions: keys: {:x}"),
        ({"ConditionExpression": "attribute_exists(p)",
          "ExpressionAttributeNames": {"#x": "x", "#y": "y"}},
         "Value provided in ExpressionAttributeNames unused in expressions: keys: {#x, #y}"),
        ({"ConditionExpression": "x = :x", "ExpressionAttributeValues": {"x": {"S": "x"}}},
         'ExpressionAttributeValues contains invalid key: Syntax error; key: "x"'),
        ({"ConditionExpression": "x = :x", "ExpressionAttributeValues": {":x": {"N": "x"}}},
         "ExpressionAttributeValues contains invalid value: The parameter cannot be converted to "
         "a numeric value: x for key :x"),
        ({"ConditionExpression": "x = :x", "ExpressionAttributeValues": {}},
         "ExpressionAttributeValues must not be empty"),
    ],
)  # fmt: skip
async def test_placeholders(one, invalid, params, message):
    with invalid(message):
        await one("PutItem", Item=ITEM, **params)


async def test_both_expressions_share_placeholders(one):
    await one(
        "UpdateItem",
        UpdateExpression="SET #x = :v",
        ConditionExpression="#x <> :v AND n = :n",
        ExpressionAttributeNames={"#x": "x"},
        ExpressionAttributeValues={":v": {"S": "new"}, ":n": {"N": "1.0"}},
    )
    assert (await one("GetItem"))["Item"]["x"] == {"S": "new"}


@pytest.mark.parametrize(
    ("update", "message"),
    [
        ("SET p = :v", INVALID + "Cannot update attribute p. This attribute is part of the key"),
        ("REMOVE s", INVALID + "Cannot update attribute s. This attribute is part of the key"),
        ("SET x = y", "The provided expression refers to an attribute that does not exist in the "
         "item"),
        ("SET n = x + :v", "An operand in the update expression has an incorrect data type"),
        ("SET q.r = :v", "The document path provided in the update expression is invalid for "
         "update"),
        ("SET x = :big", "Item size to update has exceeded the maximum allowed size"),
        ("SET x = :v x", 'Invalid UpdateExpression: Syntax error; token: "x", near: ":v x"'),
    ],
)  # fmt: skip
async def test_updates_that_cannot_be(one, invalid, update, message):
    values = {":v": {"N": "1"}, ":big": {"S": "x" * 400 * 1024}}
    used = {name: value for name, value in values.items() if name in update}
    params = {"ExpressionAttributeValues": used} if used else {}
    with invalid(message):
        await one("UpdateItem", UpdateExpression=update, **params)
    assert await one("GetItem") == {"Item": ITEM}


async def test_keys_of_indexes_in_updates(dynamodb, invalid):
    await dynamodb.create(indexes=[("by_color", "color")])
    key = {"TableName": "samples", "Key": KEY}
    with invalid(INVALID + "Type mismatch for Index Key color Expected: S Actual: N IndexName: "
                 "by_color"):  # fmt: skip
        await dynamodb("PutItem", TableName="samples", Item=KEY | {"color": {"N": "1"}})
    one = {"ExpressionAttributeValues": {":v": {"N": "1"}}}
    with invalid(part="Type mismatch for Index Key color Expected: S Actual: N"):
        await dynamodb("UpdateItem", **key, UpdateExpression="SET color = :v", **one)
    with invalid("The update expression attempted to update the secondary index key to "
                 "unsupported type"):  # fmt: skip
        await dynamodb(
            "UpdateItem", **key, UpdateExpression="SET n = :v, color = if_not_exists(n, :v)", **one
        )
    empty = {"ExpressionAttributeValues": {":v": {"S": ""}}}
    with invalid(part="The update expression attempted to update a secondary index key to a value "
                 "that is not supported."):  # fmt: skip
        await dynamodb("UpdateItem", **key, UpdateExpression="SET color = :v", **empty)


@pytest.mark.parametrize("operation", ["PutItem", "GetItem", "UpdateItem", "DeleteItem"])
async def test_tables_that_are_not_there(dynamodb, refused, operation):
    params = {"Item": KEY} if operation == "PutItem" else {"Key": KEY}
    with refused("ResourceNotFoundException", "Requested resource not found"):
        await dynamodb(operation, TableName="missing", **params)


@pytest.mark.parametrize(
    "body",
    [
        b'{"TableName":"samples","Item":{"p":"a"}}',
        b'{"TableName":"samples","Item":{"p":{"S":1}}}',
        b'{"TableName":"samples","Item":{"p":{"N":1}}}',
        b'{"TableName":"samples","Item":{"p":{"B":"*"}}}',
        b'{"TableName":"samples","Item":{"p":{"L":{}}}}',
        b'{"TableName":"samples","Item":[]}',
        b'{"TableName":"samples","Item":{"p":{"S":"\\ud800"}}}',
        b"{",
        b"[]",
    ],
)
async def test_json_of_the_wrong_kind(samples, refused, body):
    with refused("SerializationException"):
        await samples.send("PutItem", body)


async def test_collection_metrics(dynamodb):
    await dynamodb.create(local=[("by_x", "p", "x")])
    put = {"TableName": "samples", "Item": ITEM, "ReturnItemCollectionMetrics": "SIZE"}
    metrics = (await dynamodb("PutItem", **put))["ItemCollectionMetrics"]
    assert metrics["ItemCollectionKey"] == {"p": {"S": "a"}}
    low, high = metrics["SizeEstimateRangeGB"]
    assert low < high
    await dynamodb.create("plain")
    assert await dynamodb("PutItem", **put | {"TableName": "plain"}) == {}
