"""The configuration file of a cloud that has moved names its new places, and nothing else."""

import stat
import tomllib

import pytest

from lenticular.server.migration import settings
from lenticular.server.migration.journal import MigrationError, Places
from lenticular.server.settings import load

THERE = {"store": "postgresql://lab@db/cloud", "blob_store": "s3://lab/cloud"}
HERE = {"store": "", "blob_store": ""}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# Ours.\nregion = 'lab-1'  # where we are\n",
        'store = "postgresql://old"\nregion = "lab-1"\n',
        '  "blob_store"="s3://old/place"\n\ndomains = [\n  "a",\n  "b",\n]',
        "blob_store_timeout = 3\nsweep_interval = 7\n",
    ],
)
def test_only_the_places_change(text):
    before = tomllib.loads(text)
    there = settings.rewritten(text, THERE)
    assert tomllib.loads(there) == before | THERE
    back = settings.rewritten(there, HERE)
    assert tomllib.loads(back) == {k: v for k, v in before.items() if k not in HERE}
    for line in text.splitlines():
        assert ("store" in line.partition("=")[0] and "timeout" not in line) or line in back
    assert settings.rewritten(there, THERE) == there


def test_what_needs_quoting_comes_back():
    values = {"store": 'postgresql://a"b\\c@db/x', "blob_store": ""}
    assert tomllib.loads(settings.rewritten("", values)) == {"store": values["store"]}


def test_a_file_that_is_not_understood_is_left():
    text = 'note = """\nstore = "x"\n"""\nstore = "y"\n'
    with pytest.raises(MigrationError, match=r"write into it store = .postgresql://lab@db"):
        settings.rewritten(text, THERE)


def test_the_file_is_replaced_and_the_old_one_kept(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    file = data / "lenticular.toml"
    places = Places(**THERE)
    settings.switch(file, data, places)
    assert load({"data": data}, environment={}).store == THERE["store"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in data.iterdir()] == ["lenticular.toml"]
    text = file.read_text()
    settings.switch(file, data, places)  # again, after a crash
    assert file.read_text() == text
    settings.switch(file, data, Places(**HERE))
    assert (data / "lenticular.toml.before").read_text() == text
    assert load({"data": data}, environment={}).store == ""


def test_which_file_is_read(tmp_path, monkeypatch):
    monkeypatch.delenv("LENTICULAR_CONFIG", raising=False)
    assert settings.file_of(tmp_path, None) == tmp_path / "lenticular.toml"
    monkeypatch.setenv("LENTICULAR_CONFIG", "/elsewhere.toml")
    assert str(settings.file_of(tmp_path, None)) == "/elsewhere.toml"
    assert settings.file_of(tmp_path, tmp_path / "given") == tmp_path / "given"


def test_variables_that_go_before_the_file_are_told(monkeypatch):
    monkeypatch.setenv("LENTICULAR_STORE", "postgresql://old")
    monkeypatch.setenv("LENTICULAR_BLOB_STORE", THERE["blob_store"])
    assert settings.overriding(Places(**THERE)) == ["LENTICULAR_STORE"]
