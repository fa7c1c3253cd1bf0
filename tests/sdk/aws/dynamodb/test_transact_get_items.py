"""TransactGetItems."""

import threading


def test_items_of_several_tables(dynamodb, make_table, key):
    first, second = (make_table({"p": "S", "s": "N"}).name for _ in range(2))
    dynamodb.put_item(TableName=first, Item=key(color="red"))
    dynamodb.put_item(TableName=second, Item=key(color="blue"))
    answer = dynamodb.transact_get_items(
        TransactItems=[
            {"Get": {"TableName": second, "Key": key(), "ProjectionExpression": "color"}},
            {"Get": {"TableName": first, "Key": key(s=2)}},
            {"Get": {"TableName": first, "Key": key()}},
        ]
    )
    assert answer["Responses"] == [
        {"Item": {"color": {"S": "blue"}}},
        {},
        {"Item": key(color="red")},
    ]


def test_of_one_state(dynamodb, name, key):
    """Two items that are always written together are never seen apart."""

    def put(number):
        writes = [{"Put": {"TableName": name, "Item": key(s=s, n=str(number))}} for s in (1, 2)]
        dynamodb.transact_write_items(TransactItems=writes)

    put(0)
    done = threading.Event()

    def write():
        for number in range(1, 50):
            put(number)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    gets = [{"Get": {"TableName": name, "Key": key(s=s)}} for s in (1, 2)]
    while not done.is_set():
        one, two = dynamodb.transact_get_items(TransactItems=gets)["Responses"]
        assert one["Item"]["n"] == two["Item"]["n"]
    writer.join()


def test_a_key_that_does_not_fit(dynamodb, name, key, refused):
    gets = [
        {"Get": {"TableName": name, "Key": key()}},
        {"Get": {"TableName": name, "Key": {"p": {"S": "a"}}}},
    ]
    with refused(
        "TransactionCanceledException",
        "Transaction cancelled, please refer cancellation reasons for specific reasons "
        "[None, ValidationError]",
    ):
        dynamodb.transact_get_items(TransactItems=gets)


def test_other_accounts_see_nothing(stranger, dynamodb, name, key, refused):
    dynamodb.put_item(TableName=name, Item=key())
    with refused("ResourceNotFoundException"):
        stranger.transact_get_items(TransactItems=[{"Get": {"TableName": name, "Key": key()}}])
