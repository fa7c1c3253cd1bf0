"""Health and metrics: who answers for which path, and that trouble is told."""

import msgspec
import pytest

from lenticular.apis.http import Request
from lenticular.server.configuration import Configuration
from lenticular.server.metrics import Metrics
from lenticular.server.operations import Operations
from lenticular.server.wiring import build_in_memory
from lenticular.testing.values import make_principal


@pytest.fixture
def cloud():
    return build_in_memory()


@pytest.fixture
def operations(cloud):
    return Operations(Configuration(), cloud, Metrics())


def get(path, **changes):
    given = {"id": "1", "method": "GET", "raw_query": "", "headers": {}} | changes
    return Request(raw_path=path, path=path, **given)


async def test_health_tells_of_a_store_that_fails(operations, cloud):
    assert (await operations.answer(get("/health"))).status == 200
    await cloud.store.close()
    response = await operations.answer(get("/health"))
    assert response.status == 503
    assert msgspec.json.decode(response.body)["status"] == "failing"


async def test_a_bucket_of_that_name_is_meant_before_the_operators_page(operations, cloud):
    assert await operations.answer_unsigned(get("/health")) is not None
    await cloud.storage.buckets.create(make_principal("lab"), "health", region="here")
    assert await operations.answer_unsigned(get("/health")) is None


@pytest.mark.parametrize(
    "request_",
    [
        get("/other"),
        get("/health", method="PUT"),
        get("/health", raw_query="X-Amz-Signature=1"),
        get("/health", headers={"authorization": "AWS4-HMAC-SHA256"}),
    ],
)
async def test_anything_else_is_the_interfaces_own(operations, request_):
    assert await operations.answer_unsigned(request_) is None


async def test_the_front_page_says_where_things_are(operations):
    response = await operations.answer(get("/"))
    assert b"http://127.0.0.1:4201" in response.body
    assert (await operations.answer(get("/nowhere"))).status == 404
