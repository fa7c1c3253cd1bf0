"""Who is let in at an agent's door, as the cloud decides it."""

import pytest

from lenticular.engines.connectors.places import Folder, Peer, Rule
from lenticular.engines.movers.messages import Hello, Knock, SignedIn, SignIn, Visitor
from lenticular.primitives.agents import BUILT_IN
from lenticular.primitives.collections import Details, NewMapped, Person
from lenticular.primitives.transfers import Ticket
from lenticular.server.wiring import build_in_memory


@pytest.fixture
async def cloud():
    made = build_in_memory()
    yield made
    await made.close()


@pytest.fixture
async def owner(cloud):
    account = (await cloud.identities.first_account()).account_id
    return await cloud.identities.users.create(account, "ada", email="ada@example.org")


@pytest.fixture
async def new_collection(cloud, owner):
    async def make(**details):
        new = NewMapped(
            kind="folder",
            origin=Folder("/srv/data"),
            account_id=owner.account_id,
            owner_id=owner.identity_id,
            details=Details(display_name="Data", **details),
        )
        return (await cloud.collections.create_mapped(new)).collection_id

    return make


@pytest.fixture
def tickets(cloud, monkeypatch):
    """What tickets are good for, by their text."""
    good = {}
    monkeypatch.setattr(cloud.admissions._tickets, "check", lambda reader, ticket: good.get(ticket))
    return good


async def admit(cloud, collection, token="", agent=BUILT_IN):
    return await cloud.admissions.admit(agent, Visitor(collection, token))


async def test_nobody_is_sent_to_sign_in(cloud, new_collection):
    collection = await new_collection()
    admission = await admit(cloud, collection)
    assert (admission.verdict, admission.place) == ("unknown", None)
    assert f"client_id={collection}" in admission.sign_in
    client = await cloud.oauth.clients.find(collection)
    assert client.redirect_uris == (f"/sign-in/{collection}",)
    await admit(cloud, collection)
    assert (await cloud.oauth.clients.find(collection)).redirect_uris == client.redirect_uris


async def test_everybody_reads_what_is_public(cloud, new_collection):
    admission = await admit(cloud, await new_collection(anonymous_read=True))
    assert admission.verdict == "admitted"
    assert admission.place.rules == (Rule("/", "r"),)


async def test_a_collection_that_is_not_there(cloud):
    assert (await admit(cloud, "nothing")).verdict == "refused"


async def test_another_agent_gets_no_place(cloud, new_collection):
    collection = await new_collection(anonymous_read=True)
    admission = await admit(cloud, collection, agent="somebody-elses")
    assert (admission.verdict, admission.place) == ("refused", None)


async def test_a_ticket_is_for_one_collection(cloud, owner, new_collection, tickets):
    collection, other = await new_collection(), await new_collection()
    tickets["ticket.a"] = Ticket("a", collection, owner.identity_id, "rw")
    admission = await admit(cloud, collection, "ticket.a")
    assert (admission.verdict, admission.place.rules) == ("admitted", (Rule("/", "rw"),))
    assert (await admit(cloud, other, "ticket.a")).verdict == "unknown"
    del tickets["ticket.a"]
    assert (await admit(cloud, collection, "ticket.a")).verdict == "unknown"


async def test_a_ticket_of_a_source_writes_nothing(cloud, owner, new_collection, tickets):
    collection = await new_collection()
    tickets["ticket.a"] = Ticket("a", collection, owner.identity_id, "r")
    admission = await admit(cloud, collection, "ticket.a")
    assert admission.place.rules == (Rule("/", "r"),)


@pytest.mark.parametrize("text", ["ticket.", "ticket.a", "ticket.a.b.c.d", "ticket....", "x"])
async def test_a_ticket_that_was_made_up_lets_nobody_in(cloud, new_collection, text):
    assert (await admit(cloud, await new_collection(), text)).verdict == "unknown"


async def test_the_way_to_a_machine_is_told_to_the_built_in_agent(cloud, owner, tickets):
    person = Person((owner.identity_id,))
    made, _ = await cloud.collections.create_enrolled(Details(display_name="A laptop"), person)
    hello = Hello("1", "laptop", (), "/", fingerprint="ab" * 32)
    await cloud.agents.greet(made.agent_id, hello)
    tickets["ticket.a"] = Ticket("a", made.collection_id, owner.identity_id, "rw")
    own = await admit(cloud, made.collection_id, "ticket.a", made.agent_id)
    assert isinstance(own.place.at, Folder)
    # A job's ticket is for the agent itself, and shown to no other.
    assert (await admit(cloud, made.collection_id, "ticket.a")).verdict == "unknown"
    knock = Knock(made.collection_id, "ticket.a", "u", "to be shown")
    assert (await cloud.admissions.knock(BUILT_IN, knock)).is_told
    [dial] = (await cloud.agents.letters(made.agent_id)).dials
    assert dial.ticket == "to be shown"
    for token in ("", "nonsense"):
        knock = Knock(made.collection_id, token, "u", "to be shown")
        assert not (await cloud.admissions.knock(BUILT_IN, knock)).is_told
        assert not (await cloud.admissions.knock(made.agent_id, knock)).is_told


async def test_a_place_by_way_of_another_agent_shows_the_visitors_own_token(cloud, owner):
    person = Person((owner.identity_id,))
    made, _ = await cloud.collections.create_enrolled(
        Details(display_name="A laptop", anonymous_read=True), person
    )
    admission = await admit(cloud, made.collection_id)
    assert isinstance(admission.place.at, Peer)
    assert admission.place.at.token == ""


async def test_a_code_that_is_no_good_signs_nobody_in(cloud, new_collection):
    collection = await new_collection()
    for agent in (BUILT_IN, "another"):
        answer = await cloud.admissions.sign_in(agent, SignIn(collection, "code", "v" * 43))
        assert answer == SignedIn()
