"""Where a task has something to do, and that its ticket is for no more."""

from lenticular.engines.connectors.grants import Grants
from lenticular.engines.connectors.places import Rule
from lenticular.engines.movers.contract import Item
from lenticular.engines.movers.messages import Visitor
from lenticular.primitives.admissions import Admissions
from lenticular.primitives.transfers.reach import Reach


def reach(*paths):
    found = Reach()
    for path in paths:
        found.add(path)
    return found.paths()


def test_few_paths_are_kept_as_they_are():
    assert reach("/a/b/", "/a/c", "/~/d") == ("/a/b", "/a/c", "/~/d")


def test_many_paths_become_the_folders_that_they_are_in():
    many = [f"/data/run-{number % 7}/{number}" for number in range(5000)]
    assert reach(*many, "/x") == (*(f"/data/run-{number}" for number in range(7)), "/x")
    assert reach(*(f"/{number}" for number in range(100))) == ("/",)


def test_long_paths_take_no_more_room_in_a_record():
    long = [f"/{'a' * 2000}/{number}/{'b' * 2000}" for number in range(20)]
    paths = reach(*long)
    assert sum(map(len, paths)) < 10_000
    grants = Grants([Rule(f"{path}/", "r") for path in paths])
    assert all(grants.permission(path) for path in long)


async def test_a_ticket_is_for_the_paths_of_its_task_alone(lab):
    laptop, agent_id = await lab.laptop()
    folder = await lab.folder()
    items = [Item("/runs/7", "/home/ada/7"), Item("/~/notes", "/~/notes")]
    await lab.submit(folder, laptop, items=items)
    job = await lab.begin(agent_id)
    doorkeeper = Admissions(
        lab.store, lab.collections, lab.agents, lab.cloud.oauth, lab.cloud.vault
    )
    admission = await doorkeeper.admit("built-in", Visitor(folder, job.source.at.token))
    assert admission.paths == ("/runs/7", "/notes")
    assert admission.place.rules == (Rule("/", "r"),)
