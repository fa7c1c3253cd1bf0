"""Turns: a day of many people on few slots, by an injected clock; nothing is left to chance."""

import asyncio
import random
from collections import Counter, defaultdict

import pytest

from lenticular.engines.movers.contract import Counts, Ended
from lenticular.primitives.agents import BUILT_IN
from lenticular.primitives.transfers.fairness import QUANTUM, next_owner

SLOTS = 2
STEP = 10
"""Seconds between two reports of a job."""


class Simulation:
    """An agent with a few slots, and jobs that take as many seconds as they say."""

    def __init__(self, lab):
        self.lab = lab
        self.left = {}
        self.owner = {}
        self.jobs = {}
        self.numbers = Counter()
        self.time = Counter()
        self.submitted = {}
        self.began = {}
        self.ended = {}

    async def submit(self, folders, owner, seconds):
        task_id = await self.lab.submit(folders[owner], folders[owner], owner)
        self.left[task_id] = seconds
        self.owner[task_id] = owner
        self.submitted[task_id] = self.lab.now

    async def step(self):
        begun, stop = await self.lab.poll(BUILT_IN, *self.jobs.values())
        assert stop == []
        for job in begun:
            self.jobs[job.job_id] = job
            self.numbers[job.job_id] = 0
            self.began.setdefault(job.job_id, self.lab.now)
        assert len(self.jobs) <= SLOTS
        self.lab.now += STEP
        await self.lab.connect(slots=SLOTS)
        for job_id, job in list(self.jobs.items()):
            self.left[job_id] -= STEP
            self.time[self.owner[job_id]] += STEP
            self.numbers[job_id] += 1
            if self.left[job_id] <= 0:
                await self.lab.finish(job, self.numbers[job_id])
                self.ended[job_id] = self.lab.now
                del self.jobs[job_id]
                continue
            verdict = await self.lab.report(
                job, self.numbers[job_id], counts=Counts(), checkpoint=b"x"
            )
            if verdict.what == "yield":
                self.numbers[job_id] += 1
                ended = Ended("yielded")
                await self.lab.report(job, self.numbers[job_id], checkpoint=b"x", ended=ended)
                del self.jobs[job_id]


@pytest.fixture
async def simulation(lab):
    await lab.connect(slots=SLOTS)
    return Simulation(lab)


@pytest.fixture
async def folders(lab):
    return {owner: await lab.folder(owner) for owner in lab.users}


async def test_who_has_little_does_not_wait_for_who_has_very_much(simulation, folders):
    for _ in range(30):
        await simulation.submit(folders, "ada", 100_000)
    for _ in range(20):
        await simulation.step()
    await simulation.submit(folders, "grace", 30)
    await simulation.submit(folders, "emmy", 30)
    small = [task_id for task_id, owner in simulation.owner.items() if owner != "ada"]
    while not all(task_id in simulation.ended for task_id in small):
        await simulation.step()
        assert simulation.lab.now - simulation.submitted[small[0]] < 3 * QUANTUM / 1000


async def test_everybody_has_the_same_share_however_many_tasks_they_have(simulation, folders):
    for owner, number in {"ada": 20, "grace": 5, "emmy": 2}.items():
        for _ in range(number):
            await simulation.submit(folders, owner, 1_000_000)
    for _ in range(360):
        await simulation.step()
    shares = [simulation.time[owner] / simulation.time.total() for owner in folders]
    assert sum(shares) == pytest.approx(1)
    assert all(share == pytest.approx(1 / 3, abs=0.06) for share in shares), shares


async def test_nobody_starves_though_others_never_stop_asking(simulation, folders):
    chance = random.Random(1892)
    for _ in range(4):
        await simulation.submit(folders, "emmy", 200)
    waits = defaultdict(list)
    for _ in range(300):
        for owner in ("ada", "grace"):
            waiting = sum(
                name == owner and task not in simulation.ended
                for task, name in simulation.owner.items()
            )
            if waiting < 3:
                await simulation.submit(folders, owner, chance.choice((20, 90, 400)))
        await simulation.step()
    for task_id, at in simulation.began.items():
        waits[simulation.owner[task_id]].append(at - simulation.submitted[task_id])
    emmys = [task for task, owner in simulation.owner.items() if owner == "emmy"]
    assert all(task in simulation.ended for task in emmys)
    assert max(max(each) for each in waits.values()) < 900


async def test_a_slot_is_kept_while_nobody_waits(simulation, folders):
    await simulation.submit(folders, "ada", 5_000)
    await simulation.submit(folders, "ada", 5_000)
    for _ in range(40):
        await simulation.step()
    assert len(simulation.jobs) == 2
    assert {job.attempt for job in simulation.jobs.values()} == {1}


def test_the_next_slot_is_for_who_has_fewest_then_for_who_waits_longest():
    assert next_owner([], {}, {}) is None
    assert next_owner(["a", "b"], {"a": 1}, {"a": 1, "b": 9}) == "b"
    assert next_owner(["a", "b", "c"], {}, {"a": 3, "b": 2, "c": 4}) == "b"
    assert next_owner(["a", "new"], {}, {"a": 3}) == "new"


async def test_two_processes_never_give_a_task_out_twice(lab, folders):
    await lab.connect(slots=10)
    for _ in range(10):
        await lab.submit(folders["ada"], folders["ada"])
    other = lab.restarted()
    given = await asyncio.gather(
        *(work.wanted(BUILT_IN, []) for work in (lab.transfers.work, other.work))
    )
    attempts = [(job.job_id, job.attempt) for jobs, _ in given for job in jobs]
    assert len(set(attempts)) == len(attempts)
    tasks = await lab.transfers.owned([lab.id("ada")])
    assert all(task.state == "running" for task in tasks)
    # Of each task one attempt counts: the last that was given out.
    assert {(task.task_id, task.attempt) for task in tasks} <= set(attempts)
