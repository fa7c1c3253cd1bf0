"""Tasks in memory, with a clock that tests set and agents that tests play."""

import time
import uuid

import pytest

from lenticular.engines.connectors.places import Folder
from lenticular.engines.movers.contract import Counts, Ended, Happening, Item, Report
from lenticular.engines.movers.messages import Announced, Hello, Running
from lenticular.primitives.agents import BUILT_IN, Agents
from lenticular.primitives.circumstances import Circumstances
from lenticular.primitives.collections import Collections, Details, NewMapped, NewRule, Person
from lenticular.primitives.oauth.callers import Caller
from lenticular.primitives.transfers import Submission, Transfers, records
from lenticular.server.wiring import build_in_memory


class Lab:
    """A cloud with people, and short forms of what tests do all the time."""

    def __init__(self, cloud, account_id):
        self.cloud = cloud
        self.store = cloud.store
        self.account_id = account_id
        self.now = float(int(time.time()))
        self.users = {}
        self.agents = Agents(cloud.store, cloud.vault, clock=lambda: self.now)
        self.collections = Collections(
            cloud.store,
            cloud.vault,
            cloud.people,
            cloud.groups,
            self.agents,
            cloud.sessions,
            data_url="https://data",
            clock=lambda: self.now,
        )
        self.transfers = self.restarted()

    def restarted(self):
        """The transfers as another process has them."""
        return Transfers(
            self.store,
            self.cloud.vault,
            self.collections,
            self.agents,
            self.cloud.meters,
            self.cloud.notices,
            self.cloud.letters,
            clock=lambda: self.now,
        )

    async def user(self, name):
        self.users[name] = await self.cloud.identities.users.create(
            self.account_id, name, email=f"{name}@example.org"
        )

    def id(self, name):
        return self.users[name].identity_id

    def person(self, name):
        return Person((self.id(name),))

    async def caller(self, name):
        principal = await self.store.read(
            lambda reader: self.cloud.identities.user_principal(reader, self.account_id, name)
        )
        return Caller(
            principal.under(Circumstances(time=self.now)),
            identity_id=self.id(name),
            identity_ids=(self.id(name),),
            username=f"{name}@lab",
            client_id="an app",
        )

    # Collections and agents.

    async def folder(self, owner="ada", name="Lab data", **details):
        new = NewMapped(
            kind="folder",
            origin=Folder("/srv/lab"),
            account_id=self.account_id,
            owner_id=self.id(owner),
            details=Details(display_name=name, **details),
        )
        return (await self.collections.create_mapped(new)).collection_id

    async def laptop(self, owner="ada", name="Laptop", **hello):
        made, _ = await self.collections.create_enrolled(
            Details(display_name=name), self.person(owner)
        )
        await self.connect(made.agent_id, **hello)
        return made.collection_id, made.agent_id

    async def share(self, host, owner="ada", path="/shared/"):
        made = await self.collections.create_guest(
            host, path, Details(display_name="A share"), self.person(owner)
        )
        return made.collection_id

    async def allow(self, guest, name, permission="r", by="ada"):
        new = NewRule(
            principal_type="identity", principal=self.id(name), path="/", permission=permission
        )
        return await self.collections.rules.create(guest, new, self.person(by))

    async def connect(self, agent_id=BUILT_IN, **fields):
        fields = {"slots": 1, "home": "/home/ada"} | fields
        folders = (Announced("/", "rw"),)
        await self.agents.greet(agent_id, Hello("1", "a machine", folders, **fields))

    # Tasks.

    async def submit(self, source, destination="", owner="ada", items=(), **fields):
        """Submit a transfer, or a deletion without a destination; return its id."""
        accepted = await self.accept(source, destination, owner, items, **fields)
        return accepted.task_id

    async def accept(self, source, destination="", owner="ada", items=(), **fields):
        submission = Submission(
            kind="TRANSFER" if destination else "DELETE",
            submission_id=fields.pop("submission_id", "") or str(uuid.uuid4()),
            source_id=source,
            destination_id=destination,
            **fields,
        )
        staging = self.transfers.submissions.stage()
        unique = f"/{uuid.uuid4()}"
        await staging.add(list(items) or [Item(unique, unique if destination else "")])
        return await self.transfers.submissions.submit(
            await self.caller(owner), submission, staging
        )

    async def task(self, task_id):
        return await self.transfers.get(records.get, task_id)

    async def codes(self, task_id):
        """The codes of a task's events, in their order."""
        found = await self.transfers.events(records.get, task_id)
        return [event.code for _, event in reversed(found)]

    async def poll(self, agent_id=BUILT_IN, *running):
        """What the agent is to begin and to stop, when it is about these jobs."""
        told = [Running(job.job_id, job.attempt) for job in running]
        return await self.transfers.work.wanted(agent_id, told)

    async def begin(self, agent_id=BUILT_IN):
        """The one job that the agent is given."""
        [job], stop = await self.poll(agent_id)
        assert stop == []
        return job

    async def report(self, job, number=1, agent_id=BUILT_IN, **fields):
        fields.setdefault("counts", Counts())
        report = Report(job.job_id, job.attempt, number, **fields)
        return await self.transfers.work.report(agent_id, report)

    def happening(self, code, at, *, is_error=False):
        return Happening(code, f"{code} happened", "details", is_error, at)

    async def finish(self, job, number=1, agent_id=BUILT_IN, how="succeeded", code="", text=""):
        return await self.report(job, number, agent_id, ended=Ended(how, code, text))


@pytest.fixture
async def lab():
    cloud = build_in_memory()
    account = await cloud.identities.first_account()
    lab = Lab(cloud, account.account_id)
    for name in ("ada", "grace", "emmy"):
        await lab.user(name)
    await lab.connect()
    yield lab
    await cloud.close()
