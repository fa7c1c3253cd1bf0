"""Fixtures: the objects primitive on engines in memory, and people to use it."""

import pytest

from lenticular.engines.blobs.memory import MemoryBlobs
from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.contents import Contents
from lenticular.primitives.objects import ObjectStorage
from lenticular.testing.values import make_principal


@pytest.fixture
def blobs():
    return MemoryBlobs()


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def contents(store, blobs):
    return Contents(store, blobs, small=100, grace=0)


@pytest.fixture
def storage(store, contents):
    return ObjectStorage(store, contents)


@pytest.fixture
def alice():
    return make_principal("alice")


@pytest.fixture
def bob():
    return make_principal("bob")


@pytest.fixture
async def bucket(storage, alice):
    await storage.buckets.create(alice, "samples", region="us-east-1")
    return "samples"
