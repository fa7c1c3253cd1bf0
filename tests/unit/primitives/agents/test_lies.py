"""What an agent says of itself, and does not have to be believed."""

import pytest

from lenticular.engines.movers.messages import Hello
from lenticular.primitives.agents import BUILT_IN


async def told(site, agent_id, *addresses):
    await site.enrolled(agent_id)
    await site.here.greet(agent_id, Hello("1", "machine", (), "/", addresses=addresses))
    return (await site.store.read(lambda reader: site.there.hello(reader, agent_id))).addresses


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest/meta-data?",
        "http://127.0.0.1:4200",
        "https://127.0.0.1/relay/somebody",
        "https://127.0.0.1/admin?",
        "https:///nowhere",
        "https://[::1",
        "ftp://lab",
        "",
    ],
)
async def test_an_address_that_sends_the_server_and_tokens_elsewhere(site, address):
    assert await told(site, "laptop", "https://lab:4207", address) == ("https://lab:4207",)


async def test_very_many_addresses_to_try(site):
    assert len(await told(site, "laptop", *(f"https://lab:{n}" for n in range(1000)))) == 8


async def test_the_servers_own_agent_is_believed(site):
    assert await told(site, BUILT_IN, "http://127.0.0.1:4207") == ("http://127.0.0.1:4207",)
