"""Room is short below what is held back, and not again before there is room to spare."""

import errno
import os
from types import SimpleNamespace

import pytest

from lenticular.engines import room
from lenticular.engines.room import FILE_NAME, HELD, Room, is_full


@pytest.fixture
def disk(monkeypatch):
    """A disk of which the test says how many bytes are left, besides those held back."""
    disk = SimpleNamespace(left=100 * HELD)
    monkeypatch.setattr(
        os, "statvfs", lambda _: SimpleNamespace(f_bavail=disk.left // 512, f_frsize=512)
    )
    return disk


def test_room_is_held_back_and_let_go_when_it_is_short(tmp_path, disk, caplog):
    held = tmp_path / FILE_NAME
    room = Room(tmp_path, holds=True)
    assert held.stat().st_size == HELD
    assert held.stat().st_blocks * 512 >= HELD
    assert not room.look()
    disk.left = HELD - 512
    assert room.look()
    assert not held.exists()
    assert "is full: 15 MiB are left" in caplog.text
    assert room.tolerated > 0
    disk.left = HELD // 2 - 512
    assert room.look()
    assert room.tolerated == 0
    disk.left = 2 * HELD  # what was let go is no reason to take more in
    assert room.look()
    disk.left = 3 * HELD
    assert not room.look()
    assert held.stat().st_size == HELD
    room.close()
    assert not held.exists()


def test_a_disk_that_is_full_at_the_start_holds_nothing_back(tmp_path, disk):
    disk.left = 0
    assert Room(tmp_path, holds=True).is_short
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_cannot_set_room_apart_is_used_without(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EOPNOTSUPP, "not here")

    monkeypatch.setattr(room.os, "posix_fallocate", refuse)
    assert not Room(tmp_path, holds=True).look()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_from_a_broken_one(number):
    assert is_full(OSError(number, ""))
    assert not is_full(OSError(errno.EIO, ""))
