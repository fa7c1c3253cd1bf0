"""The constraints of the models, in AWS's words."""

import pytest

from lenticular.apis.aws.wire import models
from lenticular.apis.aws.wire.validation import MOST_PROBLEMS, ValidationFailed, Validator


def made(shapes):
    """The shape ``Input`` of a model that has these shapes."""
    model = {"metadata": {"protocol": "json"}, "operations": {}, "shapes": shapes}
    return models.ServiceModel("made", model).shape({"shape": "Input"})


def problems(shape, params, opaque=()):
    try:
        Validator(opaque).validate(shape, params)
    except ValidationFailed as failed:
        return str(failed)
    return None


def of_dynamodb(operation):
    return models.load("dynamodb").operations[operation].input


@pytest.mark.parametrize(
    ("operation", "params", "message"),
    [
        (
            "DescribeTable",
            {},
            "1 validation error detected: Value null at 'tableName' failed to satisfy "
            "constraint: Member must not be null",
        ),
        (
            "DescribeTable",
            {"TableName": ""},
            "1 validation error detected: Value '' at 'tableName' failed to satisfy "
            "constraint: Member must have length greater than or equal to 1",
        ),
        (
            "ListTables",
            {"Limit": 0, "ExclusiveStartTableName": "x"},
            "2 validation errors detected: Value 'x' at 'exclusiveStartTableName' failed to "
            "satisfy constraint: Member must have length greater than or equal to 3; "
            "Value '0' at 'limit' failed to satisfy constraint: Member must have value greater "
            "than or equal to 1",
        ),
        (
            "ListTables",
            {"Limit": 101, "ExclusiveStartTableName": "a b c"},
            "2 validation errors detected: Value 'a b c' at 'exclusiveStartTableName' failed to "
            "satisfy constraint: Member must satisfy regular expression pattern: "
            "[a-zA-Z0-9_.-]+; Value '101' at 'limit' failed to satisfy constraint: Member must "
            "have value less than or equal to 100",
        ),
        (
            "CreateTable",
            {
                "TableName": "table",
                "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "X"}],
                "KeySchema": [{"AttributeName": "", "KeyType": "HASH"}, {"KeyType": "RANGE"}],
            },
            "3 validation errors detected: Value 'X' at "
            "'attributeDefinitions.1.member.attributeType' failed to satisfy constraint: Member "
            "must satisfy enum value set: [S, N, B]; Value '' at "
            "'keySchema.1.member.attributeName' failed to satisfy constraint: Member must have "
            "length greater than or equal to 1; Value null at 'keySchema.2.member.attributeName' "
            "failed to satisfy constraint: Member must not be null",
        ),
        (
            "BatchWriteItem",
            {"RequestItems": {"table": [{}] * 26}},
            f"1 validation error detected: Value '{{table=[{', '.join(['{}'] * 26)}]}}' at "
            "'requestItems' failed to satisfy constraint: Map value must satisfy constraint: "
            "[Member must have length less than or equal to 25, Member must have length greater "
            "than or equal to 1]",
        ),
        (
            "BatchGetItem",
            {"RequestItems": {"table": {}}},
            "1 validation error detected: Value null at 'requestItems.table.member.keys' failed "
            "to satisfy constraint: Member must not be null",
        ),
        (
            "UntagResource",
            {"ResourceArn": "arn", "TagKeys": ["ok", "x" * 129]},
            f"1 validation error detected: Value '[ok, {'x' * 129}]' at 'tagKeys' failed to "
            "satisfy constraint: Member must satisfy constraint: [Member must have length less "
            "than or equal to 128, Member must have length greater than or equal to 1]",
        ),
    ],
)
def test_the_messages_of_dynamodb(operation, params, message):
    assert problems(of_dynamodb(operation), params) == message


def test_what_is_right_passes():
    item = {"TableName": "table", "Item": {"k": {"S": "v"}}, "ReturnValues": "NONE"}
    assert problems(of_dynamodb("PutItem"), item) is None


def test_an_opaque_shape_is_not_looked_into():
    shape = of_dynamodb("PutItem")
    params = {"TableName": "table", "Item": {"k": {"M": {"x" * 70_000: {"S": ""}}}}}
    assert "Map keys must satisfy" in problems(shape, params)
    assert problems(shape, params, opaque={"AttributeValue"}) is None
    params["Item"] = {"k": "anything at all"}
    assert problems(shape, params, opaque={"AttributeValue"}) is None


def test_checking_stops_after_enough_problems():
    params = {"TableName": "table", "AttributeDefinitions": [{}] * 1000, "KeySchema": [{}]}
    message = problems(of_dynamodb("CreateTable"), params)
    assert message.startswith(f"{MOST_PROBLEMS} validation errors detected: ")
    assert len(message) < 2000


def test_a_long_value_is_cut_and_a_secret_not_shown():
    shape = made(
        {
            "Input": {
                "type": "structure",
                "members": {
                    "Long": {"shape": "Short"},
                    "Secret": {"shape": "Secret"},
                    "Bytes": {"shape": "Bytes"},
                },
            },
            "Short": {"type": "string", "max": 1},
            "Secret": {"type": "string", "max": 1, "sensitive": True},
            "Bytes": {"type": "blob", "max": 1},
        }
    )
    message = problems(shape, {"Long": "x" * 5000, "Secret": "hush", "Bytes": b"hush"})
    assert f"Value '{'x' * 1024}...' at 'long'" in message
    assert "Value at 'secret' failed" in message
    assert "Value at 'bytes' failed" in message
    assert "hush" not in message


def test_a_shape_that_contains_itself():
    shape = made(
        {
            "Input": {
                "type": "structure",
                "required": ["Name"],
                "members": {"Name": {"shape": "Name"}, "Children": {"shape": "Inputs"}},
            },
            "Inputs": {"type": "list", "member": {"shape": "Input"}},
            "Name": {"type": "string"},
        }
    )
    inner = {"Name": "c", "Children": [{"Name": "d"}, {}]}
    message = problems(shape, {"Name": "a", "Children": [inner]})
    assert "'children.1.member.children.2.member.name'" in message


def test_a_sparse_list_may_have_nulls():
    shape = made(
        {
            "Input": {"type": "structure", "members": {"L": {"shape": "L"}, "M": {"shape": "M"}}},
            "L": {"type": "list", "member": {"shape": "Name"}, "sparse": True},
            "M": {"type": "map", "key": {"shape": "Name"}, "value": {"shape": "S"}},
            "S": {"type": "structure", "required": ["N"], "members": {"N": {"shape": "Name"}}},
            "Name": {"type": "string", "min": 1},
        }
    )
    assert problems(shape, {"L": ["a", None], "M": {"a": None}}) is None
    assert "'l'" in problems(shape, {"L": ["", None]})


@pytest.mark.parametrize(
    ("pattern", "value", "passes"),
    [
        ("[a-z]+", "abc", True),
        ("[a-z]+", "abc\n", False),
        ("^[a-z]+$", "abc\n", False),
        ("[a-z]+", "abc1", False),
        ("a|b", "b", True),
        ("\\d+", "\N{ARABIC-INDIC DIGIT ONE}", False),
        # Java's own syntax, which Python does not have or takes for something else.
        ("[\\p{L}]+", "1", True),
        ("[a-z&&[^b]]+", "b", True),
        ("(", "x", True),
        # Patterns that could take for ever are not matched, and neither are long values.
        ("(a+)+b", "a" * 200, True),
        ("(a|aa)+", "b", True),
        ("(a?){30}a{30}", "b", True),
        (".*.*.*=", "x" * 1000, True),
        ("[a-z]+", "1" * 2000, True),
    ],
)
def test_patterns(pattern, value, passes):
    shape = made(
        {
            "Input": {"type": "structure", "members": {"P": {"shape": "P"}}},
            "P": {"type": "string", "pattern": pattern},
        }
    )
    assert (problems(shape, {"P": value}) is None) == passes


@pytest.mark.parametrize("name", ["s3", "iam", "ec2", "lambda", "route53", "kinesis"])
def test_every_input_of_real_models_compiles(name):
    validator = Validator()
    for operation in models.load(name).operations.values():
        if operation.input is not None:
            assert callable(validator(operation.input))
