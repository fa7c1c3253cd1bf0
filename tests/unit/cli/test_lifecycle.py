"""The life of a real cloud, from the command line only: start, use, stop, and what goes wrong."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import boto3
import pytest

from lenticular.server import process

COMMAND = [sys.executable, "-m", "lenticular"]


def lenticular(*arguments: str, data: Path) -> subprocess.CompletedProcess[str]:
    """Run a command on the folder `data`, in an environment without settings."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [*COMMAND, *arguments, "--data", str(data)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
        timeout=60,
    )


def said(*arguments: str, data: Path) -> dict:
    """Run a command and return its JSON."""
    ran = lenticular(*arguments, "--json", data=data)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def start(data: Path) -> None:
    started = lenticular("start", "--detach", "--port-base", "0", data=data)
    assert started.returncode == 0, started.stderr


def whoami(environment: dict) -> str:
    """Ask the cloud itself whom an environment's credentials belong to."""
    sts = boto3.client(
        "sts",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        region_name=environment["AWS_DEFAULT_REGION"],
    )
    try:
        return sts.get_caller_identity()["Account"]
    finally:
        sts.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """The data folder, deeper than a socket's address is long, of a cloud that runs."""
    data = tmp_path_factory.mktemp("cloud").joinpath(*["a deep folder"] * 10)
    start(data)
    yield data
    stopped = lenticular("stop", data=data)
    assert "has stopped" in stopped.stdout


@pytest.fixture
def data(tmp_path):
    """A data folder on which nothing is left running."""
    folder = tmp_path / "cloud"
    yield folder
    lenticular("stop", "--force", data=folder)


def test_every_port_answers_when_start_returns(running):
    status = said("status", data=running)
    assert status["running"]
    assert status["answers"]
    assert list(status["endpoints"])[:3] == ["portal", "aws", "globus"]
    with urllib.request.urlopen(status["endpoints"]["portal"] + "/health") as answer:
        assert json.load(answer)["status"] == "ok"


def test_the_data_port_is_shown_once_there_is_a_collection(running, tmp_path):
    record = process.find(running)
    assert not record.serves_data()
    assert "Data port:" not in lenticular("status", data=running).stdout
    published = said("collection", "create", "Lab data", str(tmp_path), data=running)
    deadline = time.monotonic() + 30
    while not record.serves_data():
        assert time.monotonic() < deadline, "the built-in agent does not listen"
        time.sleep(0.05)
    url = said("status", data=running)["endpoints"]["data"]
    assert url == f"http://127.0.0.1:{record.port_base + 7}"
    assert published["https_server"].startswith(f"{url}/collections/")
    assert f"  Data port: {url}\n" in lenticular("status", data=running).stdout


def test_only_the_owner_can_read_the_secrets(running):
    assert running.stat().st_mode & 0o777 == 0o700
    for name in ("master.key", "server.json", "admin.sock"):
        assert (running / name).stat().st_mode & 0o777 == 0o600, name


def test_the_environment_opens_the_cloud(running):
    environment = said("env", data=running)
    assert whoami(environment) == environment["ACCOUNT_ID"]
    assert len(environment["CANONICAL_ID"]) == 64


def test_an_account_created_while_it_runs_can_sign(running):
    environment = said("env", data=running)
    account = said("account", "create", "guests", data=running)
    theirs = environment | {
        "AWS_ACCESS_KEY_ID": account["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": account["secret_access_key"],
    }
    assert whoami(theirs) == account["account_id"] != environment["ACCOUNT_ID"]
    again = lenticular("account", "create", "guests", data=running)
    assert again.returncode == 1
    assert again.stderr.startswith("lenticular: there is an account named 'guests'")


def test_starting_what_runs_is_done_when_it_is_the_same(running):
    again = lenticular("start", "--detach", "--port-base", "0", data=running)
    assert again.returncode == 0
    assert "runs already" in again.stderr


@pytest.mark.parametrize("options", [["--detach", "--port-base", "9"], ["--port-base", "0"]])
def test_starting_something_else_on_the_same_folder_fails(running, options):
    other = lenticular("start", *options, data=running)
    assert other.returncode == 1
    assert "a cloud already runs on this data folder" in other.stderr


def test_scrub_and_doctor_look_at_a_running_cloud(running):
    assert said("scrub", data=running)["problems"] == []
    assert lenticular("doctor", data=running).returncode == 0


def test_what_was_there_before_a_stop_is_there_after_a_start(data):
    start(data)
    before = said("env", data=data)
    assert lenticular("stop", data=data).returncode == 0
    assert lenticular("status", data=data).returncode == 3
    assert not (data / "server.json").exists()
    start(data)
    after = said("env", data=data)
    assert after["AWS_SECRET_ACCESS_KEY"] == before["AWS_SECRET_ACCESS_KEY"]
    assert whoami(after) == before["ACCOUNT_ID"]


def test_local_commands_work_without_a_server(data):
    ran = lenticular("env", "--json", data=data)
    assert "does not run" in ran.stderr
    environment = json.loads(ran.stdout)
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4201"
    account = said("account", "create", "guests", data=data)
    assert account["account_id"] != environment["ACCOUNT_ID"]
    assert said("scrub", data=data) == {"checked": 1, "problems": []}
    assert said("env", data=data) == environment


def test_a_killed_server_is_not_believed_to_run(data):
    start(data)
    server = said("status", data=data)["process"]["pid"]
    os.kill(server, signal.SIGKILL)
    start(data)
    assert said("status", data=data)["process"]["pid"] != server


def test_in_the_foreground_it_says_where_it_is_and_ends_on_interrupt(data):
    with subprocess.Popen(
        [*COMMAND, "start", "--port-base", "0", "--data", str(data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        shown = ""
        while "Stop it:" not in shown:
            line = server.stdout.readline()
            assert line, server.stderr.read()
            shown += line
        assert said("status", data=data)["endpoints"]["aws"] in shown
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=30)
        assert server.returncode == 0


def test_a_wrong_master_key_is_told_not_traced(data):
    start(data)
    lenticular("stop", data=data)
    (data / "master.key").write_bytes(b"too short")
    for command in (["start", "--detach", "--port-base", "0"], ["env"]):
        refused = lenticular(*command, data=data)
        assert refused.returncode == 1
        assert "master.key has 9 bytes" in refused.stderr
        assert "Traceback" not in refused.stderr
