"""``user``: users are made with a password or a key, listed, and given another password."""

import json
import re

import pytest
from typer.testing import CliRunner

from lenticular import cli
from lenticular.cli.application import application


@pytest.fixture
def run(tmp_path):
    """Runs ``lenticular user``; returns what it prints as JSON."""

    def user(*arguments, code=0):
        given = ["user", *arguments, "--data", str(tmp_path / "cloud"), "--json"]
        done = CliRunner().invoke(application, given)
        assert done.exit_code == code, done.output
        return json.loads(done.stdout) if done.stdout else done

    return user


@pytest.fixture
def refused(run):
    """Runs ``lenticular user`` and returns why it is refused."""

    def refusal(*arguments):
        return str(run(*arguments, code=1).exception)

    return refusal


@pytest.fixture
def password_file(tmp_path):
    path = tmp_path / "password"
    path.write_text("Nimbus rain-1 \n")
    return str(path)


def test_a_user_is_made_listed_and_given_a_password(run, password_file):
    made = run("create", "ada", "--email", "ada@uni.example", "--password-file", password_file)
    assert made["username"] == "ada@lab.localhost"
    assert made["arn"] == f"arn:aws:iam::{made['account_id']}:user/ada"
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made["identity_id"])
    assert "access_key_id" not in made
    assert run("list") == [made]
    assert run("password", "ada", "--password-file", password_file) == made


def test_a_key_is_made_when_it_is_asked_for(run):
    made = run("create", "ada", "--email", "", "--access-key", "--admin")
    assert made["access_key_id"].startswith("AKIA")
    assert len(made["secret_access_key"]) == 40
    assert "secret_access_key" not in run("list")[0]


def test_nothing_is_made_with_a_password_that_is_refused(run, refused, tmp_path):
    weak = tmp_path / "weak"
    weak.write_text("weak\n")
    arguments = ("create", "ada", "--email", "ada@uni.example", "--password-file", str(weak))
    assert "minimum length of 8" in refused(*arguments)
    assert run("list") == []


def test_what_cannot_be_done_is_told(run, refused, password_file, tmp_path):
    run("create", "ada", "--email", "")
    missing = str(tmp_path / "missing")
    for arguments, text in (
        (("create", "ADA", "--email", ""), "User with name ADA already exists"),
        (("create", "a b", "--email", ""), "no path and name"),
        (("create", "bob", "--email", "bob"), "'bob' is no mail address"),
        (("create", "bob", "--email", "", "--account", "1"), "no account '1'"),
        (("list", "--account", "000000000000"), "no account '000000000000'"),
        (("password", "bob", "--password-file", password_file), "user with name bob cannot be"),
        (("password", "ada", "--password-file", missing), "cannot be read"),
    ):
        assert text in refused(*arguments)


def test_the_password_is_the_file_without_its_line_end(password_file, tmp_path):
    from lenticular.cli.users import _password

    assert _password(tmp_path / "password") == "Nimbus rain-1 "
    (tmp_path / "dos").write_bytes(b"secret\r\n")
    assert _password(tmp_path / "dos") == "secret"
    (tmp_path / "bare").write_bytes(b"se\ncret")
    assert _password(tmp_path / "bare") == "se\ncret"
    (tmp_path / "latin").write_bytes(b"\xe4")
    with pytest.raises(cli.CommandError, match="cannot be read"):
        _password(tmp_path / "latin")
