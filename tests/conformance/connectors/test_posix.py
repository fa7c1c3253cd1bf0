"""The connector of a machine's folders keeps the contract, by itself and confined."""

from itertools import count

import pytest

from lenticular.engines.connectors.opening import open_place
from lenticular.engines.connectors.places import Folder, Place
from lenticular.engines.connectors.posix import PosixFiles, locating
from lenticular.testing.conformance_connectors import (
    NASTY_NAMES,
    ODD_NAMES,
    ConnectorConformance,
)


@pytest.fixture
def folders(tmp_path):
    def new_folder():
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        return folder

    numbers = count()
    return new_folder


class TestPosix(ConnectorConformance):
    odd_names = (*ODD_NAMES, *NASTY_NAMES)

    @pytest.fixture
    def open_connector(self, folders):
        async def open_connector():
            return PosixFiles(str(folders()))

        return open_connector


class TestWithoutOpenat2(TestPosix):
    """As on a kernel that has it not: every path is gone name by name."""

    @pytest.fixture(autouse=True)
    def _old_kernel(self, monkeypatch):
        def missing(path, flags, folder):
            raise OSError(38, "Function not implemented")

        monkeypatch.setattr(locating, "open_beneath", missing)


class TestConfined(ConnectorConformance):
    @pytest.fixture
    def open_connector(self, folders):
        async def open_connector():
            folder = folders()
            (folder / "share" / "inner").mkdir(parents=True)
            return open_place(Place(Folder(str(folder)), prefix="/share/inner/"))

        return open_connector
