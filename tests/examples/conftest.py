"""Fixtures: a real cloud, started and left the way its users do."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def lenticular(*arguments: str) -> str:
    """Run the command line and return what it prints."""
    command = [sys.executable, "-m", "lenticular", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


@pytest.fixture(scope="session")
def environment(tmp_path_factory):
    """The environment of somebody who took over ``lenticular env``, and has nothing else."""
    data = f"--data={tmp_path_factory.mktemp('cloud')}"
    lenticular("start", "--detach", "--port-base=0", data)
    try:
        variables = json.loads(lenticular("env", "--json", data))
        clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
        yield clean | variables | nowhere
    finally:
        lenticular("stop", "--force", data)


@pytest.fixture
def run_example(environment):
    """Run a file of examples/ and return what it prints, once it has ended well."""

    def run(name: str, *arguments: str) -> str:
        command = [sys.executable, str(ROOT / "examples" / name), *arguments]
        ran = subprocess.run(
            command, check=False, capture_output=True, text=True, env=environment, timeout=120
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    return run
