"""What tests of several kinds share: another store of objects, for the bytes of ours to lie in."""

import pytest

from lenticular.testing.seaweedfs import running_seaweedfs


@pytest.fixture(scope="session")
def seaweedfs(tmp_path_factory):
    """SeaweedFS, started when the first test asks for it, for all of them."""
    with running_seaweedfs(tmp_path_factory.mktemp("seaweedfs")) as running:
        yield running
