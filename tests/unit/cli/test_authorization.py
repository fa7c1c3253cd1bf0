"""``auth client`` and ``auth scope``: the forms that other tools call."""

import json
import uuid

import pytest
from typer.testing import CliRunner

from lenticular.cli import CommandError
from lenticular.cli.application import application

TRANSFER_ALL = "urn:globus:auth:scope:transfer.api.globus.org:all"


@pytest.fixture
def auth(tmp_path):
    """``auth("client", "create", ...)``: what the command prints, as JSON."""

    def run(*arguments, json_output=True):
        more = ["--json"] if json_output else []
        done = CliRunner().invoke(application, ["auth", *arguments, "--data", str(tmp_path), *more])
        if done.exception is not None:
            raise done.exception
        run.noted = done.stderr
        return json.loads(done.stdout) if json_output else done.stdout

    return run


def test_a_client_with_all_that_can_be_said(auth, tmp_path):
    client_id = str(uuid.uuid4())
    made = auth(
        *("client", "create", "A portal", "--id", client_id, "--secret", "s" * 30),
        *("--redirect", "https://a/", "--redirect", "http://localhost:1/"),
    )
    assert made["id"] == client_id
    assert made["secret"] == "s" * 30
    assert made["redirect_uris"] == ["https://a/", "http://localhost:1/"]
    assert made["type"] == "hybrid_confidential_client_resource_server"
    assert (made["client_id"], made["client_secret"]) == (client_id, "s" * 30)
    told_once = {"secret", "client_secret", "client_id"}
    assert auth("client", "list") == [
        {name: value for name, value in made.items() if name not in told_once}
    ]


def test_a_secret_is_made_and_told_once(auth):
    made = auth("client", "create", "A portal")
    assert len(made["secret"]) >= 43
    assert made["secret"] == made["client_secret"]
    assert made["secret"] not in json.dumps(auth("client", "list"))


def test_lines_for_people(auth):
    printed = auth("client", "create", "A portal", "--redirect", "https://a/", json_output=False)
    lines = dict(line.split(": ", 1) for line in printed.splitlines())
    assert lines.keys() >= {"id", "secret"}
    assert lines["redirect_uris"] == "https://a/"


def test_a_native_app_has_no_secret_and_the_page_with_the_code(auth):
    made = auth("client", "create", "An app", "--native")
    assert not {"secret", "client_secret"} & made.keys()
    assert made["client_id"] == made["id"]
    assert "http://localhost" in made["redirect_uris"]
    assert "https://auth.globus.org/v2/web/auth-code" in made["redirect_uris"]
    made = auth("client", "create", "An app", "--native", "--redirect", "org.example:/done")
    assert made["redirect_uris"] == [
        "org.example:/done",
        "https://auth.globus.org/v2/web/auth-code",
    ]


def test_a_weak_secret_is_told(auth):
    auth("client", "create", "A portal", "--secret", "short")
    assert "can be guessed" in auth.noted


@pytest.mark.parametrize(
    "arguments",
    [
        ("client", "create", ""),
        ("client", "create", "x", "--id", "not-a-uuid"),
        ("client", "create", "x", "--redirect", "javascript:alert(1)"),
        ("client", "create", "x", "--native", "--secret", "s" * 30),
        ("client", "delete", "unknown"),
        ("scope", "create", "run", "--client", "unknown"),
        ("scope", "list", "--client", "unknown"),
    ],
)
def test_what_cannot_be(auth, arguments):
    with pytest.raises(CommandError):
        auth(*arguments)


def test_scopes(auth):
    client_id = auth("client", "create", "A service")["id"]
    string = f"https://auth.globus.org/scopes/{client_id}/run"
    made = auth(
        *("scope", "create", string, "--client", client_id, "--description", "Run things."),
        *("--resource-server", "compute.example.org"),
        *("--depends-on", TRANSFER_ALL, "--depends-on", "*openid"),
    )
    assert made["scope"] == string
    assert made["resource_server"] == "compute.example.org"
    assert made["depends_on"] == [TRANSFER_ALL, "*openid"]
    other = auth("scope", "create", "urn:example:view", "--client", client_id)
    assert other["scope"] == "urn:example:view"
    assert auth("scope", "list", "--client", client_id) == [made, other]
    assert auth("scope", "list") == [made, other]
    assert "compute.example.org" in auth("scope", "list", json_output=False)
    for again in (string, "openid", TRANSFER_ALL):
        with pytest.raises(CommandError, match="already"):
            auth("scope", "create", again, "--client", client_id)
    auth("client", "delete", client_id)
    assert auth("scope", "list") == []
