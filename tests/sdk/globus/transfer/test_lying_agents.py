"""Agents that lie: a machine that its owner enrolled, and that says and asks what it likes.

Each test plays such an agent by hand, and is named after the attack.
"""

import asyncio
import threading
from contextlib import contextmanager

import globus_sdk
import httpx
import pytest

from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.peer import PeerFiles
from lenticular.engines.connectors.places import Peer
from lenticular.primitives.collections import Details
from lenticular.primitives.collections import Person as Owner

HELLO = {"version": "1", "machine": "m", "folders": [], "home": "/"}


@pytest.fixture
def mallory(new_person):
    """Whose machine it is."""
    return new_person()


@pytest.fixture
def agent(cloud, mallory):
    """A client of the control channel that is enrolled for a collection of Mallory's."""
    made, key = cloud.run(
        cloud.engines.collections.create_enrolled(
            Details(display_name="A trap", public=True), Owner((mallory.identity_id,))
        )
    )
    base = f"{cloud.configuration.url('globus')}/agent/v1/"
    with httpx.Client(base_url=base, trust_env=False, timeout=40) as client:
        secret = client.post("enrolments", json={"setup_key": key}).json()["secret"]
        client.auth = (made.agent_id, secret)
        client.post("hello", json=HELLO).raise_for_status()
        client.collection_id = made.collection_id
        yield client


@contextmanager
def answering(agent, answer):
    """Give the same answer to the next question."""

    def run():
        [asked] = agent.post("orders", json={"wait": 20}).json()["questions"]
        said = {"question_id": asked["question_id"], "answer": answer}
        agent.post("orders", json={"answers": [said], "wait": 0}).raise_for_status()

    thread = threading.Thread(target=run)
    thread.start()
    yield
    thread.join()


@pytest.mark.parametrize(
    "answer",
    [{"type": "done"}, {"type": "listed", "absolute_path": "/", "entries": [], "total": 1}],
)
def test_an_answer_to_another_question(agent, transfer_of, mallory, answer):
    transfer = transfer_of(mallory)
    with answering(agent, answer), pytest.raises(globus_sdk.TransferAPIError) as caught:
        transfer.operation_stat(agent.collection_id, path="/x")
    assert (caught.value.http_status, caught.value.code) == (502, "EndpointError")


def test_an_offer_so_large_that_nobody_can_read_it(agent):
    answer = agent.post("hello", json=HELLO | {"machine": "x" * 300_000})
    assert answer.status_code == 413


def test_the_rest_of_a_folder_of_which_one_file_was_sent(
    agent, cloud, ada, mallory, transfer_of, new_folder, tmp_path
):
    """Ada sends Mallory one file; Mallory's machine is given the task, and Ada's ticket."""
    (tmp_path / "sent").write_text("for Mallory")
    (tmp_path / "private").write_text("not for Mallory")
    source = new_folder(tmp_path, ada)
    trap = transfer_of(mallory).create_shared_endpoint(
        {
            "DATA_TYPE": "shared_endpoint",
            "host_endpoint": agent.collection_id,
            "host_path": "/",
            "display_name": "Put it here",
        }
    )["id"]
    transfer_of(mallory).add_endpoint_acl_rule(
        trap,
        {
            "DATA_TYPE": "access",
            "principal_type": "all_authenticated_users",
            "principal": "",
            "path": "/",
            "permissions": "rw",
        },
    )
    data = globus_sdk.TransferData(source_endpoint=source, destination_endpoint=trap)
    data.add_item("/sent", "/sent")
    task_id = transfer_of(ada).submit_transfer(data)["task_id"]
    transfer_of(ada).operation_ls(source)  # the server's own agent is there now
    [job] = agent.post("orders", json={"wait": 20}).json()["jobs"]
    assert job["job_id"] == task_id
    peer = job["source"]["at"]

    async def look():
        files = PeerFiles(Peer(tuple(peer["addresses"]), peer["token"], peer["fingerprint"]))
        try:
            assert (await files.stat("/sent")).size == len("for Mallory")
            for path in ("/private", "/../private", "//private", "/sent/../private"):
                with pytest.raises(Fault):
                    await files.stat(path)
            with pytest.raises(Fault):
                await files.remove("/sent")
            return [one.name async for page in files.entries("/") for one in page]
        finally:
            await files.close()

    assert asyncio.run(look()) == ["sent"]
    transfer_of(ada).cancel_task(task_id)
    with pytest.raises(Fault):
        asyncio.run(asyncio.wait_for(_after(peer), 30))


async def _after(peer):
    """Look with the ticket of a task that has ended: within five seconds it is good no more."""
    while True:
        files = PeerFiles(Peer(tuple(peer["addresses"]), peer["token"], peer["fingerprint"]))
        try:
            await files.stat("/sent")
        finally:
            await files.close()
        await asyncio.sleep(0.5)
