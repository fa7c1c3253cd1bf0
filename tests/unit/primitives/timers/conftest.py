"""A cloud in memory with timers, whose clock tests set."""

import time

import pytest

from lenticular.engines.connectors.places import Folder
from lenticular.engines.movers.contract import Item, Options
from lenticular.primitives.collections import Details, NewMapped
from lenticular.primitives.oauth import Authorization, NewClient
from lenticular.primitives.oauth.builtin import TIMER_SCOPE, TRANSFER_ALL
from lenticular.primitives.oauth.callers import Caller
from lenticular.primitives.timers import NewTimer, Schedule, Timers
from lenticular.primitives.transfers import OCCASIONS, Submission
from lenticular.server.wiring import build_in_memory


class Lab:
    """The cloud, Ada and her app, and short forms of what tests do all the time."""

    def __init__(self, cloud):
        self.cloud = cloud
        self.now = float(int(time.time()))
        self.timers = self.restarted()

    def restarted(self):
        """The timers as another process has them."""
        cloud = self.cloud
        return Timers(cloud.store, cloud.transfers, cloud.oauth.callers, clock=lambda: self.now)

    async def begin(self):
        account = (await self.cloud.identities.create_account("lab")).account_id
        ada = await self.cloud.identities.users.create(account, "ada")
        self.account_id, self.ada_id = account, ada.identity_id
        new = NewClient(name="An app", account_id=account, redirect_uris=("https://a/",))
        client, _ = await self.cloud.oauth.clients.create(new)
        self.client_id = client.client_id
        await self.consent(f"{TIMER_SCOPE}[{TRANSFER_ALL}]")
        self.ids = (self.ada_id,)
        self.here, self.there = [await self._folder(name) for name in ("Here", "There")]

    async def consent(self, scopes):
        wanted = Authorization(
            client_id=self.client_id,
            identity_id=self.ada_id,
            wanted=await self.cloud.oauth.scopes.resolve(scopes),
            redirect_uri="https://a/",
        )
        await self.cloud.oauth.exchanges.code(
            await self.cloud.oauth.clients.get(self.client_id),
            await self.cloud.oauth.allow(wanted), "https://a/", "",
        )  # fmt: skip

    async def _folder(self, name):
        new = NewMapped(
            kind="folder",
            origin=Folder(f"/srv/{name}"),
            account_id=self.account_id,
            owner_id=self.ada_id,
            details=Details(display_name=name),
        )
        return (await self.cloud.collections.create_mapped(new)).collection_id

    async def caller(self):
        principal = await self.cloud.store.read(
            lambda reader: self.cloud.identities.user_principal(reader, self.account_id, "ada")
        )
        return Caller(
            principal, identity_id=self.ada_id, identity_ids=self.ids, client_id=self.client_id
        )

    def new(self, **fields):
        schedule = Schedule(int(self.now * 1000), interval=3600)
        usual = {"name": "Hourly", "schedule": schedule, "items": [Item("/a", "/b")]}
        usual |= {"source_id": self.here, "destination_id": self.there, "body": b"{}"}
        usual |= {"options": Options(), "label": "By itself", "notify": OCCASIONS}
        return NewTimer(**usual | fields)

    async def create(self, **fields):
        return await self.timers.create(self.new(**fields), await self.caller())

    async def seen(self, timer):
        return await self.timers.get(timer.timer_id, self.ids)

    async def tasks(self):
        return await self.cloud.transfers.owned(self.ids)

    async def end_tasks(self):
        look = self.cloud.transfers.own(self.ids)
        for task in await self.tasks():
            await self.cloud.transfers.cancel(look, task.task_id)

    async def submit_the_same(self):
        staging = self.cloud.transfers.submissions.stage()
        await staging.add([Item("/a", "/b")])
        wanted = Submission(
            kind="TRANSFER", submission_id="s", source_id=self.here, destination_id=self.there
        )
        await self.cloud.transfers.submissions.submit(await self.caller(), wanted, staging)


@pytest.fixture
async def lab():
    made = Lab(build_in_memory())
    await made.begin()
    return made
