"""As what requests are metered: by what an operation does, and as many as it has items."""

from types import SimpleNamespace

import pytest

from lenticular.apis.aws.dynamodb.usage import TableUsages
from lenticular.apis.aws.wire.usage import request_class, spending_refused, usage_of_caller
from lenticular.apis.http import BufferedBody
from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.access import AccessDenied
from lenticular.primitives.budgets.errors import BudgetExceeded
from lenticular.primitives.meters import DELETE, LIST, MANAGE, READ, WRITE
from lenticular.primitives.principals import ANONYMOUS
from lenticular.primitives.tables import Tables
from lenticular.testing.values import make_principal


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("GetSecretValue", READ),
        ("DescribeTable", READ),
        ("HeadObject", READ),
        ("TransactGetItems", READ),
        ("ListUsers", LIST),
        ("DeleteSecret", DELETE),
        ("AbortMultipartUpload", DELETE),
        ("UntagResource", DELETE),
        ("CreateSecret", WRITE),
        ("PutItem", WRITE),
        ("WhateverComesNext", WRITE),
    ],
)
def test_an_operation_is_what_its_name_says(operation, expected):
    assert request_class(operation) == expected


def call(operation, body=b"", principal=None):
    return SimpleNamespace(
        service="dynamodb",
        operation=operation,
        principal=principal or make_principal("alice"),
        region="us-east-1",
        request=SimpleNamespace(body=BufferedBody(body)),
    )


def test_nobody_pays_for_nobody():
    assert usage_of_caller(call("ListUsers", principal=ANONYMOUS)) == ()


ITEM = {"p": {"S": "a"}}
PUT, GONE = {"PutRequest": {"Item": ITEM}}, {"DeleteRequest": {"Key": ITEM}}


@pytest.mark.parametrize(
    ("operation", "size", "params", "expected"),
    [
        ("PutItem", 100, {"TableName": "abc"}, [(WRITE, 1)]),
        ("PutItem", 5000, {"TableName": "abc"}, [(WRITE, 5)]),
        ("DeleteItem", 5000, {"TableName": "abc"}, [(DELETE, 1)]),
        ("UpdateTable", 100, {"TableName": "abc"}, [(MANAGE, 1)]),
        (
            "BatchWriteItem",
            9,
            {"RequestItems": {"abc": [PUT, PUT, GONE]}},
            [(WRITE, 2), (DELETE, 1)],
        ),
        (
            "BatchWriteItem",
            40 * 1024,
            {"RequestItems": {"abc": [PUT, PUT, PUT], "def": [PUT]}},
            [(WRITE, 30), (WRITE, 10)],
        ),
        ("BatchWriteItem", 9, {"RequestItems": {"abc": [GONE]}}, [(DELETE, 1)]),
        ("BatchGetItem", 9, {"RequestItems": {"abc": {"Keys": [ITEM, ITEM]}}}, [(READ, 2)]),
        (
            "TransactWriteItems",
            9,
            {"TransactItems": [{"Put": {"TableName": "abc"}}, {"Delete": {"TableName": "abc"}}]},
            [(WRITE, 2), (DELETE, 2)],
        ),
        ("ListTables", 9, {}, [(LIST, 1)]),
        ("Query", 9, {"TableName": "no such name!"}, [(READ, 1)]),
    ],
)
async def test_tables_are_charged_by_items_and_bytes(operation, size, params, expected):
    usages = await TableUsages(Tables(MemoryStore()))(call(operation, b"x" * size), params)
    assert [(usage.request, usage.units) for usage in usages] == expected


async def test_a_query_counts_by_its_answer():
    query = call("Query")
    [usage] = await TableUsages(Tables(MemoryStore()))(query, {"TableName": "abc"})
    assert usage.units_of(10_000) == 3


def test_refusals_in_words_of_aws():
    exceeded = BudgetExceeded("1", "lab", "1 USD", "1 USD", 0, until_free=False)
    error = spending_refused(exceeded)
    assert (error.code, error.status) == ("BudgetExceeded", 403)
    assert error.message == str(exceeded)
    assert spending_refused(AccessDenied("secret")).message == "Access Denied"
    assert spending_refused(ValueError()) is None
