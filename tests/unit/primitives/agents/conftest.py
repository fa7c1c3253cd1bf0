"""Fixtures: agents on stores in memory, by a clock that the test sets."""

import os
from dataclasses import dataclass, field

import pytest

from lenticular.engines.kv.memory import MemoryStore
from lenticular.engines.movers.messages import Hello
from lenticular.primitives.agents import Agents
from lenticular.primitives.vault import KEY_SIZE, Vault


@dataclass
class Site:
    """Two processes of one cloud, on the same stores."""

    store: MemoryStore = field(default_factory=MemoryStore)
    letters: MemoryStore = field(default_factory=MemoryStore)
    vault: Vault = field(default_factory=lambda: Vault(os.urandom(KEY_SIZE)))
    now: float = 1_000_000.0

    def __post_init__(self):
        self.here, self.there = self.process(), self.process()

    def process(self):
        return Agents(self.store, self.vault, letters=self.letters, clock=lambda: self.now)

    async def expect(self, agent_id="laptop"):
        """Return a setup key."""
        return await self.store.transact(lambda tx: self.here.expect(tx, agent_id, "A laptop"))

    async def enrolled(self, agent_id="laptop"):
        """Enrol an agent that is there; return its secret."""
        enrolled = await self.here.enrol(await self.expect(agent_id))
        await self.here.greet(agent_id, Hello("1", "machine", (), "/home"))
        return enrolled.secret

    async def is_connected(self, agent_id="laptop"):
        return await self.store.read(lambda reader: self.here.is_connected(reader, agent_id))


@pytest.fixture
def site():
    """A cloud."""
    return Site()
