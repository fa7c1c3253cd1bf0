"""What agents need of the rest of the cloud: jobs to do, and who may come in at their doors."""

from collections.abc import Sequence
from typing import Protocol

from lenticular.engines.movers.contract import Item, Job, Report, Verdict
from lenticular.engines.movers.messages import (
    Admission,
    Called,
    Knock,
    Running,
    SignedIn,
    SignIn,
    Visitor,
)


class Work(Protocol):
    """The jobs that agents do.

    Whoever gives an agent something to do, or wants it stopped, wakes it in the same
    transaction (`lenticular.primitives.agents.wake`).
    """

    async def wanted(
        self, agent_id: str, running: Sequence[Running]
    ) -> tuple[Sequence[Job], Sequence[Running]]:
        """Return the jobs that an agent should run and does not, and those it should stop.

        It is asked whenever the agent polls, and so may be asked the same again.
        """

    async def report(self, agent_id: str, report: Report) -> Verdict:
        """Take a report; one of a job that is not this agent's is answered with ``stop``."""

    async def items(self, agent_id: str, job_id: str, start: int) -> Sequence[Item]:
        """Return what was submitted for a job of an agent, from item number `start` (from 0).

        As many as fit into one answer; none: that was all, or the job is not this agent's.
        """


class Doorkeeper(Protocol):
    """Knows who may come in."""

    async def admit(self, agent_id: str, visitor: Visitor) -> Admission:
        """Tell what a visitor may do at an agent's door; at another's collection: nothing."""

    async def sign_in(self, agent_id: str, sign_in: SignIn) -> SignedIn:
        """Exchange the code with which a browser came back to an agent for a token."""

    async def knock(self, agent_id: str, knock: Knock) -> Called:
        """Let an agent come to the relay that `agent_id` runs, if the visitor may see it."""
