"""Syncs of directories: those who wait while one goes on share the next."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from lenticular.engines.blobs import directories
from lenticular.engines.blobs.directories import DirectorySync


@pytest.fixture
def synced(monkeypatch):
    """Return the directories in the order of their syncs, the first of which waits."""
    synced = SyncLog()
    monkeypatch.setattr(directories, "sync_directory", synced.sync)
    return synced


class SyncLog:
    def __init__(self):
        self.names = []
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def sync(self, directory):
        self.names.append(directory.name)
        self.begun.set()
        assert self.go_on.wait(10)


class Watched(DirectorySync):
    """Tells how many have noted a change."""

    def __init__(self):
        super().__init__()
        self.noted = threading.Semaphore(0)

    def note(self, directory):
        super().note(directory)
        self.noted.release()


def test_all_who_wait_share_one_round(synced, tmp_path):
    rounds = Watched()
    with ThreadPoolExecutor(12) as threads:
        first = threads.submit(rounds.sync, tmp_path / "a")
        assert synced.begun.wait(10)
        others = [threads.submit(rounds.sync, tmp_path / name) for name in "aabbbbcccc"]
        for _ in range(11):
            assert rounds.noted.acquire(timeout=10)
        assert not any(call.done() for call in others)
        synced.go_on.set()
        for call in (first, *others):
            call.result(10)
    assert synced.names[0] == "a"
    assert sorted(synced.names[1:]) == ["a", "b", "c"]


def test_what_was_noted_goes_along_with_the_next(synced, tmp_path):
    rounds = DirectorySync()
    synced.go_on.set()
    rounds.note(tmp_path / "a")
    assert synced.names == []
    rounds.sync(tmp_path / "b")
    assert sorted(synced.names) == ["a", "b"]


def test_a_directory_that_is_gone_fails_every_sync_from_then_on(tmp_path):
    rounds = DirectorySync()
    rounds.sync(tmp_path)
    for directory in (tmp_path / "gone", tmp_path):
        with pytest.raises(FileNotFoundError):
            rounds.sync(directory)
