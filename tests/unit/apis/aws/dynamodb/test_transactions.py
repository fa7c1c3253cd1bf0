"""TransactGetItems and TransactWriteItems."""

import pytest

CANCELLED = "Transaction cancelled, please refer cancellation reasons for specific reasons "
FAILED = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}


def key(s, p="a"):
    return {"p": {"S": p}, "s": {"N": str(s)}}


def action(kind, s, table="samples", **params):
    which = {"Item" if kind == "Put" else "Key": key(s)}
    return {kind: {"TableName": table} | which | params}


IS_NEW = {"ConditionExpression": "attribute_not_exists(p)"}
ADD_ONE = {
    "UpdateExpression": "ADD n :one",
    "ExpressionAttributeValues": {":one": {"N": "1"}},
}


@pytest.fixture
async def write(samples):
    async def run(*actions, **params):
        return await samples("TransactWriteItems", TransactItems=list(actions), **params)

    return run


async def everything(samples):
    return (await samples("Scan", TableName="samples"))["Items"]


async def test_all_actions_together(samples, write):
    await samples.put(p="a", s=1)
    await samples.put(p="a", s=2)
    answer = await write(
        action("Put", 3, **IS_NEW),
        action("Delete", 1),
        action("Update", 4, **ADD_ONE),
        action("ConditionCheck", 2, ConditionExpression="attribute_exists(p)"),
    )
    assert answer == {}
    assert await everything(samples) == [key(2), key(3), key(4) | {"n": {"N": "1"}}]


async def test_none_if_one_fails(samples, write, refused):
    await samples.put(p="a", s=1, x="old")
    with refused(
        "TransactionCanceledException", CANCELLED + "[None, ConditionalCheckFailed, None]"
    ) as cancelled:
        await write(action("Put", 2), action("Put", 1, **IS_NEW), action("Delete", 3))
    assert cancelled.value.document["CancellationReasons"] == [
        {"Code": "None"},
        FAILED,
        {"Code": "None"},
    ]
    assert await everything(samples) == [key(1) | {"x": {"S": "old"}}]


async def test_the_item_that_failed_returns_if_asked(samples, write, refused):
    await samples.put(p="a", s=1, x="old")
    asked = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    with refused("TransactionCanceledException") as cancelled:
        await write(action("Put", 1, **IS_NEW, **asked), action("Delete", 1 + 1))
    reasons = cancelled.value.document["CancellationReasons"]
    assert reasons[0] == FAILED | {"Item": key(1) | {"x": {"S": "old"}}}


async def test_reasons_of_other_kinds(samples, write, refused):
    await samples.put(p="a", s=1, n="text")
    with refused(
        "TransactionCanceledException", CANCELLED + "[ValidationError, ConditionalCheckFailed]"
    ) as cancelled:
        await write(
            action("Update", 1, **ADD_ONE),
            action("ConditionCheck", 2, ConditionExpression="attribute_exists(p)"),
        )
    assert cancelled.value.document["CancellationReasons"] == [
        {
            "Code": "ValidationError",
            "Message": "An operand in the update expression has an incorrect data type",
        },
        FAILED,
    ]


async def test_once_for_a_token(samples, write, refused):
    add = action("Update", 1, **ADD_ONE)
    for _ in range(3):
        await write(add, ClientRequestToken="once")
    assert await everything(samples) == [key(1) | {"n": {"N": "1"}}]
    with refused("IdempotentParameterMismatchException"):
        await write(action("Update", 2, **ADD_ONE), ClientRequestToken="once")
    await write(add, ClientRequestToken="again")
    await write(add)
    await write(add)
    assert await everything(samples) == [key(1) | {"n": {"N": "4"}}]


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        ([action("Put", 1), action("Delete", 1)],
         "Transaction request cannot include multiple operations on one item"),
        ([{}], "TransactItems can only contain one of Check, Put, Update or Delete"),
        ([action("Put", 1) | action("Delete", 2)],
         "TransactItems can only contain one of Check, Put, Update or Delete"),
        ([action("Put", 1, ConditionExpression="x =")],
         'Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "="'),
        ([action("Update", 1, UpdateExpression="SET p = s")],
         "One or more parameter values were invalid: Cannot update attribute p. This attribute is "
         "part of the key"),
    ],
)  # fmt: skip
async def test_what_is_refused(samples, write, invalid, actions, message):
    with invalid(message):
        await write(action("Put", 9), *actions)
    assert await everything(samples) == []


async def test_a_hundred_actions(samples, write, invalid):
    await write(*(action("Put", s) for s in range(100)))
    assert len(await everything(samples)) == 100
    with invalid(part="Member must have length less than or equal to 100"):
        await write(*(action("Put", s) for s in range(101)))


async def test_four_megabytes(samples, write, invalid):
    big = {"x": {"S": "x" * 400_000}}
    puts = [{"Put": {"TableName": "samples", "Item": key(s) | big}} for s in range(11)]
    await write(*puts[:10])
    with invalid(part="Transaction payload size cannot exceed 4MB"):
        await write(*puts)


async def test_tables_that_are_not_there(samples, write, refused):
    with refused("ResourceNotFoundException", "Requested resource not found"):
        await write(action("Put", 1), action("Put", 1, "missing"))
    assert await everything(samples) == []


async def test_reads(samples):
    await samples.put(p="a", s=1, x="x")
    found = await samples(
        "TransactGetItems",
        TransactItems=[
            {"Get": {"TableName": "samples", "Key": key(1)}},
            {"Get": {"TableName": "samples", "Key": key(2)}},
            {
                "Get": {
                    "TableName": "samples",
                    "Key": key(1) | {"s": {"N": "3"}},
                    "ProjectionExpression": "x",
                }
            },
        ],
    )
    assert found == {"Responses": [{"Item": key(1) | {"x": {"S": "x"}}}, {}, {}]}


async def test_reads_that_cannot_be(samples, invalid, refused):
    get = {"Get": {"TableName": "samples", "Key": key(1)}}
    with invalid("Transaction request cannot include multiple operations on one item"):
        await samples("TransactGetItems", TransactItems=[get, get])
    bad = {"Get": {"TableName": "samples", "Key": {"p": {"S": "a"}}}}
    with refused(
        "TransactionCanceledException", CANCELLED + "[None, ValidationError]"
    ) as cancelled:
        await samples("TransactGetItems", TransactItems=[get, bad])
    assert cancelled.value.document["CancellationReasons"][1] == {
        "Code": "ValidationError",
        "Message": "The provided key element does not match the schema",
    }
