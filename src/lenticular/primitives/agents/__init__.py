"""Agents: the programs that offer files and move them, wherever they run.

An agent is enrolled with a setup key, polls for orders, and answers questions about its files.
What there is to do, `Work` knows; who may come in at an agent's door, the `Doorkeeper`.
"""

from lenticular.primitives.agents.agents import BUILT_IN, PATIENCE, Agents, wake
from lenticular.primitives.agents.errors import (
    AgentAbsent,
    AgentBusy,
    AgentError,
    AgentUnknown,
    SetupKeyInvalid,
)
from lenticular.primitives.agents.orders import Dispatch
from lenticular.primitives.agents.records import Agent
from lenticular.primitives.agents.work import Doorkeeper, Work

__all__ = [
    "BUILT_IN",
    "PATIENCE",
    "Agent",
    "AgentAbsent",
    "AgentBusy",
    "AgentError",
    "AgentUnknown",
    "Agents",
    "Dispatch",
    "Doorkeeper",
    "SetupKeyInvalid",
    "Work",
    "wake",
]
