"""The relay: agents that nobody can connect to are reached, and what is said stays between them."""

import asyncio

import httpx
import pytest

from lenticular.agent.certificates import own_context
from lenticular.agent.relay import come
from lenticular.engines.connectors.contract import Fault
from lenticular.engines.connectors.peer import PeerFiles
from lenticular.engines.connectors.places import Peer
from lenticular.engines.movers.messages import Called, Dial
from lenticular.testing.doors import COLLECTION, SHOWN, open_door

DATA = bytes(range(256)) * 20_000


@pytest.fixture
async def relay():
    async with open_door() as opened:
        yield opened


@pytest.fixture
async def hidden(relay, tmp_path):
    """An agent that goes to the relay when it is called."""
    context, fingerprint = own_context()
    tasks = set()
    async with open_door(context) as agent:
        agent.cloud.let_in(tmp_path)

        def call(knock):
            if (knock.collection_id, knock.token) not in agent.cloud.admissions:
                return Called(reason="not let in")
            dial = Dial(knock.url, knock.ticket)
            going = come(dial, agent.listener, context, None)
            tasks.add(asyncio.ensure_future(going))
            return Called(is_told=True)

        relay.cloud.call = call
        agent.fingerprint = fingerprint
        yield agent


def peer(relay, fingerprint, token=SHOWN):
    url = f"{relay.origin}/relay/{COLLECTION}/collections/{COLLECTION}"
    return PeerFiles(Peer((url,), token, fingerprint))


async def test_files_go_through_both_ways(relay, hidden, tmp_path):
    (tmp_path / "file").write_bytes(DATA)
    files = peer(relay, hidden.fingerprint)
    source = await files.open_source("/file")
    halves = [(0, 1_000_000), (1_000_000, len(DATA))]

    async def read(start, end):
        return b"".join([bytes(chunk) async for chunk in source.read(start, end)])

    assert b"".join(await asyncio.gather(*(read(*half) for half in halves))) == DATA
    writer = await files.open_writer("/copy", len(DATA))
    await writer.write(0, DATA)
    await writer.commit(len(DATA))
    assert (tmp_path / "copy").read_bytes() == DATA
    await files.close()
    assert {request.scheme for request in hidden.requests} == {"https"}


async def test_an_agent_may_be_there_before_the_clouds_answer(relay, hidden):
    knock = relay.cloud.knock

    async def slowly(told):
        called = await knock(told)
        await asyncio.sleep(0.2)
        return called

    relay.cloud.knock = slowly
    files = peer(relay, hidden.fingerprint)
    async with asyncio.timeout(10):
        assert (await files.stat("/")).kind == "dir"
    await files.close()


async def test_another_agent_in_the_middle_is_noticed(relay, hidden):
    files = peer(relay, "0" * 64)
    with pytest.raises(Fault, match="CONNECT_FAILED"):
        await files.stat("/")
    await files.close()
    assert hidden.requests == []


async def test_who_is_not_let_in_does_not_wake_the_agent(relay, hidden):
    files = peer(relay, hidden.fingerprint, token="nonsense")
    with pytest.raises(Fault, match="CONNECT_FAILED"):
        await files.stat("/")
    await files.close()
    assert hidden.requests == []


async def test_what_is_no_upgrade_is_refused(relay):
    async with httpx.AsyncClient(trust_env=False) as http:
        for path in ("/relay/", f"/relay/{COLLECTION}"):
            assert (await http.get(f"{relay.origin}{path}")).status_code == 426


async def test_a_ticket_is_good_once_and_for_one(relay):
    upgrade = {"Connection": "Upgrade", "Upgrade": "lenticular-relay"}
    async with httpx.AsyncClient(trust_env=False, headers=upgrade) as http:
        for shown in ("Bearer nonsense", "Bearer ", ""):
            headers = {"Authorization": shown.strip()}
            answer = await http.get(f"{relay.origin}/relay/", headers=headers)
            assert answer.status_code == 403


async def test_the_end_of_one_is_the_end_of_the_other(relay, hidden):
    files = peer(relay, hidden.fingerprint)
    await files.stat("/")
    for connection in list(hidden.listener.connections):
        connection.abort()
    assert (await files.stat("/")).kind == "dir"
    await files.close()
