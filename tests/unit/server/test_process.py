"""The hold on a data folder, and the record that is believed only while it is held."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from threading import Timer

import msgspec
import pytest

from lenticular.server import process
from lenticular.server.configuration import Configuration
from lenticular.server.process import FolderInUse, ServerRecord, find, hold, stop


@pytest.fixture
def data(tmp_path):
    return tmp_path / "cloud"


HOLDER = """
import pathlib, signal, sys
from lenticular.server.process import hold

if sys.argv[2] == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
with hold(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held_by_another_process(data, manner="docile"):
    """Let another process hold `data`; gives that process."""
    command = [sys.executable, "-c", HOLDER, str(data), manner]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as other:
        assert other.stdout.readline() == "held\n"
        yield other


def write_record(data, pid, **changes):
    record = ServerRecord(
        pid=pid,
        birth=process._birth(pid),
        started=0.0,
        host="127.0.0.1",
        port_base=4200,
        version="0",
    )
    record = msgspec.structs.replace(record, **changes)
    (data / "server.json").write_bytes(msgspec.json.encode(record))
    return record


def test_a_folder_that_does_not_exist_has_no_server(data):
    assert find(data) is None
    assert stop(data, timeout=1) is None
    assert not data.exists()


def test_holding_makes_the_folder_for_its_owner_only(data):
    with hold(data):
        assert data.stat().st_mode & 0o777 == 0o700


def test_a_folder_is_held_by_one_process_at_a_time(data, monkeypatch):
    monkeypatch.setattr(process, "_LOCK_PATIENCE", 0.05)
    with held_by_another_process(data), pytest.raises(FolderInUse, match="try again"), hold(data):
        pytest.fail("held twice")
    with hold(data):
        assert find(data) is None


def test_a_moments_hold_is_waited_for(data):
    with held_by_another_process(data) as other:
        Timer(0.1, other.stdin.close).start()
        with hold(data):
            assert other.wait(10) == 0


def test_the_record_of_the_holder_is_believed(data):
    with held_by_another_process(data) as other:
        record = write_record(data, other.pid)
        assert find(data) == record
        with pytest.raises(process.AlreadyRunning, match=f"process {other.pid}"), hold(data):
            pytest.fail("held twice")
    assert find(data) is None


def test_the_record_of_a_dead_server_is_neither_believed_nor_signalled(data):
    data.mkdir()
    write_record(data, os.getpid())
    assert find(data) is None
    assert stop(data, timeout=1) is None


def test_a_reused_process_id_is_not_taken_for_the_server(data):
    with held_by_another_process(data) as other:
        write_record(data, other.pid, birth="1")
        assert find(data) is None


def test_a_stale_record_is_gone_once_the_folder_is_held(data):
    data.mkdir()
    write_record(data, os.getpid())
    with hold(data):
        assert not (data / "server.json").exists()


def test_a_damaged_record_is_no_server(data):
    with held_by_another_process(data):
        (data / "server.json").write_text("{")
        assert find(data) is None


def test_stopping_ends_the_server_and_says_who_it_was(data):
    with held_by_another_process(data) as other:
        record = write_record(data, other.pid)
        assert stop(data, timeout=10) == record
        assert find(data) is None


def test_a_server_that_does_not_end_is_killed_only_by_force(data):
    with held_by_another_process(data, "stubborn") as other:
        record = write_record(data, other.pid)
        with pytest.raises(process.ProcessError, match="still runs"):
            stop(data, timeout=0.05)
        assert other.poll() is None
        assert stop(data, timeout=0.05, force=True) == record
        assert other.wait(10) == -signal.SIGKILL


def test_a_server_that_cannot_start_shows_the_end_of_its_log(data):
    with pytest.raises(process.ProcessError, match=r"did not start:\n.*no such setting"):
        process.start_detached(
            Configuration(data=data, port_base=0), [f"--data={data}", "--set=colour=blue"]
        )


def test_a_folder_that_takes_no_log_is_told_of_and_nothing_is_started(tmp_path):
    (tmp_path / "logs").mkdir()
    (tmp_path / process.LOG_NAME).mkdir()
    with pytest.raises(process.ProcessError, match="cannot be written to"):
        process.start_detached(Configuration(data=tmp_path), [])
