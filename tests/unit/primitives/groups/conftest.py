"""Fixtures: groups on a store in memory, of identities that are named by letters."""

import os
import uuid

import pytest

from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.groups import Groups, NewGroup, Request
from lenticular.primitives.identities import Identities
from lenticular.primitives.vault import KEY_SIZE, Vault

PEOPLE = {name: str(uuid.uuid5(uuid.NAMESPACE_DNS, name)) for name in "abcdefgh"}
"""Ada, Bob, Cleo ... by their first letter."""

SPACE = b"\x02groups\x00"


def ids(*names):
    return tuple(PEOPLE[name] for name in names)


class Lab:
    """Groups, with short ways to use them."""

    def __init__(self, store, groups):
        self.store = store
        self.groups = groups

    async def group(self, name="lab", by="a", parent="", **policies):
        new = NewGroup(name=name, parent_id=parent)
        made = await self.groups.create(new, ids(by))
        return made.group.group_id

    async def act(self, group_id, by, action, name, role=None):
        """Return the membership's status, or the code of the refusal."""
        request = Request(PEOPLE[name], role)
        outcome = await self.groups.act(group_id, ids(*by), {action: [request]})
        if outcome.refused:
            assert not any(outcome.done.values())
            return outcome.refused[action][0].code
        return outcome.done[action][0].status

    async def active(self, *names):
        return await self.store.read(lambda reader: self.groups.active(reader, ids(*names)))

    async def kept(self):
        return await self.store.read(lambda reader: reader.range(SPACE, SPACE + b"\xff"))


@pytest.fixture
async def lab():
    store = MemoryStore()
    identities = Identities(store, Vault(os.urandom(KEY_SIZE)))
    yield Lab(store, Groups(identities, lambda reader, one: one in PEOPLE.values()))
    await identities.close()
