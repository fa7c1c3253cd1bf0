"""Which agent does a job: one that has a way to the files at both ends."""

from collections.abc import Callable

from lenticular.engines.movers.messages import Hello
from lenticular.primitives.agents import BUILT_IN

Presence = Callable[[str], Hello | None]
"""Returns what an agent that is connected offers; None: it is not."""


def runner(source: str, destination: str, presence: Presence) -> str | None:
    """Return the agent that is to move files from what one agent serves to what another does.

    None while one of them is not connected. One that serves both needs nobody. A person's
    machine goes to the built-in agent, for it can always call out. Of two persons' machines
    one goes to the other that has an address, the destination before the source (it reads
    in parallel, and writes where it is); where neither has any, through the relay.
    """
    offers = {agent_id: presence(agent_id) for agent_id in (source, destination)}
    if None in offers.values():
        return None
    if destination in (source, BUILT_IN):
        return source
    if source == BUILT_IN:
        return destination
    there, here = offers[source], offers[destination]
    if here is not None and here.addresses and not (there is not None and there.addresses):
        return source
    return destination
