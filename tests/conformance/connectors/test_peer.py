"""The connector to another agent keeps the contract, over real sockets."""

from contextlib import AsyncExitStack
from itertools import count

import pytest
from obstore.store import MemoryStore

from lenticular.engines.connectors.peer import PeerFiles
from lenticular.engines.connectors.places import Peer
from lenticular.engines.connectors.stores import StoreFiles
from lenticular.testing.conformance_connectors import (
    NASTY_NAMES,
    ODD_NAMES,
    ConnectorConformance,
)
from lenticular.testing.doors import SHOWN, open_door

ALL_NAMES = [*ODD_NAMES, *NASTY_NAMES]


class ServedFiles(PeerFiles):
    """Another agent's files, and that agent."""

    def __init__(self, peer, stack):
        super().__init__(peer)
        self._stack = stack

    async def close(self):
        await super().close()
        await self._stack.aclose()


@pytest.fixture
def folders(tmp_path):
    def new_folder():
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        return folder

    numbers = count()
    return new_folder


class TestPeer(ConnectorConformance):
    odd_names = ALL_NAMES

    @pytest.fixture
    def open_connector(self, folders):
        async def open_connector():
            stack = AsyncExitStack()
            door = await stack.enter_async_context(open_door())
            door.cloud.let_in(folders())
            return ServedFiles(Peer((door.url,), SHOWN), stack)

        return open_connector


async def test_a_wrong_checksum_is_found_where_the_agents_place_tells_none(tmp_path):
    store = MemoryStore()
    async with open_door(opener=lambda place: StoreFiles(store)) as door:
        door.cloud.let_in(tmp_path)
        files = PeerFiles(Peer((door.url,), SHOWN))
        assert not StoreFiles(store).traits.checksums
        await ConnectorConformance().test_a_wrong_checksum_is_found(files)
        await files.close()
