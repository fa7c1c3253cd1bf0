"""``budget``, ``usage`` and ``prices``: from the words of a command to what is kept, and back."""

import json
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from lenticular.cli import CommandError
from lenticular.cli.application import application


@pytest.fixture
def run(tmp_path):
    """Run a command on a data folder of its own; return what it prints."""

    def run(*words):
        result = CliRunner().invoke(application, [*words, f"--data={tmp_path / 'data'}"])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.output

    return run


def test_a_budget_is_made_shown_listed_and_deleted(run):
    made = json.loads(
        run(
            *("budget", "create", "term", "--limit=12.50", "--alarm=80", "--alarm=50", "--stop"),
            "--json",
        )
    )
    month = datetime.now(UTC).month
    assert made["limit"] == "12.5 USD"
    assert made["spent"] == "0 USD"
    assert made["alarms"] == ["50%: not passed", "80%: not passed"]
    assert made["stop"] == "100%: not reached"
    assert datetime.fromisoformat(made["ends"]).month == month % 12 + 1
    assert "limit: 12.5 USD\n" in run("budget", "show", "term")
    [line] = run("budget", "list").splitlines()
    assert line.endswith("term  0 USD of 12.5 USD this month  stop at 100%: not reached")
    run("budget", "delete", "term")
    assert run("budget", "list") == ""


def test_a_budget_is_for_a_user_or_a_project(run):
    run("user", "create", "ann", "--email=ann@lab.example")
    of_ann = json.loads(
        run("budget", "create", "of-ann", "--limit=1", "--daily", "--user=ann", "--json")
    )
    assert of_ann["user"] == f"arn:aws:iam::{of_ann['account_id']}:user/ann"
    assert of_ann["period"] == "day"
    of_roads = run("budget", "create", "of-roads", "--limit=1", "--project=roads", "--json")
    assert json.loads(of_roads)["project"] == "roads"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--limit=much",), "a limit is a number of dollars, like 12.50"),
        (("--limit=-1",), "a limit is a number of dollars"),
        (("--limit=1", "--alarm=often"), "an alarm is at a percentage"),
        (("--limit=1", "--user=nobody"), "The user with name nobody cannot be found."),
        (("--limit=1", "--account=999999999999"), "999999999999"),
        (("--limit=1", "--daily", "--monthly"), "a budget has one of --daily"),
    ],
)
def test_what_cannot_be_a_budget_says_why(run, words, problem):
    with pytest.raises(CommandError, match=problem):
        run("budget", "create", "wrong", *words)


def test_one_that_is_there_already_and_one_that_is_not(run):
    run("budget", "create", "term", "--limit=1")
    with pytest.raises(CommandError, match="there is a budget named 'term' already"):
        run("budget", "create", "term", "--limit=1")
    with pytest.raises(CommandError, match="there is no budget named 'other'"):
        run("budget", "show", "other")


def test_the_price_list_is_printed_and_put_where_it_can_be_changed(run, tmp_path):
    text = run("prices")
    assert "[objects]\nwrite = { usd = 0.005, per = 1000 }\n" in text
    run("prices", "--write")
    own = tmp_path / "data" / "prices.toml"
    assert own.read_text() == text
    own.write_text("[objects]\nwrite = { usd = 7, per = 1 }\n")
    assert json.loads(run("prices", "--json"))["path"] == str(own)
    with pytest.raises(CommandError, match="is there already"):
        run("prices", "--write")
    own.write_text("[objects]\nwrite = { usd = 7, per = 0 }\n")
    with pytest.raises(CommandError, match=r"prices.toml, section objects, line write"):
        run("prices")


def test_usage_of_nothing(run):
    assert run("usage") == "Nothing was used.\n"
    assert json.loads(run("usage", "--since=2026-01-01", "--each=day", "--by-user", "--json")) == []
    with pytest.raises(CommandError, match="since"):
        run("usage", "--since=yesterday")
