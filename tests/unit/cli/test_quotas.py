"""``lenticular quota``: set, shown and lifted."""

import json

import pytest
from typer.testing import CliRunner

from lenticular.cli.application import application
from lenticular.cli.quotas import _size

run = CliRunner().invoke


def quota(tmp_path, *arguments):
    return run(application, ["quota", *arguments, "--data", str(tmp_path)])


def test_a_quota_is_set_shown_and_lifted(tmp_path):
    assert "There are no quotas." in quota(tmp_path, "show").stdout
    assert quota(tmp_path, "set", "2KiB").exit_code == 0
    [shown] = json.loads(quota(tmp_path, "show", "--json").stdout)
    assert (shown["limit"], shown["used"], shown["bucket"]) == (2048, 0, "")
    assert "0 of 2,048 bytes (0%)" in quota(tmp_path, "show").stdout
    assert quota(tmp_path, "lift").exit_code == 0
    assert json.loads(quota(tmp_path, "show", "--json").stdout) == []


def test_of_what_is_not_there(tmp_path):
    answer = quota(tmp_path, "set", "1GB", "--bucket", "none")
    assert answer.exit_code == 1
    assert "none" in str(answer.exception)
    answer = quota(tmp_path, "set", "1GB", "--account", "000000000000")
    assert answer.exit_code == 1
    assert "000000000000" in str(answer.exception)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("12", 12),
        ("1.5KB", 1500),
        ("2TiB", 2 * 1024**4),
        ("500 gb", 500 * 10**9),
        ("3PB", 3 * 10**15),
    ],
)
def test_sizes(text, size):
    assert _size(text) == size


@pytest.mark.parametrize("text", ["", "much", "12 apples", "-1", "0", "1e9"])
def test_no_sizes(tmp_path, text):
    assert quota(tmp_path, "set", "--", text).exit_code == 2
