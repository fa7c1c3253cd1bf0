"""The key-value store in memory keeps the contract."""

import pytest

from lenticular.engines.kv.memory import MemoryStore
from lenticular.testing.conformance_kv import KeyValueStoreConformance


class TestMemoryStore(KeyValueStoreConformance):
    @pytest.fixture
    def open_store(self):
        async def open_store():
            return MemoryStore()

        return open_store
