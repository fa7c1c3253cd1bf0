"""What tests of several kinds share: servers of others, for what is ours to lie in."""

import pytest

from lenticular.testing.postgresql import running_postgresql
from lenticular.testing.seaweedfs import running_seaweedfs


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
