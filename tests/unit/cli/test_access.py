"""``env`` and ``account create``: what is printed is what a shell or a program can use."""

import json
import os
import shlex
import subprocess

import pytest

from lenticular.cli import CommandError, access, accounts, administration
from lenticular.server.configuration import Configuration

ROOT = {
    "account_id": "000011112222",
    "canonical_id": "c" * 64,
    "access_key_id": "AKIAEXAMPLE",
    "secret_access_key": 'a secret\'with "$(everything)"',
    "region": "lab-1",
}


@pytest.fixture(autouse=True)
def known_credentials(monkeypatch):
    monkeypatch.setattr(administration, "perform", lambda *_, **__: ROOT)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def configuration(tmp_path):
    return Configuration(data=tmp_path, port_base=5000)


def test_a_shell_reads_the_lines_back(configuration, capsys):
    access.print_environment(configuration, json=False)
    lines = capsys.readouterr().out
    names = [shlex.split(line)[1].partition("=")[0] for line in lines.splitlines()]
    shell = subprocess.run(
        ["sh", "-c", lines + "".join(f'printf "%s\\0" "${name}";' for name in names)],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"]},
    )
    assert dict(zip(names, shell.stdout.split("\0"), strict=False)) == {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:5001",
        "AWS_ENDPOINT_URL_S3_CONTROL": "http://account@127.0.0.1:5001",
        "AWS_ACCESS_KEY_ID": ROOT["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": ROOT["secret_access_key"],
        "AWS_DEFAULT_REGION": "lab-1",
        "GLOBUS_SDK_SERVICE_URL_AUTH": "http://127.0.0.1:5005/",
        "GLOBUS_SDK_SERVICE_URL_COMPUTE": "http://127.0.0.1:5005",
        "GLOBUS_SDK_SERVICE_URL_FLOWS": "http://127.0.0.1:5005",
        "GLOBUS_SDK_SERVICE_URL_GROUPS": "http://127.0.0.1:5005",
        "GLOBUS_SDK_SERVICE_URL_SEARCH": "http://127.0.0.1:5005",
        "GLOBUS_SDK_SERVICE_URL_TIMER": "http://127.0.0.1:5005",
        "GLOBUS_SDK_SERVICE_URL_TRANSFER": "http://127.0.0.1:5005",
    }


def test_json_has_the_account_too(configuration, capsys):
    access.print_environment(configuration, json=True)
    assert json.loads(capsys.readouterr().out) == {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:5001",
        "AWS_ENDPOINT_URL_S3_CONTROL": "http://account@127.0.0.1:5001",
        "AWS_ACCESS_KEY_ID": ROOT["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": ROOT["secret_access_key"],
        "AWS_DEFAULT_REGION": "lab-1",
        "GLOBUS_SDK_SERVICE_URL_AUTH": "http://127.0.0.1:5005/",
        "GLOBUS_SDK_SERVICE_URL_COMPUTE": "http://127.0.0.1:5005",
        "GLOBUS_SDK_SERVICE_URL_FLOWS": "http://127.0.0.1:5005",
        "GLOBUS_SDK_SERVICE_URL_GROUPS": "http://127.0.0.1:5005",
        "GLOBUS_SDK_SERVICE_URL_SEARCH": "http://127.0.0.1:5005",
        "GLOBUS_SDK_SERVICE_URL_TIMER": "http://127.0.0.1:5005",
        "GLOBUS_SDK_SERVICE_URL_TRANSFER": "http://127.0.0.1:5005",
        "ACCOUNT_ID": ROOT["account_id"],
        "CANONICAL_ID": ROOT["canonical_id"],
    }


def test_a_cloud_that_does_not_run_is_told_on_stderr(configuration, capsys):
    access.print_environment(configuration, json=True)
    assert "does not run" in capsys.readouterr().err


def test_a_cloud_without_ports_of_its_own_must_run(configuration):
    with pytest.raises(CommandError, match="does not run"):
        access.print_environment(Configuration(data=configuration.data, port_base=0), json=False)


def test_variables_that_win_over_the_printed_ones_are_told(configuration, capsys, monkeypatch):
    monkeypatch.setenv("AWS_SESSION_TOKEN", "left over")
    access.print_environment(configuration, json=False)
    captured = capsys.readouterr()
    assert "unset AWS_SESSION_TOKEN" in captured.err
    assert "AWS_SESSION_TOKEN" not in captured.out


def test_a_new_account_is_printed_line_by_line(configuration, capsys):
    accounts.create("guests", data=configuration.data)
    assert capsys.readouterr().out.splitlines() == [
        "account_id: 000011112222",
        "canonical_id: " + "c" * 64,
        "access_key_id: AKIAEXAMPLE",
        f"secret_access_key: {ROOT['secret_access_key']}",
    ]


def test_a_new_account_as_json(configuration, capsys):
    accounts.create("guests", data=configuration.data, json=True)
    names = ["account_id", "canonical_id", "access_key_id", "secret_access_key"]
    assert list(json.loads(capsys.readouterr().out)) == names
