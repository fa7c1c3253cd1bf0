"""A cloud in memory with people of two accounts, and a clock that tests set."""

import time

import pytest

from lenticular.engines.connectors.places import Folder, Store
from lenticular.primitives.collections import Collections, Details, NewMapped, NewRule, Person
from lenticular.server.wiring import build_in_memory


class Lab:
    """The cloud, and short forms of what tests do all the time."""

    def __init__(self, cloud):
        self.cloud = cloud
        self.now = time.time()
        self.people = {}
        self.collections = Collections(
            cloud.store,
            cloud.vault,
            cloud.people,
            cloud.groups,
            cloud.agents,
            cloud.sessions,
            data_url="https://data",
            s3_url="http://s3",
            clock=lambda: self.now,
        )

    async def user(self, name, account_id):
        self.people[name] = await self.cloud.identities.users.create(account_id, name)

    def person(self, name):
        return Person((self.people[name].identity_id,))

    def id(self, name):
        return self.people[name].identity_id

    async def mapped(self, owner="ada", name="Lab data", kind="folder", **details):
        origin = Folder("/srv/lab") if kind == "folder" else Store("s3://lab/data")
        user = self.people[owner] if owner else None
        new = NewMapped(
            kind=kind,
            origin=origin,
            account_id=user.account_id if user else self.people["ada"].account_id,
            owner_id=user.identity_id if user else "",
            details=Details(display_name=name, **details),
        )
        return await self.collections.create_mapped(new)

    async def guest(self, host, owner="ada", path="/shared/", name="A share", **details):
        made = Details(display_name=name, **details)
        return await self.collections.create_guest(
            host.collection_id, path, made, self.person(owner)
        )

    async def rule(self, guest, principal, path="/", permission="r", by="ada", **more):
        kind = more.pop("kind", "identity")
        new = NewRule(
            principal_type=kind, principal=principal, path=path, permission=permission, **more
        )
        return await self.collections.rules.create(guest.collection_id, new, self.person(by))

    async def may(self, collection, name, groups=()):
        """What somebody may do there, as pairs of path and permission; None: not signed in."""
        ids = (self.id(name),) if name else ()
        found = await self.cloud.store.read(
            lambda reader: self.collections.access(
                reader,
                self.collections.find(reader, collection.collection_id),
                Person(ids, groups),
                anonymous=not name,
            )
        )
        return {(rule.path, rule.permission) for rule in found}

    async def sees(self, collection, name):
        found = await self.collections.search(
            self.search(text=collection.display_name), self.person(name)
        )
        return collection.collection_id in {one.collection.collection_id for one in found}

    @staticmethod
    def search(**wanted):
        from lenticular.primitives.collections import Search

        return Search(**wanted)


@pytest.fixture
async def lab():
    """Ada, Bob and Cleo are of one account, Eve is of another."""
    cloud = build_in_memory()
    made = Lab(cloud)
    first = (await cloud.identities.first_account()).account_id
    other = (await cloud.identities.create_account("institute", "i@example.org")).account_id
    for name in ("ada", "bob", "cleo"):
        await made.user(name, first)
    await made.user("eve", other)
    yield made
    await cloud.close()
