"""Fixtures: a cloud started as its users start it, and a reader who does what a page says."""

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import boto3
import pytest

from .clouds import OWN, lenticular, started
from .pages import script

VENV = os.environ.get("VENV") or str(Path(__file__).parents[2] / ".venv")
PATIENCE = 240
"""Seconds that a page may take."""


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    """The data folder of a cloud that runs."""
    with started(tmp_path_factory.mktemp("cloud")) as folder:
        yield folder


@pytest.fixture(scope="session")
def s3(data):
    """boto3, to look at what the other clients did."""
    variables = json.loads(lenticular("env", "--json", f"--data={data}"))
    client = boto3.client(
        "s3",
        endpoint_url=variables["AWS_ENDPOINT_URL"],
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        region_name=variables["AWS_DEFAULT_REGION"],
    )
    yield client
    client.close()


@pytest.fixture
def reader(data, tmp_path):
    """The environment of somebody with a home of their own and the programs of a page."""
    programs = [f"{VENV}-analysis/bin", f"{VENV}-awscli/bin", OWN, os.environ["PATH"]]
    return {
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "LENTICULAR_DATA": str(data),
        "PATH": os.pathsep.join(map(str, programs)),
    }


@pytest.fixture
def run(reader, tmp_path):
    """Runs a shell script in the reader's home until its first failure; returns what it prints."""

    def run(commands: str) -> str:
        printed = tmp_path / "printed"  # not a pipe, which a program in the background keeps open
        with printed.open("w") as output:
            shell = subprocess.Popen(
                ["bash", "-xeuo", "pipefail", "-c", commands],
                cwd=tmp_path,
                env=reader,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                code = shell.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(shell.pid, signal.SIGKILL)
                code = shell.wait()
        assert code == 0, printed.read_text()
        return printed.read_text()

    return run


@pytest.fixture
def run_page(run):
    """Does what a page says, in order; returns what is printed. Skips without its programs."""

    def run_page(name: str, *programs: str) -> str:
        for program in programs:
            if not shutil.which(program):
                pytest.skip(f"{program} is not installed: `make clients`")
        return run(script(name))

    return run_page
