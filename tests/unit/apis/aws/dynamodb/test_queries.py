"""Query and Scan: results, pages, start keys, and every refusal in its words."""

import pytest

INVALID = "One or more parameter values were invalid: "
BAD_START = "The provided starting key is invalid"
MISMATCH = "The provided key element does not match the schema"
OUTSIDE = "The provided starting key is outside query boundaries based on provided conditions"
ONE_ROW = "The query can return at most one row and cannot be restarted"
P_IS_A = {
    "KeyConditionExpression": "p = :p",
    "ExpressionAttributeValues": {":p": {"S": "a"}},
}


def n(value):
    return {"N": str(value)}


def key(s, p="a", **more):
    return {"p": {"S": p}, "s": n(s)} | {name: {"S": text} for name, text in more.items()}


@pytest.fixture
async def reading(dynamodb):
    """Reads a table of seven items, with a global and a local index."""
    await dynamodb.create(
        indexes=[
            ("by_color", "color", "s"),
            ("keys", "color", None, "KEYS_ONLY"),
            ("some", "color", None, "INCLUDE", ("x",)),
        ],
        local=[("by_x", "p", "x", "KEYS_ONLY")],
    )
    for s in range(5):
        await dynamodb.put(p="a", s=s, color="red" if s % 2 else "blue", x=f"x{9 - s}", y="y")
    for s in range(2):
        await dynamodb.put(p="b", s=s)

    async def read(operation, **params):
        if operation == "Query" and "KeyConditionExpression" not in params:
            values = params.pop("ExpressionAttributeValues", {})
            params = P_IS_A | params
            params["ExpressionAttributeValues"] = P_IS_A["ExpressionAttributeValues"] | values
        return await dynamodb(operation, TableName="samples", **params)

    return read


def by_color(color, condition="", **values):
    return {
        "IndexName": "by_color",
        "KeyConditionExpression": "color = :c" + condition,
        "ExpressionAttributeValues": {":c": {"S": color}} | values,
    }


async def test_a_query_tells_items_and_counts(reading):
    found = await reading("Query")
    assert [item["s"] for item in found["Items"]] == [n(s) for s in range(5)]
    assert (found["Count"], found["ScannedCount"]) == (5, 5)
    assert "LastEvaluatedKey" not in found
    backward = await reading("Query", ScanIndexForward=False)
    assert backward["Items"] == found["Items"][::-1]


async def test_pages_join_up(reading):
    for operation, total in (("Query", 5), ("Scan", 7)):
        whole = (await reading(operation))["Items"]
        found, params = [], {"Limit": 2}
        while True:
            page = await reading(operation, **params)
            found += page["Items"]
            if "LastEvaluatedKey" not in page:
                break
            assert page["LastEvaluatedKey"].keys() == {"p", "s"}
            params["ExclusiveStartKey"] = page["LastEvaluatedKey"]
        assert found == whole
        assert len(found) == total


async def test_start_keys_of_indexes_have_both_keys(reading):
    page = await reading("Query", **by_color("blue"), Limit=1)
    assert page["LastEvaluatedKey"] == key(0, color="blue")
    rest = await reading("Query", **by_color("blue"), ExclusiveStartKey=page["LastEvaluatedKey"])
    assert [item["s"] for item in rest["Items"]] == [n(2), n(4)]
    scanned = await reading("Scan", IndexName="by_x", Limit=1)
    assert scanned["LastEvaluatedKey"].keys() == {"p", "s", "x"}


async def test_filters(reading):
    found = await reading(
        "Query",
        FilterExpression="color = :c AND x < :x",
        ExpressionAttributeValues={":c": {"S": "blue"}, ":x": {"S": "x9"}},
    )
    assert [item["s"] for item in found["Items"]] == [n(2), n(4)]
    assert (found["Count"], found["ScannedCount"]) == (2, 5)
    scanned = await reading("Scan", FilterExpression="attribute_not_exists(color)")
    assert scanned["Count"] == 2


async def test_counts_only(reading):
    for operation, count in (("Query", 5), ("Scan", 7)):
        found = await reading(operation, Select="COUNT")
        assert found == {"Count": count, "ScannedCount": count}


async def test_attributes(reading):
    expected = {"s": n(0), "color": {"S": "blue"}}
    some = {"ProjectionExpression": "s, color, nothing", "Limit": 1}
    assert (await reading("Query", **some))["Items"] == [expected]
    some["Select"] = "SPECIFIC_ATTRIBUTES"
    assert (await reading("Query", **some))["Items"] == [expected]


async def test_a_local_index_reads_the_table_for_the_rest(reading):
    whole = (await reading("Query"))["Items"][::-1]
    assert (await reading("Query", IndexName="by_x", Select="ALL_ATTRIBUTES"))["Items"] == whole
    some = await reading("Query", IndexName="by_x", ProjectionExpression="y, s")
    assert some["Items"] == [{"y": {"S": "y"}, "s": item["s"]} for item in whole]
    keys = (await reading("Query", IndexName="by_x"))["Items"]
    assert [item.keys() for item in keys] == [{"p", "s", "x"}] * 5
    assert (await reading("Query", IndexName="by_x", Select="ALL_PROJECTED_ATTRIBUTES"))[
        "Items"
    ] == keys


@pytest.mark.parametrize("total", [1, 3, 5])
async def test_segments(reading, total):
    found = []
    for segment in range(total):
        found += (await reading("Scan", Segment=segment, TotalSegments=total))["Items"]
    assert found == (await reading("Scan"))["Items"]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"IndexName": "missing"}, "The table does not have the specified index: missing"),
        ({"IndexName": "by_color", "ConsistentRead": True},
         "Consistent reads are not supported on global secondary indexes"),
        ({"Select": "SPECIFIC_ATTRIBUTES"}, "Must specify the AttributesToGet or "
         "ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"),
        ({"Select": "COUNT", "ProjectionExpression": "s"},
         "Cannot specify the ProjectionExpression when choosing to get only the Count"),
        ({"Select": "ALL_ATTRIBUTES", "AttributesToGet": ["s"]},
         "Cannot specify the AttributesToGet when choosing to get ALL_ATTRIBUTES"),
        ({"Select": "ALL_PROJECTED_ATTRIBUTES"},
         "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"),
        ({"IndexName": "keys", "Select": "ALL_ATTRIBUTES"}, INVALID + "Select type ALL_ATTRIBUTES "
         "is not supported for global secondary index keys because its projection type is not ALL"),
        ({"IndexName": "some", "ProjectionExpression": "x, y"},
         INVALID + "Global secondary index some does not project [y]"),
        ({"AttributesToGet": ["s", "s"]}, INVALID + "Duplicate value in attribute name: s"),
        ({"Limit": 0}, None),
    ],
)  # fmt: skip
async def test_what_scans_refuse(reading, invalid, params, message):
    with invalid(message):
        await reading("Scan", **params)


@pytest.mark.parametrize(
    ("segment", "message"),
    [
        ({"Segment": 0}, "The TotalSegments parameter is required but was not present in the "
         "request when Segment parameter is present"),
        ({"TotalSegments": 2}, "The Segment parameter is required but was not present in the "
         "request when parameter TotalSegments is present"),
        ({"Segment": 2, "TotalSegments": 2}, "The Segment parameter is zero-based and must be less "
         "than parameter TotalSegments: Segment: 2 is not less than TotalSegments: 2"),
    ],
)  # fmt: skip
async def test_segments_that_are_none(reading, invalid, segment, message):
    with invalid(message):
        await reading("Scan", **segment)


async def test_queries_without_a_condition(samples, invalid):
    with invalid(
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the "
        "request."
    ):
        await samples("Query", TableName="samples")


async def test_filters_leave_the_key_alone(reading, invalid):
    with invalid("Filter Expression can only contain non-primary key attributes: Primary key "
                 "attribute: s"):  # fmt: skip
        await reading(
            "Query",
            FilterExpression="x = :x OR s = :x",
            ExpressionAttributeValues={":x": {"S": "1"}},
        )


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ({}, BAD_START),
        ({"p": {"S": "a"}}, BAD_START),
        (key(1, x="x"), BAD_START),
        ({"p": {"S": "a"}, "q": n(1)}, BAD_START),
        ({"p": n(1), "s": n(1)}, MISMATCH),
        ({"p": {"S": "a"}, "s": {"S": "1"}}, MISMATCH),
        (key(1, p="b"), OUTSIDE),
    ],
)
async def test_start_keys_that_do_not_fit_a_query(reading, invalid, start, message):
    with invalid(message):
        await reading("Query", ExclusiveStartKey=start)


@pytest.mark.parametrize(
    ("condition", "start", "message"),
    [
        (" AND s = :s", key(1), ONE_ROW),
        (" AND s > :s", key(1), "The provided starting key does not match the range key predicate"),
        (" AND s > :s", key(3, p="b"), ONE_ROW),
        (" AND s < :s", key(1), None),
    ],
)
async def test_start_keys_and_conditions(reading, invalid, condition, start, message):
    params = {
        "KeyConditionExpression": "p = :p" + condition,
        "ExpressionAttributeValues": {":p": {"S": "a"}, ":s": n(2)},
        "ExclusiveStartKey": start,
    }
    if message is None:
        assert (await reading("Query", **params))["Items"] == []
        return
    with invalid(message):
        await reading("Query", **params)


async def test_start_keys_of_an_index_and_equality(reading, invalid):
    equal = {":s": n(1)}
    start = key(1, color="red")
    found = await reading(
        "Query", **by_color("red", " AND s = :s", **equal), ExclusiveStartKey=start
    )
    assert found["Items"] == []
    with invalid("The provided starting key does not match the range key predicate"):
        await reading(
            "Query",
            **by_color("red", " AND s = :s", **equal),
            ExclusiveStartKey=key(3, color="red"),
        )
    with invalid(ONE_ROW):
        await reading(
            "Query",
            **by_color("red", " AND s = :s", **equal),
            ExclusiveStartKey=key(1, color="blue"),
        )


async def test_start_keys_of_one_item(dynamodb, invalid):
    await dynamodb.create(sort=False)
    with invalid("The provided exclusive start key is invalid: ExclusiveStartKey: "
                 "{p=AttributeValue: {S:a}}"):  # fmt: skip
        await dynamodb("Query", TableName="samples", **P_IS_A, ExclusiveStartKey={"p": {"S": "a"}})


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ({"p": {"S": "a"}}, f"{BAD_START}: {MISMATCH}"),
        (key(1, x="x"), f"{BAD_START}: {MISMATCH}"),
        ({"p": {"S": "a"}, "s": {"S": "1"}}, f"{BAD_START}: {MISMATCH}"),
        ({"p": {"S": "a"}, "s": {}}, BAD_START + ": Supplied AttributeValue is empty, must contain "
         "exactly one of the supported datatypes"),
    ],
)  # fmt: skip
async def test_start_keys_that_do_not_fit_a_scan(reading, invalid, start, message):
    with invalid(message):
        await reading("Scan", ExclusiveStartKey=start)


async def test_start_keys_of_another_segment(reading, invalid):
    segments = [{"Segment": segment, "TotalSegments": 2} for segment in range(2)]
    for right, wrong in (segments, segments[::-1]):
        for item in (await reading("Scan", **right))["Items"]:
            start = {name: item[name] for name in ("p", "s")}
            with invalid(
                f"{BAD_START}: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with "
                f"correct Segment. TotalSegments: 2 Segment: {wrong['Segment']}"
            ):
                await reading("Scan", **wrong, ExclusiveStartKey=start)


async def test_a_page_of_a_megabyte(samples):
    for s in range(12):
        await samples.put(p="a", s=s, text="x" * 100_000)
    for operation, params in (("Query", P_IS_A), ("Scan", {})):
        page = await samples(operation, TableName="samples", **params)
        assert page["Count"] == 11
        assert page["LastEvaluatedKey"] == key(10)
        counted = await samples(
            operation,
            TableName="samples",
            **params,
            Select="COUNT",
            ExclusiveStartKey=page["LastEvaluatedKey"],
        )
        assert counted == {"Count": 1, "ScannedCount": 1}
