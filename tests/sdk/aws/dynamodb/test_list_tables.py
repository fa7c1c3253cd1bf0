"""ListTables."""


def test_in_order_and_in_pages(aws, cloud, definition):
    client = aws("dynamodb", cloud.create_account("lists"))
    names = sorted(
        client.create_table(**definition({"p": "S"}))["TableDescription"]["TableName"]
        for _ in range(5)
    )
    assert client.list_tables()["TableNames"] == names
    pages = client.get_paginator("list_tables").paginate(PaginationConfig={"PageSize": 2})
    found = [page["TableNames"] for page in pages]
    assert found == [names[:2], names[2:4], names[4:]]


def test_nothing_of_other_accounts(stranger, name):
    assert name not in stranger.list_tables()["TableNames"]


def test_a_limit_that_cannot_be(dynamodb, refused):
    with refused("ValidationException"):
        dynamodb.list_tables(Limit=101)
