"""``collection``: the forms that other tools call, and what is not published."""

import json
import subprocess
import sys
import uuid
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner

from lenticular.cli import CommandError
from lenticular.cli.application import application


@pytest.fixture
def lenticular(tmp_path):
    """``lenticular("collection", "create", ...)``: what the command prints, as JSON."""

    def run(*arguments, json_output=True):
        more = ["--json"] if json_output else []
        words = [*map(str, arguments), "--data", str(tmp_path / "cloud"), *more]
        done = CliRunner().invoke(application, words)
        if done.exception is not None:
            raise done.exception
        assert done.exit_code == 0, done.stderr
        return json.loads(done.stdout) if json_output else done.stdout

    return run


@pytest.fixture
def folder(tmp_path):
    """A folder to publish."""
    made = tmp_path / "files"
    made.mkdir()
    return made


def test_a_folder_with_all_that_can_be_said(lenticular, folder):
    user = lenticular("user", "create", "ada", "--email", "a@example.org", "--access-key")
    id = str(uuid.uuid4())
    made = lenticular(
        *("collection", "create", "Lab data", folder, "--id", id, "--owner", "ada"),
        *("--anonymous-read", "--public", "--description", "Rain"),
    )
    assert made["id"] == id
    assert made["https_server"].endswith(f"/collections/{id}")
    assert (made["name"], made["where"], made["kind"]) == ("Lab data", str(folder), "folder")
    assert (made["owner"], made["anonymous_read"], made["public"]) == (
        user["username"],
        True,
        True,
    )
    assert lenticular("collection", "list") == [made]
    assert lenticular("collection", "show", id.upper()) == made
    shown = lenticular("collection", "show", id, json_output=False).splitlines()
    assert {f"id: {id}", "anonymous_read: yes", "public: yes"} <= set(shown)
    assert lenticular("collection", "delete", id) == made
    assert lenticular("collection", "list") == []
    with pytest.raises(CommandError, match="There is no collection"):
        lenticular("collection", "show", id)


def test_a_setup_key_for_what_has_no_machine(lenticular, folder):
    made = lenticular("collection", "create", "Lab data", folder)
    with pytest.raises(CommandError, match="needs no setup key"):
        lenticular("collection", "setup-key", made["id"])


def test_lines_for_people(lenticular, folder):
    printed = lenticular("collection", "create", "Lab data", folder, json_output=False)
    lines = dict(line.split(": ", 1) for line in printed.splitlines())
    assert uuid.UUID(lines["id"])
    assert lines["https_server"].startswith("http://")
    assert lines["id"] in lenticular("collection", "list", json_output=False)


def test_an_owner_by_any_name(lenticular, folder):
    user = lenticular("user", "create", "ada", "--email", "a@example.org", "--access-key")
    for name in (user["name"], user["username"], user["identity_id"]):
        made = lenticular("collection", "create", "Data", folder, "--owner", name)
        assert made["owner"] == user["username"]


def test_an_application_as_owner(lenticular, folder):
    client = lenticular("auth", "client", "create", "A robot")
    made = lenticular("collection", "create", "Data", folder, "--owner", client["id"])
    assert made["owner"] == f"{client['id']}@clients.auth.globus.org"


def test_an_owner_that_nobody_is(lenticular, folder):
    with pytest.raises(CommandError, match="Nobody is called 'bob'"):
        lenticular("collection", "create", "Data", folder, "--owner", "bob")


def test_a_relative_path(lenticular, folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    assert lenticular("collection", "create", "Data", "files")["where"] == str(folder)


def test_what_is_no_folder(lenticular, folder):
    (folder / "a").write_text("a")
    for path in (folder / "a", folder / "b"):
        with pytest.raises(CommandError, match="is no folder"):
            lenticular("collection", "create", "Data", path)


def test_the_clouds_own_folder_is_never_published(lenticular, folder, tmp_path):
    lenticular("collection", "list")
    (folder / "link").symlink_to(tmp_path / "cloud")
    for path in (tmp_path, tmp_path / "cloud", folder / "link", "/"):
        with pytest.raises(CommandError, match="master key"):
            lenticular("collection", "create", "Data", path)


def test_other_kinds(lenticular, tmp_path):
    secrets = tmp_path / "secrets"
    secrets.write_text("# of a friend\nsecret_access_key = very-secret\n")
    store = lenticular(
        *("collection", "create-store", "Far", "s3://far/away", "--options-file", secrets),
        *("--option", "region=eu-central-1"),
    )
    assert (store["kind"], store["where"]) == ("store", "s3://far/away")
    key = tmp_path / "key"
    key.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    sftp = lenticular(
        *("collection", "create-sftp", "Host", "sftp://ada@host/data", "--key", key),
        *("--host-key", "ssh-ed25519 AAAA"),
    )
    assert sftp["where"] == "sftp://ada@host:22/data"
    headers = tmp_path / "headers"
    headers.write_text("Authorization: Bearer very-secret\n")
    web = lenticular(
        *("collection", "create-web", "Web", "https://host/data/", "--headers-file", headers)
    )
    assert web["where"] == "https://host/data/"
    events = lenticular("audit", "show")
    assert "very-secret" not in json.dumps(events)
    assert "BEGIN OPENSSH" not in json.dumps(events)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("create-store", "X", "ftp://host/"), "address of a store"),
        (("create-store", "X", "s3://far", "--option", "region"), "NAME=VALUE"),
        (("create-sftp", "X", "sftp://host/", "--host-key", "k"), "address of an SFTP server"),
        (("create-sftp", "X", "sftp://a:b@host/", "--host-key", "k"), "without a password"),
        (("create-sftp", "X", "sftp://a@host/", "--host-key", "k"), "private key or a password"),
        (("create-web", "X", "file:///etc/passwd"), "address of a web server"),
        (("create-bucket", "X", "no-such-bucket"), "no-such-bucket"),
    ],
)
def test_what_cannot_be_published(lenticular, arguments, problem):
    with pytest.raises(CommandError, match=problem):
        lenticular("collection", *arguments)


def test_while_the_server_runs(lenticular, folder):
    command = [sys.executable, "-P", "-m", "lenticular"]
    cloud = ["--data", folder.parent / "cloud"]
    options = ["--port-base=0", "--detach", "--quiet"]
    subprocess.run([*command, "start", *options, *cloud], check=True)
    try:
        made = lenticular("collection", "create", "Live", folder, "--anonymous-read")
        assert made["https_server"].endswith(f"/collections/{made['id']}")
        globus = lenticular("status")["endpoints"]["globus"]
        port = urlsplit(made["https_server"]).port
        assert port == urlsplit(globus).port + 2
        assert lenticular("collection", "list") == [made]
    finally:
        subprocess.run([*command, "stop", *cloud], check=True)
