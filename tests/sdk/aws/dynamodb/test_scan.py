"""Scan."""

from boto3.dynamodb.conditions import Attr


def fill(table, count):
    with table.batch_writer() as batch:
        for number in range(count):
            batch.put_item(Item={"p": f"p{number % 10}", "s": number, "even": number % 2 == 0})


def numbers(items):
    return sorted(int(item["s"]) for item in items)


def test_everything_in_pages(dynamodb, table):
    fill(table, 60)
    whole = table.scan()
    assert numbers(whole["Items"]) == list(range(60))
    assert "LastEvaluatedKey" not in whole
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table.name, PaginationConfig={"PageSize": 7}
    )
    found = [item for page in pages for item in page["Items"]]
    assert sorted(int(item["s"]["N"]) for item in found) == list(range(60))


def test_segments(table):
    fill(table, 60)
    found = []
    for segment in range(4):
        params = {"Segment": segment, "TotalSegments": 4, "Limit": 5}
        while True:
            page = table.scan(**params)
            found += page["Items"]
            if "LastEvaluatedKey" not in page:
                break
            params["ExclusiveStartKey"] = page["LastEvaluatedKey"]
    assert numbers(found) == list(range(60))


def test_filters_and_counts(table):
    fill(table, 20)
    answer = table.scan(FilterExpression=Attr("even").eq(True) & Attr("s").lt(10))
    assert numbers(answer["Items"]) == [0, 2, 4, 6, 8]
    assert (answer["Count"], answer["ScannedCount"]) == (5, 20)
    assert table.scan(Select="COUNT")["Count"] == 20
    older = {"even": {"AttributeValueList": [False], "ComparisonOperator": "EQ"}}
    assert table.scan(ScanFilter=older)["Count"] == 10


def test_a_sparse_index(make_table):
    table = make_table({"p": "S"}, {"by_color": ("color",)}, color="S")
    for number in range(10):
        table.put_item(Item={"p": str(number)} | ({"color": "red"} if number < 3 else {}))
    assert table.scan(IndexName="by_color")["Count"] == 3


def test_pages_of_a_megabyte(table):
    for number in range(5):
        table.put_item(Item={"p": "a", "s": number, "text": "x" * 300_000})
    page = table.scan()
    assert page["Count"] == 4
    rest = table.scan(ExclusiveStartKey=page["LastEvaluatedKey"])
    assert rest["Count"] == 1


def test_other_accounts_see_nothing(stranger, dynamodb, name, refused):
    arn = dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
    for given, code in ((name, "ResourceNotFoundException"), (arn, "AccessDeniedException")):
        with refused(code):
            stranger.scan(TableName=given)
