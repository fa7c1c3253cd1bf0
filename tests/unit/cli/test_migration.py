"""``migrate`` says in words, and for programs, what it did; and how far it is meanwhile."""

import json

import pytest
from typer.testing import CliRunner

from lenticular.cli import CommandError, migration
from lenticular.cli.application import application
from lenticular.server.configuration import Configuration
from lenticular.server.migration import migrating
from lenticular.server.migration.journal import Count, MigrationError
from lenticular.server.migration.migrating import Outcome
from lenticular.server.migration.progress import Step

STORE = "postgresql://lab@db/cloud"
MOVED = Outcome(
    {"store": "sqlite", "blob_store": "disk"},
    {"store": STORE, "blob_store": "disk"},
    Count(1234, 5_000_000),
    Count(),
    "ab" * 32,
    kept=("/data/lenticular.db",),
    configuration="/data/lenticular.toml",
    overriding=("LENTICULAR_STORE",),
)


@pytest.fixture
def asked(monkeypatch):
    """Takes down what is asked for, and answers it."""
    asked = []

    async def migrate(configuration, file, wanted, report):
        asked.append(("migrate", configuration.data, file, wanted))
        report(Step("keys", Count(), Count(1234, 5_000_000)))
        report(Step("keys", Count(1234, 5_000_000), Count(1234, 5_000_000)))
        return MOVED

    async def compare(configuration, wanted, report):
        asked.append(("compare", wanted))
        raise MigrationError("the copy is not the same")

    monkeypatch.setattr(migrating, "migrate", migrate)
    monkeypatch.setattr(migrating, "compare", compare)
    return asked


def run(tmp_path, *arguments):
    return CliRunner().invoke(application, ["migrate", f"--data={tmp_path}", *arguments])


def test_it_tells_what_happened_and_what_to_do(asked, tmp_path):
    ran = run(tmp_path, "--store", STORE, "--remove-source")
    assert ran.exit_code == 0, ran.output
    ((_, data, file, wanted),) = asked
    assert (data, file) == (tmp_path, tmp_path / "lenticular.toml")
    assert (wanted.store, wanted.blob_store, wanted.remove_source) == (STORE, None, True)
    assert ran.stdout.splitlines() == [
        f"The cloud has moved: keys are in {STORE}, blobs in disk.",
        "1,234 keys (4.8 MiB) were copied and read back, and are the same.",
        "/data/lenticular.toml names the new places.",
        "But LENTICULAR_STORE is set, names another place and goes before the file: change it.",
        "The old copy is kept as it was: /data/lenticular.db",
        "Remove it once you are content; the cloud does not need it, nor change it.",
        f"Go on with: lenticular start --data {tmp_path}",
    ]
    assert "Copying keys: 1,234 of 1,234 keys, 4.8 MiB" in ran.stderr


def test_json(asked, tmp_path):
    ran = run(tmp_path, "--store=sqlite", "--blob-store=disk", "--json")
    assert (asked[0][3].store, asked[0][3].blob_store) == ("", "")
    answer = json.loads(ran.stdout)
    assert answer["keys"] == {"items": 1234, "size": 5_000_000}
    assert answer["target"]["store"] == STORE
    assert answer["seconds"] >= 0


def test_a_difference_is_an_error(asked, tmp_path):
    ran = run(tmp_path, "--store", STORE, "--verify-only")
    assert isinstance(ran.exception, CommandError)
    assert str(ran.exception) == "the copy is not the same"
    assert asked[0][0] == "compare"


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("--store=mysql://x", "--store mysql://x: expected sqlite or an address"),
        ("--store=", "--store is empty: expected sqlite"),
        ("--blob-store=ftp://x", "--blob-store ftp://x: expected disk or an address"),
    ],
)
def test_what_is_no_place_is_refused(asked, tmp_path, option, expected):
    ran = run(tmp_path, option)
    assert str(ran.exception).startswith(expected)
    assert asked == []


def test_nothing_to_give_up(tmp_path):
    ran = run(tmp_path, "--abandon")
    assert str(ran.exception) == "there is no migration to give up"


def test_lines_come_now_and_then(capsys):
    now = [0.0]
    show = migration._lines(lambda: now[0])
    for now[0], done in ((0, 1), (1, 2), (11, 3), (12, 4)):
        show(Step("blobs", Count(done, 1024 * done), Count(4, 4096)))
    assert capsys.readouterr().err.splitlines() == [
        "lenticular: Copying blobs: 1 of 4 blobs, 1.0 KiB",
        "lenticular: Copying blobs: 3 of 4 blobs, 3.0 KiB",
        "lenticular: Copying blobs: 4 of 4 blobs, 4.0 KiB",
    ]


def test_bars_show_the_time_that_is_left():
    from rich.progress import Progress

    with Progress(disable=True) as bar:
        show = migration._bars(bar)
        for done in range(3):
            show(Step("count", Count(done, 10), Count()))
        show(Step("check blobs", Count(2, 30), Count(4, 60)))
        counting, checking = bar.tasks
    assert (counting.description, counting.total) == ("Counting", None)
    assert (checking.completed, checking.total) == (32, 64)
    assert checking.fields["counted"] == "2 of 4 blobs, 30 bytes"


def test_every_stage_has_a_title():
    from lenticular.server.migration.course import Course

    stages = Course(Configuration(), None, None, None, None)._stages
    assert {*stages} - {"switch", "remove"} == {*migration._TITLES}
