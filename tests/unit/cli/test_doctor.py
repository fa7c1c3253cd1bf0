"""``doctor``: finds each kind of trouble, and says what to do about it."""

import json
import socket
import time

import msgspec
import pytest

from lenticular.cli import doctor
from lenticular.server import ports
from lenticular.server.configuration import Configuration


@pytest.fixture
def configuration(tmp_path):
    data = tmp_path / "cloud"
    data.mkdir(mode=0o700)
    return Configuration(data=data, port_base=ports.free_base("127.0.0.1"))


def test_a_healthy_place_is_good(configuration, capsys):
    flags = {"data": configuration.data, "port_base": configuration.port_base}
    assert doctor.examine(flags, None, json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert {finding["check"] for finding in found} == {
        "python",
        "sqlite",
        "clock",
        "folder",
        "space",
        "store",
        "blob store",
        "disk",
        "secrets",
        "master key",
        "ports",
        "open files",
        "backup",
    }
    assert "wrong" not in {finding["state"] for finding in found}


def test_trouble_is_shown_with_advice_and_fails(configuration, capsys):
    configuration.data.chmod(0o755)
    flags = {"data": configuration.data, "port_base": configuration.port_base}
    assert doctor.examine(flags, None, json=False) == 1
    shown = capsys.readouterr().out
    assert "wrong" in shown
    assert "chmod 700" in shown


def test_wrong_settings_are_a_finding(configuration, capsys):
    (configuration.data / "lenticular.toml").write_text("colour = 'blue'")
    assert doctor.examine({"data": configuration.data}, None, json=True) == 1
    settings = json.loads(capsys.readouterr().out)[-1]
    assert settings["check"] == "settings"
    assert "colour" in settings["finding"]


def test_a_folder_to_be_made_is_only_noted(tmp_path):
    assert doctor.check_folder(Configuration(data=tmp_path / "a" / "b")).state == "note"


def test_a_file_in_place_of_the_folder_is_wrong(tmp_path):
    (tmp_path / "cloud").write_text("")
    assert doctor.check_folder(Configuration(data=tmp_path / "cloud")).state == "wrong"


def test_a_full_disk_is_wrong(configuration, monkeypatch):
    assert doctor.check_space(configuration).state == "good"
    monkeypatch.setattr(doctor, "LOW_SPACE", 1 << 62)
    assert doctor.check_space(configuration).state == "wrong"


def test_the_disk_is_measured_and_left_as_it_was(configuration):
    assert doctor.fsync_rate(configuration.data, seconds=0.02) > 0
    assert list(configuration.data.iterdir()) == []


def test_a_slow_disk_is_noted(configuration, monkeypatch):
    monkeypatch.setattr(doctor, "fsync_rate", lambda folder: 8.0)
    finding = doctor.check_disk(configuration)
    assert finding.state == "note"
    assert "8 synced writes" in finding.finding


@pytest.mark.parametrize("name", doctor.SECRETS)
def test_secrets_open_to_others_are_wrong(configuration, name):
    secret = configuration.data / name
    secret.touch(mode=0o600)
    assert doctor.check_secrets(configuration).state == "good"
    secret.chmod(0o640)
    finding = doctor.check_secrets(configuration)
    assert (finding.state, finding.advice) == ("wrong", f"chmod 600 {secret}")


def test_a_missing_master_key_is_wrong_where_there_is_a_cloud(configuration):
    assert doctor.check_master_key(configuration).state == "good"
    (configuration.data / "lenticular.db").touch()
    finding = doctor.check_master_key(configuration)
    assert finding.state == "wrong"
    assert finding.finding.startswith(f"{configuration.data / 'master.key'} is missing, and the")
    assert finding.advice.startswith("put it back from your backup")
    assert not (configuration.data / "master.key").exists()


def test_a_damaged_master_key_is_wrong(configuration):
    key = configuration.data / "master.key"
    key.touch(mode=0o600)
    key.write_bytes(bytes(31))
    finding = doctor.check_master_key(configuration)
    assert (finding.state, finding.finding) == ("wrong", f"{key} has 31 bytes instead of 32")
    key.write_bytes(bytes(32))
    assert doctor.check_master_key(configuration).state == "good"


def test_a_machine_that_joins_a_cloud_is_told_to_bring_the_master_key(configuration):
    joining = msgspec.structs.replace(configuration, store="postgresql://cloud@db/cloud")
    finding = doctor.check_master_key(joining)
    assert finding.state == "note"
    assert "copy it from another machine" in finding.advice


def test_a_held_port_is_wrong(configuration):
    assert doctor.check_ports(configuration).state == "good"
    with socket.create_server(("127.0.0.1", configuration.port_base)):
        finding = doctor.check_ports(configuration)
    assert finding.state == "wrong"
    assert "--port-base" in finding.advice


def test_too_few_open_files_are_wrong(configuration, monkeypatch):
    monkeypatch.setattr(doctor.resource, "getrlimit", lambda which: (64, 64))
    finding = doctor.check_open_files(configuration)
    assert finding.state == "wrong"
    assert "ulimit -Hn 4352" in finding.advice


@pytest.mark.parametrize(
    ("wall", "state"),
    [
        ([1.8e9, 1.8e9 + 0.1], "good"),
        ([1.8e9, 1.8e9 + 3600], "wrong"),
        ([0.0, 0.1], "wrong"),
    ],
)
def test_a_clock_that_jumps_or_is_unset_is_wrong(wall, state):
    steady = iter([5.0, 5.1])
    walls = iter(wall)
    assert doctor.check_clock(lambda: next(walls), lambda: next(steady)).state == state


@pytest.mark.parametrize(
    ("days", "state", "finding"),
    [(None, "note", "none"), (0, "good", "0 days and 5 hours"), (8, "note", "8 days and 5 hours")],
)
def test_the_age_of_the_last_backup_is_told(configuration, days, state, finding):
    if days is not None:
        taken = time.time() - days * 86400 - 5.5 * 3600
        (configuration.data / "backup.json").write_text(
            json.dumps({"target": "/mnt/backups", "snapshot": "1", "taken": taken})
        )
    found = doctor.check_backup(configuration)
    assert found.state == state
    assert finding in found.finding
    assert days is None or found.finding.endswith("in /mnt/backups")
