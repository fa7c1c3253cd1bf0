"""The parameters from before expressions."""

import pytest

INVALID = "One or more parameter values were invalid: "
RED, FIVE, TAGS = {"S": "red"}, {"N": "5"}, {"SS": ["x", "y"]}


def compared(operator, *values):
    return {"ComparisonOperator": operator, "AttributeValueList": list(values)}


@pytest.fixture
async def put_if(samples):
    """Puts over an item if the Expected holds."""
    await samples.put(p="a", s=1, color="red", n=5, tags=TAGS, list={"L": [RED]})

    async def put(expected, **params):
        item = {"p": {"S": "a"}, "s": {"N": "1"}, "color": RED, "n": FIVE, "tags": TAGS,
                "list": {"L": [RED]}}  # fmt: skip
        await samples("PutItem", TableName="samples", Item=item, Expected=expected, **params)

    return put


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"Value": RED}, True),
        ({"Value": FIVE}, False),
        ({"Value": RED, "Exists": True}, True),
        ({"Exists": False}, False),
        (compared("EQ", RED), True),
        ({"ComparisonOperator": "EQ", "Value": RED}, True),
        (compared("NE", RED), False),
        (compared("NE", FIVE), True),
        (compared("LT", {"S": "ree"}), True),
        (compared("LE", RED), True),
        (compared("GT", RED), False),
        (compared("GE", RED), True),
        (compared("BETWEEN", {"S": "a"}, {"S": "z"}), True),
        (compared("IN", {"S": "blue"}, RED), True),
        (compared("IN", {"S": "blue"}), False),
        (compared("BEGINS_WITH", {"S": "re"}), True),
        (compared("CONTAINS", {"S": "ed"}), True),
        (compared("NOT_CONTAINS", {"S": "ed"}), False),
        (compared("NOT_NULL"), True),
        ({"ComparisonOperator": "NULL"}, False),
    ],
)
async def test_conditions_on_a_text(put_if, refused, condition, holds):
    if holds:
        await put_if({"color": condition})
        return
    with refused("ConditionalCheckFailedException", "The conditional request failed"):
        await put_if({"color": condition})


@pytest.mark.parametrize(
    ("expected", "holds"),
    [
        ({"tags": compared("CONTAINS", {"S": "x"})}, True),
        ({"tags": compared("NOT_CONTAINS", {"S": "z"})}, True),
        ({"list": compared("CONTAINS", RED)}, True),
        ({"n": compared("GT", {"N": "4.9"})}, True),
        ({"missing": {"Exists": False}}, True),
        ({"missing": compared("NE", RED)}, True),
        ({"missing": compared("NOT_CONTAINS", RED)}, False),
        ({"missing": compared("NULL")}, True),
        ({"two words": {"Exists": False}, "a.b": {"Exists": False}}, True),
        ({"color": {"Value": RED}, "n": {"Value": RED}}, False),
    ],
)
async def test_other_conditions(put_if, refused, expected, holds):
    if holds:
        await put_if(expected)
        return
    with refused("ConditionalCheckFailedException"):
        await put_if(expected)


async def test_conditions_are_joined(put_if, refused):
    one_of_two = {"color": {"Value": RED}, "n": {"Value": RED}}
    await put_if(one_of_two, ConditionalOperator="OR")
    with refused("ConditionalCheckFailedException"):
        await put_if(one_of_two, ConditionalOperator="AND")


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ({"Exists": True}, "Value must be provided when Exists is true for Attribute: color"),
        ({}, "Value must be provided when Exists is null for Attribute: color"),
        ({"Exists": False, "Value": RED}, "Value cannot be used when Exists is false for "
         "Attribute: color"),
        ({"AttributeValueList": [RED]}, "AttributeValueList can only be used with a "
         "ComparisonOperator for Attribute: color"),
        ({"ComparisonOperator": "EQ"}, "Value or AttributeValueList must be used with "
         "ComparisonOperator: EQ for Attribute: color"),
        ({"ComparisonOperator": "EQ", "Exists": True}, "Exists and ComparisonOperator cannot be "
         "used together for Attribute: color"),
        ({"ComparisonOperator": "EQ", "Value": RED, "AttributeValueList": [RED]}, "Value and "
         "AttributeValueList cannot be used together for Attribute: color"),
        (compared("EQ", RED, RED), "Invalid number of argument(s) for the EQ ComparisonOperator"),
        (compared("BETWEEN", RED), "Invalid number of argument(s) for the BETWEEN "
         "ComparisonOperator"),
        (compared("NULL", RED), "Invalid number of argument(s) for the NULL ComparisonOperator"),
        (compared("BEGINS_WITH", FIVE), "ComparisonOperator BEGINS_WITH is not valid for N "
         "AttributeValue type"),
        (compared("LT", TAGS), "ComparisonOperator LT is not valid for SS AttributeValue type"),
        (compared("IN", RED, FIVE), "AttributeValues inside AttributeValueList must be of same "
         "type"),
    ],
)  # fmt: skip
async def test_conditions_that_are_none(put_if, invalid, condition, message):
    with invalid(INVALID + message):
        await put_if({"color": condition})


async def test_an_operator_needs_conditions(put_if, invalid):
    with invalid("ConditionalOperator cannot be used without Filter or Expected"):
        await put_if({}, ConditionalOperator="OR")
    with invalid(part="ConditionalOperator can only be used when Filter or Expected has two"):
        await put_if({"color": {"Value": RED}}, ConditionalOperator="OR")


@pytest.mark.parametrize(
    ("updates", "changes"),
    [
        ({"x": {"Value": RED}}, {"x": RED}),
        ({"x": {"Value": RED, "Action": "PUT"}, "n": {"Action": "DELETE"}}, {"x": RED, "n": None}),
        ({"n": {"Value": FIVE, "Action": "ADD"}}, {"n": {"N": "10"}}),
        ({"x": {"Value": FIVE, "Action": "ADD"}}, {"x": FIVE}),
        ({"tags": {"Value": {"SS": ["z"]}, "Action": "ADD"}}, {"tags": {"SS": ["x", "y", "z"]}}),
        ({"tags": {"Value": {"SS": ["x"]}, "Action": "DELETE"}}, {"tags": {"SS": ["y"]}}),
        ({"list": {"Value": {"L": [FIVE]}, "Action": "ADD"}}, {"list": {"L": [RED, FIVE]}}),
        ({"none": {"Action": "DELETE"}}, {}),
    ],
)
async def test_attribute_updates(samples, put_if, updates, changes):
    key = {"p": {"S": "a"}, "s": {"N": "1"}}
    before = (await samples("GetItem", TableName="samples", Key=key))["Item"]
    updated = await samples(
        "UpdateItem",
        TableName="samples",
        Key=key,
        AttributeUpdates=updates,
        ReturnValues="ALL_NEW",
    )
    expected = {name: value for name, value in {**before, **changes}.items() if value}
    assert updated["Attributes"] == expected


@pytest.mark.parametrize(
    ("updates", "message"),
    [
        ({"x": {"Action": "PUT"}}, INVALID + "Only DELETE action is allowed when no attribute "
         "value is specified"),
        ({"x": {"Action": "DELETE", "Value": RED}}, INVALID + "DELETE action with value is not "
         "supported for the type S"),
        ({"x": {"Action": "ADD", "Value": RED}}, INVALID + "ADD action is not supported for the "
         "type S"),
        ({"p": {"Value": RED}}, INVALID + "Cannot update attribute p. This attribute is part of "
         "the key"),
        ({"color": {"Action": "ADD", "Value": FIVE}}, "Type mismatch for attribute to update"),
    ],
)  # fmt: skip
async def test_attribute_updates_that_cannot_be(samples, put_if, invalid, updates, message):
    key = {"p": {"S": "a"}, "s": {"N": "1"}}
    with invalid(message):
        await samples("UpdateItem", TableName="samples", Key=key, AttributeUpdates=updates)


@pytest.mark.parametrize(
    ("operator", "values", "found"),
    [
        ("EQ", [2], [2]),
        ("LE", [1], [0, 1]),
        ("LT", [1], [0]),
        ("GE", [3], [3, 4]),
        ("GT", [3], [4]),
        ("BETWEEN", [1, 3], [1, 2, 3]),
    ],
)
async def test_key_conditions(samples, operator, values, found):
    for number in range(5):
        await samples.put(p="a", s=number)
    answer = await samples(
        "Query",
        TableName="samples",
        KeyConditions={
            "p": compared("EQ", {"S": "a"}),
            "s": compared(operator, *({"N": str(value)} for value in values)),
        },
    )
    assert [int(item["s"]["N"]) for item in answer["Items"]] == found


async def test_filters_and_attributes_to_get(samples):
    for number in range(4):
        await samples.put(p="a", s=number, even="yes" if number % 2 == 0 else "no", x=1)
    reading = {
        "TableName": "samples",
        "AttributesToGet": ["s", "even"],
    }
    expected = [{"s": {"N": n}, "even": {"S": "yes"}} for n in "02"]
    even = {"even": compared("EQ", {"S": "yes"})}
    scanned = await samples("Scan", **reading, ScanFilter=even)
    assert scanned["Items"] == expected
    queried = await samples(
        "Query", **reading, QueryFilter=even, KeyConditions={"p": compared("EQ", {"S": "a"})}
    )
    assert queried["Items"] == expected
    assert (queried["Count"], queried["ScannedCount"]) == (2, 4)


@pytest.mark.parametrize(
    ("operation", "params", "names"),
    [
        ("PutItem", {"Item": {}, "Expected": {}, "ConditionExpression": "p = :p"},
         "{Expected} Expression parameters: {ConditionExpression}"),
        ("UpdateItem", {"Key": {}, "AttributeUpdates": {}, "Expected": {}, "UpdateExpression": "x"},
         "{AttributeUpdates, Expected} Expression parameters: {UpdateExpression}"),
        ("Scan", {"ScanFilter": {}, "ProjectionExpression": "x"},
         "{ScanFilter} Expression parameters: {ProjectionExpression}"),
        ("GetItem", {"Key": {}, "AttributesToGet": ["x"], "ProjectionExpression": "x"},
         "{AttributesToGet} Expression parameters: {ProjectionExpression}"),
        ("Query", {"QueryFilter": {}, "FilterExpression": "x", "KeyConditionExpression": "x"},
         "{QueryFilter} Expression parameters: {FilterExpression, KeyConditionExpression}"),
    ],
)  # fmt: skip
async def test_old_and_new_do_not_mix(samples, invalid, operation, params, names):
    with invalid(
        "Can not use both expression and non-expression parameters in the same request: "
        f"Non-expression parameters: {names}"
    ):
        await samples(operation, TableName="samples", **params)
