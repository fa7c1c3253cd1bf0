"""Setup keys, secrets, and who is connected."""

import pytest

from lenticular.engines.movers.messages import Hello
from lenticular.primitives.agents import AgentUnknown, SetupKeyInvalid
from lenticular.primitives.agents.agents import PATIENCE
from lenticular.primitives.agents.setupkeys import LIFE


async def everything(store):
    return await store.read(lambda reader: reader.range(b"\x00", b"\xff"))


async def test_a_key_tells_where_the_cloud_is(site):
    site.here.url = "https://cloud.example.org:4205"
    assert (await site.expect()).endswith("@https://cloud.example.org:4205")


async def test_a_key_enrols_the_agent_that_it_is_for(site):
    enrolled = await site.there.enrol(await site.expect("laptop"))
    assert (enrolled.endpoint_id, enrolled.display_name) == ("laptop", "A laptop")
    agent = await site.here.authenticate("laptop", enrolled.secret)
    assert agent.enrolled == site.now


async def test_a_setup_key_used_twice_is_refused(site):
    key = await site.expect()
    enrolled = await site.here.enrol(key)
    with pytest.raises(SetupKeyInvalid):
        await site.there.enrol(key)
    await site.here.authenticate("laptop", enrolled.secret)


async def test_a_setup_key_expires(site):
    key = await site.expect()
    site.now += LIFE
    with pytest.raises(SetupKeyInvalid):
        await site.here.enrol(key)


async def test_a_newer_setup_key_ends_the_older_one_and_a_new_enrolment_the_old_secret(site):
    old_secret = await site.enrolled()
    older, newer = await site.expect(), await site.expect()
    with pytest.raises(SetupKeyInvalid):
        await site.here.enrol(older)
    await site.here.authenticate("laptop", old_secret)
    await site.here.enrol(newer)
    with pytest.raises(AgentUnknown):
        await site.here.authenticate("laptop", old_secret)


async def test_expired_keys_are_removed(site):
    await site.expect("a")
    before = len(await everything(site.store))
    site.now += LIFE + 1
    await site.expect("b")
    assert len(await everything(site.store)) == before + 1  # the agent that was never enrolled


async def test_neither_keys_nor_secrets_are_at_rest(site):
    key = await site.expect()
    secret = (await site.here.enrol(key)).secret
    held = b"".join(value for pair in await everything(site.store) for value in pair)
    assert key.encode() not in held
    assert secret.encode() not in held


@pytest.mark.parametrize("agent_id", ["laptop", "other", "nobody", ""])
async def test_the_secret_of_another_agent_is_refused(site, agent_id):
    await site.enrolled("laptop")
    secret = await site.enrolled("other")
    if agent_id == "other":
        assert (await site.here.authenticate(agent_id, secret)).agent_id == "other"
        return
    with pytest.raises(AgentUnknown):
        await site.here.authenticate(agent_id, secret)


async def test_who_is_expected_only_cannot_call_without_a_secret(site):
    await site.expect()
    with pytest.raises(AgentUnknown):
        await site.here.authenticate("laptop", "")


async def test_an_agent_is_connected_while_it_polls(site):
    assert not await site.is_connected()
    await site.enrolled()
    assert await site.is_connected()
    site.now += PATIENCE - 1
    await site.there.note_poll("laptop")
    site.now += PATIENCE - 1
    assert await site.is_connected()
    site.now += 2
    assert not await site.is_connected()
    assert await site.here.presence("laptop") == (False, site.now - PATIENCE - 1)


async def test_an_agent_that_says_goodbye_is_gone_at_once(site):
    await site.enrolled()
    await site.here.part("laptop")
    assert not await site.is_connected()


async def test_an_agent_that_is_removed_leaves_nothing(site):
    await site.enrolled()
    await site.expect()
    await site.store.transact(lambda tx: site.here.forget(tx, "laptop"))
    await site.here.note_poll("laptop")
    held = [key for key, _ in await everything(site.store) if b"laptop" in key]
    assert held == []


async def test_what_an_agent_offers_is_remembered(site):
    hello = Hello("1", "machine", (), "/home/ada", addresses=("https://lab:1",), fingerprint="ab")
    await site.enrolled()
    await site.here.greet("laptop", hello)
    assert await site.store.read(lambda reader: site.there.hello(reader, "laptop")) == hello
