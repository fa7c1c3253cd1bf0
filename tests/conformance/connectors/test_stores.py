"""The connector of stores keeps the contract: in obstore's own memory and in SeaweedFS."""

import pytest
from obstore.store import MemoryStore

from lenticular.engines.connectors.opening import open_place
from lenticular.engines.connectors.places import Place, Store
from lenticular.engines.connectors.stores import StoreFiles
from lenticular.testing.conformance_connectors import ODD_NAMES, ConnectorConformance


class TestInMemory(ConnectorConformance):
    @pytest.fixture
    def open_connector(self):
        async def open_connector():
            return StoreFiles(MemoryStore())

        return open_connector


class TestInSeaweedFs(ConnectorConformance):
    separators = "/\\"
    odd_names = tuple(name for name in ODD_NAMES if "\\" not in name)

    @pytest.fixture
    def open_connector(self, seaweedfs):
        async def open_connector():
            url = f"s3://{seaweedfs.new_place()}"
            return open_place(Place(Store(url, dict(seaweedfs.settings)), prefix="/in/"))

        return open_connector
