"""Attacks on the control channel: by who has no credential, and by agents on each other."""

import asyncio
import base64
import http.client
import uuid
from contextlib import closing

import httpx
import pytest

from lenticular.engines.connectors.places import Folder, Place
from lenticular.engines.movers.messages import Hello, Stat
from lenticular.primitives.agents import BUILT_IN, AgentAbsent

CALLS = [
    ("POST", "hello"),
    ("POST", "farewell"),
    ("POST", "orders"),
    ("POST", "reports"),
    ("GET", "jobs/1/items"),
    ("GET", "agent"),
    ("POST", "admissions"),
    ("POST", "sign-ins"),
    ("POST", "knocks"),
]


@pytest.fixture(scope="module")
def channel(cloud):
    """The control channel, without a credential."""
    url = f"{cloud.configuration.url('globus')}/agent/v1/"
    with httpx.Client(base_url=url, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def expect(cloud):
    """Return the id and a setup key of a new agent."""

    def make():
        agent_id = str(uuid.uuid4())
        agents, store = cloud.engines.agents, cloud.engines.store
        key = cloud.run(store.transact(lambda tx: agents.expect(tx, agent_id, "A laptop")))
        return agent_id, key

    return make


@pytest.fixture(scope="module")
def enrol(cloud, channel, expect):
    """Enrol an agent that is there; return its id and secret."""

    def make():
        agent_id, key = expect()
        enrolled = channel.post("enrolments", json={"setup_key": key}).json()
        cloud.run(cloud.engines.agents.greet(agent_id, Hello("1", "machine", (), "/")))
        return agent_id, enrolled["secret"]

    return make


def test_a_setup_key_is_used_twice(channel, expect):
    agent_id, key = expect()
    first = channel.post("enrolments", json={"setup_key": key})
    assert (first.status_code, first.json()["endpoint_id"]) == (200, agent_id)
    second = channel.post("enrolments", json={"setup_key": key})
    assert (second.status_code, second.json()["code"]) == (403, "SetupKeyInvalid")


def test_a_setup_key_is_guessed(channel):
    for key in ("", "0" * 48, "@http://elsewhere"):
        assert channel.post("enrolments", json={"setup_key": key}).status_code == 403


def test_a_setup_key_is_not_in_the_audit_log(cloud, channel, expect):
    _, key = expect()
    secret = channel.post("enrolments", json={"setup_key": key}).json()["secret"]
    pairs = cloud.run(cloud.engines.store.read(lambda reader: reader.range(b"\x00", b"\xff")))
    held = b"".join(value for _, value in pairs)
    assert b"enrol_agent" in held or b"EnrolAgent" in held
    assert key.partition("@")[0].encode() not in held
    assert secret.encode() not in held


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_who_has_no_secret_is_told_nothing(channel, enrol, path, method):
    agent_id, secret = enrol()
    other_id, _ = enrol()
    wrong = [None, (agent_id, ""), (other_id, secret), (BUILT_IN, secret), ("", secret)]
    for credential in wrong:
        answer = channel.request(method, path, auth=credential, json={})
        assert (answer.status_code, answer.json()["code"]) == (401, "AgentUnknown")


def test_a_persons_token_is_no_agents_secret(channel, enrol, access_token, ada):
    agent_id, _ = enrol()
    token = access_token(ada, "urn:globus:auth:scope:transfer.api.globus.org:all")
    headers = {"Authorization": f"Bearer {token}"}
    assert channel.get("agent", headers=headers).status_code == 401
    assert channel.get("agent", auth=(agent_id, token)).status_code == 401


def test_an_agent_answers_the_question_of_another(cloud, channel, enrol):
    victim, thief = enrol(), enrol()
    agents = cloud.engines.agents
    question = Stat(Place(Folder("/secret-place")), "/a")

    async def ask():
        return await asyncio.gather(
            agents.ask(victim[0], question, seconds=1), return_exceptions=True
        )

    asking = asyncio.run_coroutine_threadsafe(ask(), cloud._loop)
    orders = channel.post("orders", auth=victim, json={"wait": 10}).json()
    [asked] = orders["questions"]
    stolen = channel.post("orders", auth=thief, json={"wait": 0})
    assert "secret-place" not in stolen.text
    lie = {"question_id": asked["question_id"], "answer": {"type": "done"}}
    channel.post("orders", auth=thief, json={"answers": [lie], "wait": 0}).raise_for_status()
    [answer] = asking.result(10)
    assert isinstance(answer, AgentAbsent)


def test_an_agent_asks_for_anothers_job_or_collection(channel, enrol):
    agent = enrol()
    assert channel.get(f"jobs/{uuid.uuid4()}/items", auth=agent).json() == []
    report = {"job_id": str(uuid.uuid4()), "attempt": 1, "number": 1, "counts": {}}
    assert channel.post("reports", auth=agent, json=report).json()["what"] == "stop"
    visitor = {"collection_id": str(uuid.uuid4()), "token": "x"}
    assert channel.post("admissions", auth=agent, json=visitor).json()["verdict"] != "admitted"


@pytest.mark.parametrize(
    ("path", "body"),
    [("orders", b"{"), ("orders", b'{"wait": "long"}'), ("hello", b"{}"), ("reports", b"[]")],
)
def test_documents_that_are_malformed_are_refused(channel, enrol, path, body):
    assert channel.post(path, auth=enrol(), content=body).status_code == 400


def test_a_document_that_is_too_large_is_refused_by_its_head(cloud, enrol):
    basic = base64.b64encode(":".join(enrol()).encode()).decode()
    where = cloud.configuration.host, cloud.configuration.port("globus")
    with closing(http.client.HTTPConnection(*where, timeout=10)) as connection:
        connection.putrequest("POST", "/agent/v1/orders")
        connection.putheader("Authorization", f"Basic {basic}")
        connection.putheader("Content-Length", str(1 << 30))
        connection.endheaders()
        assert connection.getresponse().status == 413


def test_an_item_number_that_is_none_is_refused(channel, enrol):
    assert channel.get("jobs/1/items?start=-1", auth=enrol()).status_code == 400
