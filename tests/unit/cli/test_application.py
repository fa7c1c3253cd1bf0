"""The command line as such: options, help, and how errors are shown."""

import json
import signal
import subprocess
import sys

import pytest
from typer.testing import CliRunner

import lenticular
from lenticular import cli
from lenticular.cli.application import application
from lenticular.cli.options import flags

run = CliRunner().invoke


@pytest.mark.parametrize("arguments", [["--version"], ["version"]])
def test_version(arguments):
    assert run(application, arguments).stdout == f"lenticular {lenticular.__version__}\n"


def test_version_as_json():
    shown = run(application, ["version", "--json"]).stdout
    assert json.loads(shown) == {"version": lenticular.__version__}


def test_no_command_shows_the_commands():
    shown = run(application, [])
    for command in ("start", "stop", "status", "env", "account", "coverage", "doctor", "scrub"):
        assert f"  {command} " in shown.output


def test_an_unknown_option_is_a_usage_error():
    assert run(application, ["status", "--colour"]).exit_code == 2


def test_status_of_nothing(tmp_path):
    found = run(application, ["status", "--data", str(tmp_path / "cloud"), "--json"])
    assert found.exit_code == 3
    assert json.loads(found.stdout) == {
        "running": False,
        "answers": False,
        "data": str(tmp_path / "cloud"),
        "process": None,
        "endpoints": {},
    }


def test_stopping_nothing_is_done(tmp_path):
    stopped = run(application, ["stop", "--data", str(tmp_path / "cloud")])
    assert stopped.exit_code == 0
    assert "No cloud runs" in stopped.stdout


def test_named_options_win_over_set():
    given = flags(["region=lab-1", "host = a", "log-level=debug"], host="b", port_base=None)
    assert given == {"region": "lab-1", "host": "b", "log_level": "debug"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["start", "--set", "region"], "--set region: expected NAME=VALUE"),
        (["start", "--set", "colour=blue"], "flag colour: there is no such setting"),
        (["status", "--config", "/no/such.toml"], "/no/such.toml cannot be read"),
        (["coverage", "teapots"], "teapots"),
    ],
)
def test_foreseen_errors_are_one_line_without_a_traceback(monkeypatch, arguments, message):
    monkeypatch.setattr(sys, "argv", ["lenticular", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert str(ended.value).startswith("lenticular: ")
    assert message in str(ended.value)


def test_other_errors_keep_their_traceback(monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("lenticular.cli.lifecycle.status", broken)
    monkeypatch.setattr(sys, "argv", ["lenticular", "status"])
    with pytest.raises(ZeroDivisionError):
        cli.main()


def test_an_interruption_before_there_is_a_command_is_no_traceback(monkeypatch):
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("lenticular.cli.application.application", interrupted)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 128 + signal.SIGINT


def test_quick_commands_do_not_load_the_server():
    code = (
        "import sys, lenticular.cli.application, lenticular.cli.access\n"
        "heavy = {'httptools', 'uvloop', 'botocore', 'apsw', 'cryptography', 'pydantic'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"
