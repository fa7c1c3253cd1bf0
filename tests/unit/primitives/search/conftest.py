"""Indices on a store in memory, and people who use them."""

import json
import uuid

import pytest

from lenticular.engines.kv.memory import MemoryStore
from lenticular.engines.search.sqlite import SqliteSearch
from lenticular.primitives.search import Entry, Indices, NewEntry, Viewer
from lenticular.primitives.search.records import Ingest


def person(*group_ids):
    return Viewer((str(uuid.uuid4()),), group_ids)


@pytest.fixture
def ada():
    return person()


@pytest.fixture
def grace():
    return person()


@pytest.fixture
async def store():
    made = MemoryStore()
    yield made
    await made.close()


@pytest.fixture
async def indices(store):
    made = Indices(store, SqliteSearch())
    yield made
    await made.close()


@pytest.fixture
async def index(indices, ada):
    """The id of an index of Ada's."""
    return (await indices.create(ada, "Ice", "Cores")).index.index_id


def new(subject, content, visible_to=("public",), entry_id=None, sets=None):
    entry = Entry(json.dumps(content).encode(), tuple(visible_to), sets or {})
    return NewEntry(subject, entry_id, entry)


def ingest(*entries, **kinds):
    return Ingest(entries, kinds)
