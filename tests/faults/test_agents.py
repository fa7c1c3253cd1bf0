"""The built-in agent of a cloud of several workers: there is one, and it never stays alone."""

import re
import signal
import socket
from pathlib import Path

import pytest

from .server import Server

MODULE = "lenticular.server.datanodeprocess"


def agents(server):
    """Return the processes of built-in agents whose parents are this server's workers."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            is_agent = MODULE in (folder / "cmdline").read_text()
            status = (folder / "status").read_text()
        except OSError:
            continue
        parent = re.search(r"^PPid:\s+(\d+)", status, re.MULTILINE)
        if is_agent and parent is not None and int(parent[1]) in server.record.serving:
            found.append(int(folder.name))
    return found


def listens(server):
    """Tell whether somebody listens on the port of the data channel."""
    with socket.socket() as trying:
        return trying.connect_ex(("127.0.0.1", server.record.port_base + 7)) == 0


@pytest.fixture
def cloud(make_server):
    """A cloud of two workers."""
    server = make_server(workers=2)
    server.start()
    return server


def test_one_worker_of_several_runs_it_and_none_of_it_is_left_behind(cloud: Server, tmp_path):
    assert agents(cloud) == []
    (tmp_path / "files").mkdir()
    made = cloud.run("collection", "create", "Files", str(tmp_path / "files"))
    assert made.returncode == 0, made.stderr
    cloud.wait_until(lambda: listens(cloud), "the built-in agent serves")
    [pid] = agents(cloud)
    cloud.kill()
    cloud.wait_until(lambda: not Path(f"/proc/{pid}").exists(), "it ended with the server")
    cloud.start()
    cloud.wait_until(lambda: listens(cloud), "it is started with the server")
    [other] = agents(cloud)
    assert other != pid
    cloud.running.send_signal(signal.SIGTERM)
    assert cloud.wait() == 0
    assert not Path(f"/proc/{other}").exists()
