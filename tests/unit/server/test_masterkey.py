"""The master key: made once, kept, and refused when it is lost, damaged or open to others."""

import stat

import pytest

from lenticular.primitives.vault import KEY_SIZE
from lenticular.server.masterkey import MASTER_KEY_NAME, MasterKeyError, master_key_of


def test_it_is_made_once_for_its_owner_alone(tmp_path):
    key = master_key_of(tmp_path, is_new=True)
    assert len(key) == KEY_SIZE
    assert master_key_of(tmp_path, is_new=False) == key
    assert stat.S_IMODE((tmp_path / MASTER_KEY_NAME).stat().st_mode) == 0o600


def test_one_that_is_gone_is_not_made_anew(tmp_path):
    with pytest.raises(MasterKeyError, match="put it back from your backup"):
        master_key_of(tmp_path, is_new=False)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660])
def test_one_that_others_may_read_is_refused(tmp_path, mode):
    master_key_of(tmp_path, is_new=True)
    (tmp_path / MASTER_KEY_NAME).chmod(mode)
    with pytest.raises(MasterKeyError, match="chmod 600"):
        master_key_of(tmp_path, is_new=False)


def test_one_of_another_size_is_refused(tmp_path):
    (tmp_path / MASTER_KEY_NAME).write_bytes(b"short")
    (tmp_path / MASTER_KEY_NAME).chmod(0o600)
    with pytest.raises(MasterKeyError, match="5 bytes"):
        master_key_of(tmp_path, is_new=False)
