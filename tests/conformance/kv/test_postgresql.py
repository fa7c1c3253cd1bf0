"""The PostgreSQL engine: the conformance suite, and what it adds to the contract."""

import pytest

from lenticular.engines.kv.postgresql import PostgresqlStore
from lenticular.testing.conformance_kv import KeyValueStoreConformance


class TestPostgresqlStore(KeyValueStoreConformance):
    @pytest.fixture
    def open_store(self, postgresql):
        async def open_store():
            return await PostgresqlStore.open(postgresql.new_place())

        return open_store
