"""A worker ends with its supervisor."""

import os
import signal
import socket

import pytest

from lenticular.server import worker


@pytest.mark.parametrize("unread", [b"", b"beats"])
def test_it_ends_with_its_supervisor(unread, monkeypatch):
    ours, supervisors = socket.socketpair()
    ours.send(unread)
    supervisors.close()
    killed = []
    monkeypatch.setattr(os, "kill", lambda *arguments: killed.append(arguments))
    with ours:
        worker._end_with(ours)
    assert killed == [(os.getpid(), signal.SIGKILL)]
