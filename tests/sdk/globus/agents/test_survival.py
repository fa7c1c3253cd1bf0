"""Agents outlive what happens to servers, and servers what happens to agents: real processes."""

import asyncio
import os
import re
import signal
import ssl
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from lenticular.agent.enrolment import enrol, folder_of
from lenticular.engines.connectors.places import Folder, Place
from lenticular.engines.movers.messages import Listed, Ls
from lenticular.primitives.agents import BUILT_IN, AgentAbsent
from lenticular.primitives.collections import Details, NewMapped
from lenticular.server import ports
from lenticular.testing.cloud import running_cloud

MODULE = "lenticular.server.datanodeprocess"


def children():
    """Return the built-in agents that this process has started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            status = (folder / "status").read_text()
            is_agent = MODULE in (folder / "cmdline").read_text()
        except OSError:
            continue
        is_living = re.search(r"^State:\s+[^Z]", status, re.MULTILINE)
        if is_agent and is_living and f"\nPPid:\t{os.getpid()}\n" in status:
            found.append(int(folder.name))
    return found


def listed(cloud, agent_id, folder, seconds=20):
    """Return the names in a folder, as soon as the agent is there to tell them."""
    question = Ls(Place(Folder(str(folder))), "/")
    ends = time.monotonic() + seconds
    while True:
        try:
            answer = cloud.run(cloud.engines.agents.ask(agent_id, question, seconds=2))
        except AgentAbsent:
            assert time.monotonic() < ends
            continue
        assert isinstance(answer, Listed), answer
        return [entry.name for entry in answer.entries]


def publish(cloud, folder):
    new = NewMapped(
        kind="folder",
        origin=Folder(str(folder)),
        account_id=cloud.credentials.account_id,
        details=Details(display_name="A folder"),
    )
    return cloud.run(cloud.engines.collections.create_mapped(new)).collection_id


@pytest.fixture
def folder(tmp_path):
    """A folder with a file."""
    made = tmp_path / "files"
    made.mkdir()
    (made / "here.txt").touch()
    return made


@pytest.fixture
def connect(tmp_path):
    """Run ``lenticular connect run``; what runs is ended with the test."""
    started = []

    def start():
        command = [sys.executable, "-P", "-m", "lenticular", "connect", "run"]
        process = subprocess.Popen(
            [*command, "--config", str(tmp_path / "config")], stderr=subprocess.PIPE
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_nothing_is_started_for_a_cloud_without_collections():
    before = children()
    with running_cloud() as cloud:
        cloud.run(asyncio.sleep(0))
        assert children() == before


def test_the_built_in_agent_comes_back_when_it_is_killed_and_goes_with_the_server(folder):
    before = set(children())
    with running_cloud() as cloud:
        publish(cloud, folder)
        assert listed(cloud, BUILT_IN, folder) == ["here.txt"]
        [pid] = set(children()) - before
        os.kill(pid, signal.SIGKILL)
        assert listed(cloud, BUILT_IN, folder) == ["here.txt"]
        [other] = set(children()) - before
        assert other != pid
    assert set(children()) == before


def test_the_built_in_agent_serves_under_tls(folder):
    with running_cloud(tls=True) as cloud:
        publish(cloud, folder)
        assert listed(cloud, BUILT_IN, folder) == ["here.txt"]
        url = f"{cloud.configuration.url('data')}/"
        with httpx.Client(verify=ssl.create_default_context(cafile=cloud.trusted)) as client:
            assert client.get(url).status_code == 404


def test_a_laptop_comes_back_when_the_server_does(folder, tmp_path, connect, monkeypatch):
    base = ports.free_base("127.0.0.1")
    monkeypatch.setattr(ports, "free_base", lambda host: base)
    data = tmp_path / "cloud"
    data.mkdir()
    with running_cloud(data) as cloud:
        agents, store = cloud.engines.agents, cloud.engines.store
        key = cloud.run(store.transact(lambda tx: agents.expect(tx, "laptop", "A laptop")))
        enrol(key, [folder_of(str(folder))], tmp_path / "config")
        process = connect()
        assert listed(cloud, "laptop", folder) == ["here.txt"]
    assert process.poll() is None
    with running_cloud(data) as cloud:
        assert listed(cloud, "laptop", folder) == ["here.txt"]
        process.terminate()
        _, errors = process.communicate(timeout=15)
        assert process.returncode == 0
        told = errors.decode()
        assert "trying again" in told
        assert "the cloud answers again" in told
        assert "Traceback" not in told
        question = Ls(Place(Folder(str(folder))), "/")
        with pytest.raises(AgentAbsent):
            cloud.run(cloud.engines.agents.ask("laptop", question))


def test_a_laptop_whose_collection_was_deleted_ends(folder, tmp_path, connect):
    with running_cloud() as cloud:
        agents, store = cloud.engines.agents, cloud.engines.store
        key = cloud.run(store.transact(lambda tx: agents.expect(tx, "laptop", "A laptop")))
        enrol(key, [folder_of(str(folder))], tmp_path / "config")
        process = connect()
        assert listed(cloud, "laptop", folder) == ["here.txt"]
        cloud.run(store.transact(lambda tx: agents.forget(tx, "laptop")))
        _, errors = process.communicate(timeout=15)
        assert process.returncode == 1
        assert "does not know this agent" in errors.decode()
