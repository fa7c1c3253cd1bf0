"""``lenticular backup`` and ``restore``: what they print, and how they end."""

import json

import pytest
from typer.testing import CliRunner

from lenticular.cli.application import application
from lenticular.primitives.backups import passphrases


@pytest.fixture(autouse=True)
def quick_passphrases(monkeypatch):
    monkeypatch.setattr(passphrases, "MEMORY", 64)


@pytest.fixture
def data(tmp_path):
    """The folder of a cloud."""
    data = tmp_path / "cloud"
    run("account", "create", "lab", "--data", data)
    return data


def run(*arguments, code=0):
    result = CliRunner().invoke(application, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output or result.exception
    return result.stdout


def fails(*arguments):
    """Run a command that cannot do what it was asked, and return why."""
    result = CliRunner().invoke(application, [str(argument) for argument in arguments])
    assert result.exception is not None
    return str(result.exception)


def test_a_backup_from_beginning_to_end(data, tmp_path):
    target = tmp_path / "backups"
    assert "keys, 0 blobs" in run("backup", target, "--data", data)
    second = json.loads(run("backup", "create", target, "--data", data, "--json"))
    listed = json.loads(run("backup", "list", target, "--json"))
    assert len(listed) == 2
    assert listed[1] == second
    lines = run("backup", "list", target).splitlines()
    assert [line.split()[0] for line in lines] == [each["id"] for each in listed]
    assert "0 damaged" in run("backup", "verify", target)
    assert json.loads(run("backup", "verify", target, second["id"], "--json"))["files"] == 2
    pruned = json.loads(run("backup", "prune", target, "--keep-last", 1, "--json"))
    assert (pruned["kept"], pruned["removed"]) == ([second["id"]], [listed[0]["id"]])
    new = tmp_path / "new"
    printed = run("restore", target, "--data", new)
    assert f"fingerprint {second['master_key']}" in printed
    assert f"lenticular start --data {new}" in printed


def test_that_there_is_no_snapshot_is_told(data, tmp_path):
    target = tmp_path / "backups"
    made = json.loads(run("backup", target, "--data", data, "--json"))
    run("backup", "prune", target, "--remove", made["id"])
    assert run("backup", "list", target).startswith(f"There is no snapshot in {target}; ")
    assert json.loads(run("backup", "list", target, "--json")) == []


def test_a_damaged_backup_is_told_and_not_restored(data, tmp_path):
    target = tmp_path / "backups"
    run("backup", target, "--data", data)
    path = next(target.glob("objects/*/*"))
    path.write_bytes(path.read_bytes()[:-1])
    printed = run("backup", "verify", target, code=1)
    assert f"objects/{path.parent.name}/{path.name} is damaged" in printed
    assert "is not whole" in printed
    assert path.name in fails("restore", target, "--data", tmp_path / "new")


def test_passphrases_come_from_files(data, tmp_path):
    target, right, wrong = tmp_path / "backups", tmp_path / "right", tmp_path / "wrong"
    right.write_text("a long passphrase\n")
    wrong.write_text("another\n")
    made = run("backup", target, "--data", data, "--encrypt", "--passphrase-file", right)
    assert made.startswith("snapshot ")
    assert "not the passphrase" in fails("backup", "list", target, "--passphrase-file", wrong)
    assert "--passphrase-file" in fails("backup", "list", target)
    secrets = ("--include-secrets", "--passphrase-file", right)
    run("backup", target, "--data", data, *secrets)
    assert "with secrets" in run("backup", "list", target, "--passphrase-file", right)
    restored = run(
        "restore", target, "--data", tmp_path / "new", "--passphrase-file", right, "--json"
    )
    assert json.loads(restored)["needs_master_key"] is False


def test_what_is_missing_is_asked_for(data, tmp_path):
    assert "--data DIR" in fails("restore", tmp_path / "backups")
    assert "no backup repository" in fails("backup", "list", tmp_path / "nothing")
    assert "--keep-last" in fails("backup", "prune", tmp_path / "nothing")
    assert "no cloud" in fails("backup", tmp_path / "backups", "--data", tmp_path / "nothing")
