"""S3 on memory engines, called below HTTP: handlers with parsed parameters."""

from collections.abc import Mapping
from typing import Any

import pytest

from lenticular.apis.aws import s3
from lenticular.apis.aws.wire.payloads import s3_payload
from lenticular.apis.aws.wire.service import Call
from lenticular.apis.http import BufferedBody, Request, Response
from lenticular.engines.blobs.memory import MemoryBlobs
from lenticular.engines.kv.memory import MemoryStore
from lenticular.engines.queries.duckdb import DuckDbQueries
from lenticular.primitives.contents import Contents
from lenticular.primitives.events import Events
from lenticular.primitives.identities import Identities
from lenticular.primitives.metrics import Metrics
from lenticular.primitives.objects import ObjectStorage
from lenticular.primitives.principals import ANONYMOUS, Principal
from lenticular.primitives.selections import Selections
from lenticular.primitives.vault import KEY_SIZE, Vault

HEADERS = {
    "ACL": "x-amz-acl",
    "CacheControl": "cache-control",
    "ContentDisposition": "content-disposition",
    "ContentEncoding": "content-encoding",
    "ContentLanguage": "content-language",
    "ContentMD5": "content-md5",
    "ContentType": "content-type",
    "Expires": "expires",
    "WebsiteRedirectLocation": "x-amz-website-redirect-location",
}
"""Headers that the operations read themselves, by member."""


class Answer:
    """What a handler returned, a document or a response with its body read."""

    def __init__(self, result: Any, body: bytes) -> None:
        self.result = result
        self.body = body
        self.status = result.status if isinstance(result, Response) else 200
        self.headers = (
            {name.lower(): value for name, value in result.headers}
            if isinstance(result, Response)
            else {}
        )

    def __getitem__(self, member: str) -> Any:
        return self.result[member]

    @property
    def text(self) -> str:
        return self.body.decode()


class S3:
    """S3 as somebody calls it."""

    def __init__(self, service: Any, principal: Principal, region: str = "us-east-1") -> None:
        self.service = service
        self.principal = principal
        self.region = region

    async def __call__(
        self, operation: str, *, headers: Mapping[str, str] | None = None, **params: Any
    ) -> Answer:
        sent = {HEADERS[name]: value for name, value in params.items() if name in HEADERS}
        sent |= headers or {}
        body = params.pop("Body", b"")
        request = Request(
            id="1",
            method="PUT",
            raw_path="/" + params.get("Bucket", ""),
            path="/" + params.get("Bucket", ""),
            raw_query="",
            headers=sent,
            body=body if not isinstance(body, bytes) else BufferedBody(body),
        )
        request.body = s3_payload(request, sent.get("x-amz-content-sha256"), None)
        if "Delete" not in params:
            params["Body"] = request.body
        call = Call(request, "s3", operation, self.principal, self.region)
        result = await self.service.handlers[operation](call, params)
        if isinstance(result, bytes):
            return Answer(result, result)
        if not isinstance(result, Response):
            return Answer(result, b"")
        if isinstance(result.body, bytes):
            return Answer(result, result.body)
        return Answer(result, b"".join([chunk async for chunk in result.body]))


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def identities(store):
    return Identities(store, Vault(bytes(KEY_SIZE)))


@pytest.fixture
def storage(store):
    return ObjectStorage(store, Contents(store, MemoryBlobs()))


@pytest.fixture
def service(storage, identities, store):
    selections = Selections(DuckDbQueries())
    return s3.service(storage, identities, Events(store), selections, Metrics(store))


async def _account(identities: Identities, name: str) -> Principal:
    credentials = await identities.create_account(name, f"{name}@example.org")
    signer = await identities.signer(credentials.access_key_id)
    assert signer is not None
    return signer.principal


@pytest.fixture
async def owner(identities):
    """The account whose buckets are used."""
    return await _account(identities, "owner")


@pytest.fixture
async def stranger(identities):
    """Another account."""
    return await _account(identities, "stranger")


@pytest.fixture
async def call(service, owner):
    """S3 as the owner, with a bucket ``samples``."""
    s3 = S3(service, owner)
    await s3("create_bucket", Bucket="samples")
    return s3


@pytest.fixture
def as_stranger(service, stranger):
    return S3(service, stranger)


@pytest.fixture
def as_nobody(service):
    return S3(service, ANONYMOUS)
