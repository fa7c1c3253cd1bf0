"""What tests of several kinds share: servers of others, for what is ours to lie in."""

import gc
import os

import pytest

from lenticular.testing import cloud
from lenticular.testing.postgresql import running_postgresql
from lenticular.testing.seaweedfs import running_seaweedfs


def pytest_collection_finish():
    """Let the collector of garbage rest: tests, modules and clients stay to the end.

    To look through all of them again and again took a seventh of the processor's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


@pytest.fixture(scope="session")
def seaweedfs(tmp_path_factory):
    """SeaweedFS, started when the first test asks for it, for all of them."""
    with running_seaweedfs(tmp_path_factory.mktemp("seaweedfs")) as running:
        yield running


@pytest.fixture(scope="session")
def postgresql():
    """PostgreSQL, started when the first test asks for it, for all of them."""
    with running_postgresql() as running:
        yield running


@pytest.fixture(scope="session", autouse=True)
def chosen_store(request):
    """With ``STORE=postgresql`` every cloud of the tests has its keys there."""
    if os.environ.get("STORE", "") != "postgresql":
        yield
        return
    server, places = request.getfixturevalue("postgresql"), {}
    usual = cloud.store_of
    # A folder that is opened again finds its keys again.
    cloud.store_of = lambda data: places.get(data) or places.setdefault(data, server.new_place())
    yield
    cloud.store_of = usual
