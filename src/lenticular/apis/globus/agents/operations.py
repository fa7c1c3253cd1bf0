"""What agents call: to enrol, to be told what to do, to report, and to ask who may come in.

An agent shows its id and secret with every call but the first one (Basic, RFC 7617), and is
told nothing that is not its own.
"""

from typing import Final, TypeVar

from lenticular.apis.globus.wire.credentials import basic_credential
from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.globus.wire.payloads import read_document
from lenticular.apis.globus.wire.service import Call, Credential, Result, operation
from lenticular.engines.movers.contract import Item, Report
from lenticular.engines.movers.messages import (
    Enrolment,
    Hello,
    Knock,
    Poll,
    SignIn,
    Visitor,
)
from lenticular.primitives.agents import Agent, Agents, Dispatch, Doorkeeper, Work

_LARGEST: Final = 64 * 1024 * 1024
"""Bytes of the largest document that an enrolled agent may send: a listing of a folder."""

_LARGEST_HELLO: Final = 256 * 1024
"""Of what an agent offers, which is read whenever somebody wants something of it."""

Told = TypeVar("Told")


class AgentOperations:
    """The operations of the control channel."""

    def __init__(self, agents: Agents, work: Work, doorkeeper: Doorkeeper) -> None:
        self._agents = agents
        self._work = work
        self._doorkeeper = doorkeeper
        self._dispatch = Dispatch(agents, work)

    @operation("POST", "/agent/v1/enrolments", credential=Credential.NOTHING, document=Enrolment)
    async def enrol_agent(self, call: Call) -> Result:
        wanted: Enrolment = call.document
        return await self._agents.enrol(wanted.setup_key)

    @operation("GET", "/agent/v1/agent", credential=Credential.NOTHING, recorded=False)
    async def describe_agent(self, call: Call) -> Result:
        agent = await self._agent(call)
        is_connected, seen = await self._agents.presence(agent.agent_id)
        return {
            "endpoint_id": agent.agent_id,
            "display_name": agent.display_name,
            "is_connected": is_connected,
            "last_seen": seen,
        }

    @operation("POST", "/agent/v1/hello", credential=Credential.NOTHING, recorded=False)
    async def greet(self, call: Call) -> Result:
        agent_id, hello = await self._told(call, Hello, _LARGEST_HELLO)
        await self._agents.greet(agent_id, hello)

    @operation("POST", "/agent/v1/farewell", credential=Credential.NOTHING, recorded=False)
    async def part(self, call: Call) -> Result:
        agent = await self._agent(call)
        await self._agents.part(agent.agent_id)

    @operation("POST", "/agent/v1/orders", credential=Credential.NOTHING, recorded=False)
    async def take_orders(self, call: Call) -> Result:
        agent_id, poll = await self._told(call, Poll)
        return await self._dispatch.orders(agent_id, poll)

    @operation("POST", "/agent/v1/reports", credential=Credential.NOTHING, recorded=False)
    async def report(self, call: Call) -> Result:
        agent_id, report = await self._told(call, Report)
        return await self._work.report(agent_id, report)

    @operation(
        "GET", "/agent/v1/jobs/{job_id}/items", credential=Credential.NOTHING, recorded=False
    )
    async def list_job_items(self, call: Call) -> Result:
        agent = await self._agent(call)
        start = call.query.get("start", "0")
        if not start.isdecimal():
            raise GlobusError(400, f"start is the number of an item, and not {start[:100]!r}")
        items = await self._work.items(agent.agent_id, call.arguments["job_id"], int(start))
        return list[Item](items)

    @operation("POST", "/agent/v1/admissions", credential=Credential.NOTHING, recorded=False)
    async def admit(self, call: Call) -> Result:
        agent_id, visitor = await self._told(call, Visitor)
        return await self._doorkeeper.admit(agent_id, visitor)

    @operation("POST", "/agent/v1/sign-ins", credential=Credential.NOTHING, recorded=False)
    async def sign_in(self, call: Call) -> Result:
        agent_id, sign_in = await self._told(call, SignIn)
        return await self._doorkeeper.sign_in(agent_id, sign_in)

    @operation("POST", "/agent/v1/knocks", credential=Credential.NOTHING, recorded=False)
    async def knock(self, call: Call) -> Result:
        agent_id, knock = await self._told(call, Knock)
        return await self._doorkeeper.knock(agent_id, knock)

    async def _told(
        self, call: Call, kind: type[Told], largest: int = _LARGEST
    ) -> tuple[str, Told]:
        """Return the id of the agent that calls, and what it says.

        That is read once the agent is known: nobody else may send so much. Raises
        `AgentUnknown` and `GlobusError` (400, 413).
        """
        agent = await self._agent(call)
        return agent.agent_id, await read_document(call.request, kind, largest)

    async def _agent(self, call: Call) -> Agent:
        """Return the agent that calls. Raises `AgentUnknown`."""
        given = basic_credential(call.request)
        agent_id, secret = given if given is not None else ("", "")
        return await self._agents.authenticate(agent_id, secret)
