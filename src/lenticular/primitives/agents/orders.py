"""Orders: what an agent that polls is told, at once or as soon as there is something."""

import asyncio
import time

from lenticular.engines.kv.contract import Watch
from lenticular.engines.movers.messages import Orders, Poll
from lenticular.primitives.agents.agents import PATIENCE, Agents
from lenticular.primitives.agents.work import Work

LONGEST_WAIT = PATIENCE - 10
"""Seconds for which a poll waits, at most: an agent is there while it polls."""


class Dispatch:
    """Gives orders to the agents that poll this process."""

    def __init__(self, agents: Agents, work: Work) -> None:
        self._agents = agents
        self._work = work

    async def orders(self, agent_id: str, poll: Poll) -> Orders:
        """Take an agent's answers, and return its orders; none after it has waited.

        Nor are there any once the agent was started anew: who asked is gone, and orders would
        be lost. Raises `AgentUnknown` when it is removed meanwhile.
        """
        agents = self._agents
        await agents.take_answers(agent_id, poll.answers)
        await agents.note_poll(agent_id)
        life = await agents.life(agent_id)
        ends = time.monotonic() + min(poll.wait, LONGEST_WAIT)
        with agents.watch_mail(agent_id) as mail, agents.watch_wakes(agent_id) as wakes:
            while True:
                orders = await self._look(agent_id, poll)
                left = ends - time.monotonic()
                if orders != _NONE or left <= 0 or agents.is_closing.is_set():
                    return orders
                await _first_of(left, mail, wakes, agents.is_closing)
                await agents.check(agent_id)
                if await agents.life(agent_id) != life:
                    return _NONE

    async def _look(self, agent_id: str, poll: Poll) -> Orders:
        letters = await self._agents.letters(agent_id)
        jobs, stop = await self._work.wanted(agent_id, poll.running)
        return Orders(letters.questions, tuple(jobs), tuple(stop), letters.dials)


_NONE = Orders()


async def _first_of(seconds: float, mail: Watch, wakes: Watch, closing: asyncio.Event) -> None:
    """Return when one of them happens, or after so many seconds."""
    tasks = [asyncio.ensure_future(one) for one in (mail.wait(), wakes.wait(), closing.wait())]
    try:
        await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
