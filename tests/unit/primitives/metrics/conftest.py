"""Fixtures: a store in memory."""

import pytest

from lenticular.engines.kv.memory import MemoryStore


@pytest.fixture
def store():
    return MemoryStore()
