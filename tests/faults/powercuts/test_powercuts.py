"""The power goes at every call: what was acknowledged is there, and nothing half-written is.

A real server works, is killed under its work, and is started again; whatever it does to the
data folder is recorded. Then the power is cut behind every single call: the cloud of each disk
that this can leave is opened, and held to what clients had been told by then.

`make test` records one such course; ``FAULTS=long`` several longer ones, cuts the power once
more while the cloud comes back, and prints what it counted.
"""

import os
import random
import signal
import sys
import time
from collections import Counter, deque
from collections.abc import Collection
from pathlib import Path

import pytest

from .clients import Client
from .itemclients import Items
from .notes import Note
from .objectclients import Objects, Versions
from .recorder import Recorder, Run, why_not, write_tree
from .replay import Image, Replay
from .server import RecordedCloud, recorded
from .userclients import Users
from .verdict import KINDS, Verdict

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

LONG = os.environ.get("FAULTS") == "long"
COURSES = 8 if LONG else 1
STEPS = 24 if LONG else 6
"""Operations of each client, at least."""
DRAWN = 200 if LONG else 10
"""Images of each course that are drawn from what may be on the disk."""
EMPTIED = 3 if LONG else 16
"""Of so many images one is emptied, to see that nothing is left."""
AGAIN = 3 if LONG else 0
"""Images of each course from which the cloud comes back, and the power goes again."""

COMES_BACK = [sys.executable, str(Path(__file__).with_name("comes_back.py"))]

Course = tuple[list[Run], dict[str, list[Note]]]


@pytest.fixture(scope="module")
def course(tmp_path_factory, seed) -> Course:
    """The first course: what was recorded, and what the clients noted."""
    return record(tmp_path_factory.mktemp("course"), random.Random(seed))


@pytest.fixture(scope="module")
def total() -> Counter[str]:
    """What was counted so far."""
    return Counter()


def record(folder: Path, chance: random.Random, *, fault: str = "", workers: int = 1) -> Course:
    """Let clients work on a new cloud, kill it under them, and let them work on."""
    kinds = (Objects, Versions, Items, Users)
    clients: list[Client] = [kind(kind.__name__.lower(), chance.random()) for kind in kinds]
    cloud = RecordedCloud(recorded(folder), fault=fault, workers=workers)
    try:
        cloud.start()
        cloud.set_up()
        for client in clients:
            client.start(cloud.connect, 10 * STEPS)
        while min(len(client.notes) for client in clients) < STEPS // 2:
            time.sleep(chance.uniform(0, 0.05))
        cloud.stop(signal.SIGKILL)
        for client in clients:
            client.join()
        cloud.start()
        cloud.settle(clients)
        cloud.work(clients, STEPS // 2)
        cloud.stop()
    finally:
        cloud.close()
    return cloud.recorder.runs, cloud.setup | {client.name: client.notes for client in clients}


@pytest.mark.parametrize("number", range(COURSES))
def test_nothing_acknowledged_is_lost(course, place, tmp_path, seed, total, report, number):
    chance = random.Random(seed + number)
    if number:
        course = record(tmp_path, chance, workers=1 + number % 2)
    counts = cut_everywhere(course, place, chance, tmp_path)
    total.update(counts)
    report(f"power cuts, {number + 1} courses: {told(total)}")
    assert counts["acknowledged"] >= 4 * STEPS
    assert counts["images"] > 40


def cut_everywhere(course: Course, place: Path, chance: random.Random, work: Path) -> Counter[str]:
    """Cut the power behind every call of a course; return what was counted. Nothing may fail."""
    runs, notes = course
    calls = sum(len(run.calls) for run in runs)
    replay = Replay(runs, chance, DRAWN / calls)
    verdict = Verdict(place, notes)
    answered = {note.request for of_one in notes.values() for note in of_one if note.request}
    assert answered <= set(replay.sent), "answers are missing in the record"
    chosen: list[Image] = []  # each with the same chance, of images that are not all in memory
    for number, image in enumerate(replay):
        verdict.hold(image, replay.sent, empties=number % EMPTIED == 0)
        if len(chosen) < AGAIN:
            chosen.append(image)
        elif (place_in := chance.randrange(number + 1)) < AGAIN:
            chosen[place_in] = image
    counts = verdict.counts + Counter(cuts=replay.cuts)
    for image in chosen:
        counts += cut_again(image, replay, verdict, chance, work)
    assert verdict.failures == []
    return counts


def cut_again(
    image: Image, first: Replay, verdict: Verdict, chance: random.Random, work: Path
) -> Counter[str]:
    """Let the cloud come back from a power cut, and cut the power behind every call of that."""
    again = Recorder(work / "again", work / "trace")
    write_tree(again.folder, image.tree)
    again.run([*COMES_BACK, str(again.folder / "cloud")])
    replay = Replay(again.runs, chance, 0.02, begins=image.tree)
    counts: Counter[str] = Counter()
    for second in replay:
        counts["again"] += 1
        # What was acknowledged before the first cut must still be there; nobody asked for more.
        at_second = Image(second.tree, image.answers, drawn=second.drawn, at=second.at)
        verdict.hold(at_second, first.sent, empties=False)
    return counts + Counter(cuts=replay.cuts)


def told(counts: Counter[str]) -> str:
    """Return counts in words, with those that must be none."""
    done = {
        "cuts": "cuts",
        "images": "disks of what was synced",
        "drawn": "drawn",
        "again": "after a second cut",
        "emptied": "emptied",
        "acknowledged": "acknowledged",
    }
    said = [f"{counts[name]:,} {words}" for name, words in done.items()]
    return ", ".join(said + [f"{counts[kind]} {kind}" for kind in KINDS])


def test_syncs_that_are_left_out_are_noticed(course, place):
    """The same record, but for what makes one kind of change durable."""
    for forgotten, kind in {
        "database files": "lost",
        "blob files": "torn",
        "blob folders": "torn",
        "data folders": "lost",
    }.items():
        assert caught(course, place, forgets={forgotten}).counts[kind], forgotten


@pytest.mark.skipif(not LONG, reason="set FAULTS=long to record servers with faults")
@pytest.mark.parametrize("fault", ["unsynced-database", "unsynced-blobs", "unsynced-folders"])
def test_a_server_that_leaves_syncs_out_is_caught(tmp_path, place, seed, fault, report):
    course = record(tmp_path, random.Random(seed), fault=fault)
    verdict = caught(course, place)
    report(f"power cuts, {fault}: caught, {verdict.wrong()} on one disk")
    assert verdict.wrong()


def caught(course: Course, place: Path, forgets: Collection[str] = ()) -> Verdict:
    """Return what is wrong with the disk that a cut behind the last call leaves."""
    runs, notes = course
    replay = Replay(runs, forgets=forgets)
    verdict = Verdict(place, notes)
    verdict.hold(deque(replay, maxlen=1).pop(), replay.sent, empties=False)
    return verdict
