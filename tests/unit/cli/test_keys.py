"""``lenticular keys``: a new key takes over, with or without a server."""

import json

from typer.testing import CliRunner

from lenticular.cli.application import application


def test_keys_are_listed_and_rotated(tmp_path):
    def keys(*command):
        result = CliRunner().invoke(application, ["keys", *command, "--data", str(tmp_path)])
        assert result.exit_code == 0, result.output
        return result.stdout

    assert json.loads(keys("list", "--json")) == []
    made = json.loads(keys("rotate", "--json"))
    assert (made["id"], made["state"]) == (1, "current")
    keys("rotate")
    assert [line.split()[::2] for line in keys("list").splitlines()] == [
        ["1", "retiring"],
        ["2", "current"],
    ]
