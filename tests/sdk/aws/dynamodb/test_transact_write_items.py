"""TransactWriteItems."""

import pytest

CANCELLED = "Transaction cancelled, please refer cancellation reasons for specific reasons "
IS_NEW = "attribute_not_exists(p)"


@pytest.fixture
def transact(dynamodb, name):
    """Makes a transaction of (kind, params) on the one table."""

    def run(*actions, **params):
        items = [{kind: {"TableName": name} | given} for kind, given in actions]
        return dynamodb.transact_write_items(TransactItems=items, **params)

    return run


def test_all_or_none(dynamodb, transact, name, key, refused):
    dynamodb.put_item(TableName=name, Item=key(s=1))
    transact(
        ("Put", {"Item": key(s=2)}),
        ("Delete", {"Key": key(s=1)}),
        ("ConditionCheck", {"Key": key(s=3), "ConditionExpression": IS_NEW}),
        ("Update", {
            "Key": key(s=4),
            "UpdateExpression": "SET x = :x",
            "ExpressionAttributeValues": {":x": {"S": "x"}},
        }),
    )  # fmt: skip
    after = [key(s=2), key(s=4, x="x")]
    assert dynamodb.scan(TableName=name)["Items"] == after
    message = CANCELLED + "[None, ConditionalCheckFailed]"
    with refused("TransactionCanceledException", message) as answer:
        transact(
            ("Put", {"Item": key(s=9)}), ("Put", {"Item": key(s=2), "ConditionExpression": IS_NEW})
        )
    assert answer["CancellationReasons"] == [
        {"Code": "None"},
        {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"},
    ]
    assert dynamodb.scan(TableName=name)["Items"] == after


def test_once_for_a_token(dynamodb, transact, name, key, refused):
    def add(amount):
        values = {":n": {"N": str(amount)}}
        update = {"UpdateExpression": "ADD n :n", "ExpressionAttributeValues": values}
        return "Update", {"Key": key()} | update

    for _ in range(3):
        transact(add(1), ClientRequestToken="once")
    assert dynamodb.get_item(TableName=name, Key=key())["Item"]["n"] == {"N": "1"}
    with refused("IdempotentParameterMismatchException"):
        transact(add(2), ClientRequestToken="once")


def test_one_item_twice(transact, key, refused):
    with refused(
        "ValidationException", "Transaction request cannot include multiple operations on one item"
    ):
        transact(("Put", {"Item": key()}), ("Delete", {"Key": key()}))


def test_across_tables(dynamodb, make_table, key):
    names = [make_table({"p": "S", "s": "N"}).name for _ in range(3)]
    puts = [{"Put": {"TableName": name, "Item": key()}} for name in names]
    dynamodb.transact_write_items(TransactItems=puts)
    assert [dynamodb.scan(TableName=name)["Count"] for name in names] == [1, 1, 1]


def test_a_hundred_and_no_more(dynamodb, transact, name, key, refused):
    puts = [("Put", {"Item": key(s=number)}) for number in range(101)]
    with refused("ValidationException"):
        transact(*puts)
    transact(*puts[:100])
    assert dynamodb.scan(TableName=name)["Count"] == 100


def test_other_accounts_write_nothing(stranger, dynamodb, name, key, refused):
    with refused("ResourceNotFoundException"):
        stranger.transact_write_items(TransactItems=[{"Put": {"TableName": name, "Item": key()}}])
    assert dynamodb.scan(TableName=name)["Count"] == 0
