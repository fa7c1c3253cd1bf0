"""The settings of an agent: secret, whole, and understood."""

import stat

import pytest

from lenticular.agent import settings
from lenticular.agent.enrolment import EnrolmentError, enrol, folder_of
from lenticular.agent.settings import Settings, SettingsError
from lenticular.engines.connectors.places import Announced

SETTINGS = Settings(
    "https://cloud:4205", "id", "secret", "A laptop", (Announced("/data", "rw"),), trust="/ca.pem"
)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_settings_are_kept_for_their_owner_only(tmp_path):
    folder = tmp_path / "deep/connect"
    file = settings.save(SETTINGS, folder)
    assert settings.load(folder) == SETTINGS
    assert (mode(file), mode(folder)) == (0o600, 0o700)
    assert [one.name for one in folder.iterdir()] == [file.name]


def test_a_newer_enrolment_replaces_the_older_one(tmp_path):
    settings.save(SETTINGS, tmp_path)
    newer = Settings("http://elsewhere", "other", "newer")
    settings.save(newer, tmp_path)
    assert settings.load(tmp_path) == newer


def test_who_is_not_set_up_is_told_how(tmp_path):
    with pytest.raises(SettingsError, match="connect setup"):
        settings.load(tmp_path)


def test_settings_that_were_spoilt_are_not_taken(tmp_path):
    settings.save(SETTINGS, tmp_path).write_text('{"server": 1}')
    with pytest.raises(SettingsError, match="not as expected"):
        settings.load(tmp_path)


@pytest.mark.parametrize(("suffix", "permission"), [("", "r"), (":ro", "r"), (":rw", "rw")])
def test_a_folder_is_offered_as_it_is_said(tmp_path, suffix, permission):
    assert folder_of(f"{tmp_path}{suffix}") == Announced(str(tmp_path), permission)


def test_a_folder_with_a_colon_in_its_name(tmp_path):
    folder = tmp_path / "a:b"
    folder.mkdir()
    assert folder_of(str(folder)) == Announced(str(folder), "r")


def test_a_folder_is_named_by_where_it_really_is(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert folder_of(f"{tmp_path}/link:rw") == Announced(str(tmp_path / "real"), "rw")


def test_what_is_no_folder_is_not_offered(tmp_path):
    (tmp_path / "file").touch()
    for name in ("file", "absent:rw"):
        with pytest.raises(EnrolmentError, match="no folder"):
            folder_of(f"{tmp_path}/{name}")


def test_a_key_without_an_address_needs_one(tmp_path):
    with pytest.raises(EnrolmentError, match="--server"):
        enrol("abc", [], tmp_path)


def test_a_cloud_that_is_not_there_is_named(tmp_path):
    with pytest.raises(EnrolmentError, match=r"127\.0\.0\.1:1 does not answer"):
        enrol("abc@http://127.0.0.1:1", [], tmp_path)
    assert list(tmp_path.iterdir()) == []
