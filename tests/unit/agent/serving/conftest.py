"""A door of an agent with a folder behind it, and a client."""

import httpx
import pytest

from lenticular.engines.connectors.places import Rule
from lenticular.testing.doors import SHOWN, open_door


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


@pytest.fixture
async def door(root):
    async with open_door() as opened:
        opened.cloud.let_in(root)
        opened.cloud.let_in(root, Rule("/", "r"), token="reader")
        yield opened


@pytest.fixture
async def http(door):
    """Shows a token that may read and write."""
    headers = {"Authorization": f"Bearer {SHOWN}"}
    async with httpx.AsyncClient(base_url=door.url, headers=headers, trust_env=False) as client:
        yield client


@pytest.fixture
async def stranger(door):
    """Shows nothing."""
    async with httpx.AsyncClient(base_url=door.url, trust_env=False) as client:
        yield client
