"""Clients of DynamoDB, tables to use, and what its tests have in common."""

import uuid
from contextlib import contextmanager

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError


@pytest.fixture(scope="session")
def stranger(aws, other):
    """DynamoDB as another account."""
    return aws("dynamodb", other)


@pytest.fixture(scope="session")
def nobody(aws):
    """DynamoDB without credentials."""
    return aws("dynamodb", config=Config(signature_version=UNSIGNED))


@pytest.fixture(scope="session")
def refused():
    """``with refused("ResourceNotFoundException") as answer:`` for calls that fail so."""

    @contextmanager
    def refused(code, message=None):
        answer = {}
        with pytest.raises(ClientError) as raised:
            yield answer
        answer |= raised.value.response
        found = answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]
        assert found == (code, 400)
        if message is not None:
            assert answer["Error"]["Message"] == message

    return refused


@pytest.fixture(scope="session")
def definition():
    """Makes the parameters of a table: its key as ``p="S", s="N"``, its indexes as these."""

    def schema(*names):
        kinds = ("HASH", "RANGE")
        return [
            {"AttributeName": name, "KeyType": kind}
            for name, kind in zip(names, kinds, strict=False)
        ]

    def indexes(specs, projection):
        return [
            {"IndexName": name, "KeySchema": schema(*keys), "Projection": projection}
            for name, keys in specs.items()
        ]

    def make(key, indexed=None, *, local=None, projection="ALL", **types):
        given = {"ProjectionType": projection}
        named = {
            "GlobalSecondaryIndexes": indexes(indexed or {}, given),
            "LocalSecondaryIndexes": indexes(local or {}, given),
        }
        return {
            "TableName": f"samples-{uuid.uuid4().hex[:12]}",
            "KeySchema": schema(*key),
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": kind}
                for name, kind in (key | types).items()
            ],
            "BillingMode": "PAY_PER_REQUEST",
        } | {name: given for name, given in named.items() if given}

    return make


@pytest.fixture
def make_table(dynamodb, cloud, aws, definition):
    """Makes a table of boto3's resource, which has values of Python."""
    resource = boto3.resource("dynamodb", **cloud.boto3())

    def make(*args, **options):
        params = definition(*args, **options)
        dynamodb.create_table(**params)
        dynamodb.get_waiter("table_exists").wait(TableName=params["TableName"])
        return resource.Table(params["TableName"])

    yield make
    resource.meta.client.close()


@pytest.fixture
def table(make_table):
    """A table under ``p`` (a text) and ``s`` (a number)."""
    return make_table({"p": "S", "s": "N"})


@pytest.fixture
def name(table):
    """The name of a table under ``p`` and ``s``."""
    return table.name


@pytest.fixture
def key():
    """Makes a key, or more of an item, in the notation of the wire."""

    def make(p="a", s=1, **texts):
        item = {"p": {"S": p}, "s": {"N": str(s)}}
        return item | {name: {"S": text} for name, text in texts.items()}

    return make
