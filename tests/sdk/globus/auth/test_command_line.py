"""``globus`` as it comes: login, whoami, session, logout, and as an application."""

import json
import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

VENV = os.environ.get("VENV") or str(Path(__file__).parents[4] / ".venv")
GLOBUS = Path(f"{VENV}-globus-cli/bin/globus")


@pytest.fixture
def environment(cloud, tmp_path):
    """The command's environment: a home of its own, and where the services are."""
    url = cloud.configuration.url("globus")
    return {
        "HOME": str(tmp_path),
        "PYTHONUNBUFFERED": "1",
        "GLOBUS_SDK_SERVICE_URL_AUTH": f"{url}/",
        "GLOBUS_SDK_SERVICE_URL_GROUPS": url,
    }


@pytest.fixture
def globus(environment):
    """``globus("whoami")``: what the command prints."""

    def run(*arguments, status=0):
        done = subprocess.run(
            [GLOBUS, *arguments], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    return run


@contextmanager
def asking(environment, *arguments):
    """Run a command that prints an address and waits for a code; give it with the address."""
    with subprocess.Popen(
        [GLOBUS, *arguments, "--no-local-server"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as command:
        try:
            lines = iter(command.stdout.readline, "")
            yield next(line.strip() for line in lines if line.startswith("http")), command
        finally:
            command.kill()


def _log_in(environment, browser, *arguments):
    with asking(environment, *(arguments or ("login",))) as (url, command):
        output, _ = command.communicate(browser.code(url) + "\n", timeout=60)
        assert command.returncode == 0, output
    return output


def test_a_persons_session(environment, globus, browse, ada):
    browser = browse(ada)
    assert "You have successfully logged in" in _log_in(environment, browser)
    assert browser.asked == ["sign in", "allow"]
    assert globus("whoami").strip() == ada.username
    assert globus("whoami", "--linked-identities").split() == [ada.username]
    session = json.loads(globus("session", "show", "--format", "json"))
    assert session["authentications"].keys() == {ada.identity_id}
    assert session["authentications"][ada.identity_id]["amr"] == ["pwd"]
    assert "already logged in" in globus("login")
    assert "successfully updated" in _log_in(
        environment, browser, "session", "update", ada.username
    )
    assert browser.asked[2:] == ["sign in", "allow"]
    assert globus("session", "show").count(ada.username) == 1
    assert "successfully logged out" in globus("logout", "--yes")
    assert globus("whoami", status=4) == ""


def test_a_login_with_a_browser_on_the_machine(environment, globus, browse, ada, tmp_path):
    """The command listens on a free port, and opens a browser there."""
    opened = tmp_path / "opened"
    os.mkfifo(opened)
    opener = tmp_path / "browser"
    opener.write_text(f'#!/bin/sh\nprintf %s "$1" > {opened}\n')
    opener.chmod(0o700)
    environment |= {"BROWSER": str(opener), "PATH": os.environ["PATH"]}
    with subprocess.Popen([GLOBUS, "login"], env=environment, stdout=subprocess.PIPE) as command:
        ended = browse(ada).authorize(opened.read_text())
        assert ended.startswith("http://localhost:")
        assert "Login successful" in httpx.get(ended, trust_env=False).text
        assert b"successfully logged in" in command.communicate(timeout=60)[0]
    assert globus("whoami").strip() == ada.username


def test_a_client_login(environment, globus, new_client):
    client_id, secret = new_client("A robot")
    environment |= {"GLOBUS_CLI_CLIENT_ID": client_id, "GLOBUS_CLI_CLIENT_SECRET": secret}
    shown = json.loads(globus("whoami", "--format", "json"))
    assert shown["sub"] == client_id
    assert shown["preferred_username"] == f"{client_id}@clients.auth.globus.org"
    assert json.loads(globus("session", "show", "--format", "json"))["authentications"] == {}
    assert "successfully revoked" in globus("logout", "--yes")
    environment["GLOBUS_CLI_CLIENT_SECRET"] = "wrong"
    assert globus("whoami", status=1) == ""
