"""DynamoDB on a store in memory, called with JSON as the wire has it, without HTTP."""

import json
from contextlib import contextmanager
from typing import Any

import pytest

from lenticular.apis.aws import dynamodb as implementation
from lenticular.apis.aws.wire.api import AwsApi
from lenticular.apis.aws.wire.service import Call
from lenticular.apis.http import BufferedBody, Request
from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.principals import ANONYMOUS
from lenticular.primitives.tables import Tables
from lenticular.testing.values import make_principal


class Refused(Exception):
    """The answer was an error."""

    def __init__(self, status: int, document: dict[str, Any]) -> None:
        self.status = status
        self.code = document["__type"].rpartition("#")[2]
        self.message = document.get("message", document.get("Message", ""))
        self.document = document
        super().__init__(f"{status} {self.code}: {self.message}")


class DynamoDB:
    """DynamoDB as somebody calls it: ``await dynamodb("PutItem", TableName=...)``."""

    def __init__(self, tables, principal, region="us-east-1"):
        self.tables = tables
        self.principal = principal
        self.region = region
        self.api = AwsApi([implementation.service(tables)])

    async def __call__(self, operation, **params):
        return await self.send(operation, json.dumps(params).encode())

    async def send(self, operation, body):
        """Call with a body as it is."""
        headers = {
            "content-type": "application/x-amz-json-1.0",
            "x-amz-target": f"DynamoDB_20120810.{operation}",
            "host": "localhost",
        }
        request = Request(
            id="1",
            method="POST",
            raw_path="/",
            path="/",
            raw_query="",
            headers=headers,
            body=BufferedBody(body),
        )
        route = None
        try:
            route = await self.api.route(request)
            params = await self.api.parse(request, route)
            call = Call(request, "dynamodb", operation, self.principal, self.region)
            result = await self.api.run(call, params)
            response = self.api.serialise(call, route, result)
        except Exception as error:
            if route is not None and route.service.translate(error) is None:
                known = self.api.fail(request, route, error)
                if known.status >= 500 and known.status != 501:
                    raise  # no error of the service: one of this code
            response = self.api.fail(request, route, error)
        document = json.loads(response.body or b"{}")
        if response.status != 200:
            raise Refused(response.status, document)
        return document

    async def create(self, name="samples", *, sort=True, indexes=(), local=(), **params):
        """Create a table under ``p`` (S) and ``s`` (N), with indexes as (name, hash, range)."""
        schema = [{"AttributeName": "p", "KeyType": "HASH"}]
        types = {"p": "S"}
        if sort:
            schema.append({"AttributeName": "s", "KeyType": "RANGE"})
            types["s"] = "N"
        made = {"GlobalSecondaryIndexes": indexes, "LocalSecondaryIndexes": local}
        for member, specs in made.items():
            if specs:
                params[member] = [index_of(types, *spec) for spec in specs]
        return await self(
            "CreateTable",
            TableName=name,
            KeySchema=schema,
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": kind} for name, kind in types.items()
            ],
            **{"BillingMode": "PAY_PER_REQUEST"} | params,
        )

    async def put(self, **attributes):
        """Put an item of texts and integers into the table ``samples``."""
        item = {
            name: {"N": str(value)}
            if isinstance(value, int)
            else {"S": value}
            if isinstance(value, str)
            else value
            for name, value in attributes.items()
        }
        await self("PutItem", TableName="samples", Item=item)
        return item


def index_of(types, name, partition, sort=None, projection="ALL", included=()):
    """An index, whose key attributes are texts unless they are known."""
    schema = [{"AttributeName": partition, "KeyType": "HASH"}]
    types.setdefault(partition, "S")
    if sort:
        schema.append({"AttributeName": sort, "KeyType": "RANGE"})
        types.setdefault(sort, "S")
    described = {"ProjectionType": projection}
    if included:
        described["NonKeyAttributes"] = list(included)
    return {"IndexName": name, "KeySchema": schema, "Projection": described}


@pytest.fixture
async def tables():
    made = Tables(MemoryStore())
    yield made
    await made.close()


@pytest.fixture
def dynamodb(tables):
    """DynamoDB as the first account."""
    return DynamoDB(tables, make_principal("alice"))


@pytest.fixture
def other(tables):
    """DynamoDB as another account."""
    return DynamoDB(tables, make_principal("bob"))


@pytest.fixture
def anonymous(tables):
    """DynamoDB as nobody."""
    return DynamoDB(tables, ANONYMOUS)


@pytest.fixture
def elsewhere(tables, dynamodb):
    """DynamoDB as the first account in another region."""
    return DynamoDB(tables, dynamodb.principal, "eu-west-1")


@pytest.fixture
async def samples(dynamodb):
    """DynamoDB with a table ``samples``."""
    await dynamodb.create()
    return dynamodb


@pytest.fixture
def refused():
    """``with refused("ValidationException", "The whole message"):``"""

    @contextmanager
    def expect(code, message=None, *, part=None):
        with pytest.raises(Refused) as caught:
            yield caught
        found = caught.value
        assert found.code == code, found
        assert found.status == 400
        if message is not None:
            assert found.message == message
        if part is not None:
            assert part in found.message

    return expect


@pytest.fixture
def invalid(refused):
    """``with invalid("The whole message"):`` for a ValidationException."""
    return lambda message=None, **options: refused("ValidationException", message, **options)
