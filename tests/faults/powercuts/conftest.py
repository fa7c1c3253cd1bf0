"""Fixtures of the tests with power cuts."""

import os
import random
import shutil
import tempfile
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def seed():
    """What chance begins with; it is printed where a test fails."""
    return int(os.environ.get("SEED") or random.SystemRandom().randrange(10**9))


@pytest.fixture(autouse=True)
def _tell_seed(seed):
    print(f"SEED={seed}")


@pytest.fixture
def report(capsys):
    """Prints a line to the terminal in the long form."""

    def say(line: str) -> None:
        if os.environ.get("FAULTS") == "long":
            with capsys.disabled():
                print(line, flush=True)

    return say


@pytest.fixture
def place(tmp_path):
    """Where disks are opened: in memory if there is some, for what is synced then is no matter."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path / "image"
        return
    folder = Path(tempfile.mkdtemp(prefix="lenticular-", dir=memory))
    yield folder / "image"
    shutil.rmtree(folder)
