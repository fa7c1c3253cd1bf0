"""`user invite`, `user link`, `auth provider`, and the link that the first start prints."""

import json

import pytest
from typer.testing import CliRunner

from lenticular.cli import CommandError, administration
from lenticular.cli.application import application
from lenticular.cli.lifecycle import _invite_first
from lenticular.server.configuration import Configuration


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cloud"


@pytest.fixture
def run(folder):
    """``run("user", "invite", "ada")``: what the command prints, on a folder that no server has."""

    def invoke(*arguments, fails=False):
        found = CliRunner().invoke(application, [*arguments, "--data", str(folder)])
        expected = SystemExit | CommandError | None
        assert isinstance(found.exception, expected), found.exception
        assert bool(found.exit_code) == fails, found.output
        return str(found.exception) if fails else found.output

    return invoke


@pytest.fixture
def said(run):
    """The same as JSON."""
    return lambda *arguments: json.loads(run(*arguments, "--json"))


@pytest.fixture
def ada(said, tmp_path):
    password = tmp_path / "password"
    password.write_text("Correct-Horse-1\n")
    return said(
        "user", "create", "ada", "--email", "ada@example.org", "--password-file", str(password)
    )


@pytest.fixture
def university(said):
    return said(
        "auth", "provider", "create", "uni", "--issuer", "https://login.uni.example",
        "--client", "lenticular", "--secret", "their secret", "--domain", "uni.example",
    )  # fmt: skip


def test_the_first_start_prints_a_link_until_somebody_can_sign_in(folder, capsys, said, tmp_path):
    configuration = Configuration(data=folder)
    _invite_first(configuration)
    printed = capsys.readouterr().out
    assert "http://127.0.0.1:4205/welcome?token=" in printed
    assert "within 24 hours" in printed
    token = printed.partition("token=")[2].split()[0]
    assert len(token) == 43
    password = tmp_path / "password"
    password.write_text("Correct-Horse-1")
    said("user", "create", "ada", "--email", "a@b.c", "--password-file", str(password))
    _invite_first(configuration)
    assert capsys.readouterr().out == ""
    assert administration.perform(configuration, "people.invitation") == {"url": "", "seconds": 0}


def test_inviting_a_user(said, run, ada):
    link = said("user", "invite", "ada")
    assert link["url"].startswith("http://127.0.0.1:4205/welcome?token=")
    assert link["seconds"] == 24 * 3600
    assert run("user", "invite", "ada").strip() != link["url"], "a newer one each time"
    assert "nobody" in run("user", "invite", "nobody", fails=True)


def test_identity_providers(said, run, university):
    assert university["domains"] == ["uni.example"]
    assert university["admission"] == "link-only"
    callback = "http://127.0.0.1:4205/sign-in/upstream/uni/callback"
    assert university["redirect_uri"] == callback
    assert "secret" not in json.dumps(university)
    assert said("auth", "provider", "list") == [university]
    assert "uni: https://login.uni.example (link-only)" in run("auth", "provider", "list")
    again = ("auth", "provider", "create", "uni2", "--issuer", "https://login.uni.example")
    assert "already" in run(*again, "--client", "c", fails=True)
    run("auth", "provider", "delete", "uni")
    assert said("auth", "provider", "list") == []
    assert "no identity provider" in run("auth", "provider", "delete", "uni", fails=True)


def test_a_provider_that_makes_users(said, run):
    where = ("auth", "provider", "create", "uni", "--issuer", "https://login.uni.example")
    options = ("--client", "c", "--create-users")
    assert "students" in run(*where, *options, "--group", "students", fails=True)
    assert "12 digits" in run(*where, *options, "--account", "42", fails=True)
    assert said(*where, *options)["admission"] == "create"


def test_linking_an_identity(said, run, ada, university):
    linked = said("user", "link", "ada", "ada@uni.example")
    assert (linked["username"], linked["status"]) == ("ada@uni.example", "unused")
    assert [one["username"] for one in said("user", "identities", "ada")] == [
        "ada@lab.localhost",
        "ada@uni.example",
    ]
    assert "ada@uni.example" in run("user", "identities", "ada")
    assert "elsewhere.example" in run("user", "link", "ada", "a@elsewhere.example", fails=True)
    assert said("user", "unlink", "ada", "ada@uni.example")["id"] == linked["id"]
    assert len(said("user", "identities", "ada")) == 1
    assert "not linked" in run("user", "unlink", "ada", "ada@uni.example", fails=True)
