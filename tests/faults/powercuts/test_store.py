"""The key-value store alone: a power cut behind a kill, and one behind another power cut."""

import asyncio
import os
import random
import sys
from pathlib import Path

import pytest

from .recorder import Recorder, Tree, why_not, write_tree
from .replay import Replay
from .server import recorded
from .store import run

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

PROGRAM = [sys.executable, str(Path(__file__).with_name("store.py"))]
NAME = "store.db"
CUTS = 60 if os.environ.get("FAULTS") == "long" else 1
"""First power cuts, each with many second ones behind it."""


def recorded_run(recorder: Recorder, *value: str, killed_at_sync: int = 0) -> str:
    """Run the program on the store, recorded; return what it printed."""
    options = [f"--inject=fdatasync:signal=SIGKILL:when={killed_at_sync}"] if killed_at_sync else []
    return recorder.run([*PROGRAM, str(recorder.folder / NAME), *value], *options)


def value_of(folder: Path, tree: Tree) -> str:
    """Return the value in the store on a disk."""
    write_tree(folder, tree)
    return asyncio.run(run(folder / NAME))


def test_what_a_killed_process_did_not_sync_is_synced_before_the_next_one_shows_it(tmp_path, place):
    recorder = recorded(tmp_path)
    assert recorded_run(recorder, "old") == "old"
    # The first two syncs are of the log's head and of its name, the third of the transaction.
    assert recorded_run(recorder, "new", killed_at_sync=3) == ""
    assert recorded_run(recorder) == "new"
    *_, last = Replay(recorder.runs)
    assert value_of(place, last.tree) == "new"


def test_the_power_goes_again_while_the_store_comes_back(tmp_path, place, seed, report):
    """What a first cut has left of a transaction must not be in the way behind a second one."""
    chance = random.Random(seed)
    recorder = recorded(tmp_path)
    recorded_run(recorder, "old")
    recorded_run(recorder, "new")
    first = [image for image in Replay(recorder.runs, chance, rate=0.5) if image.drawn]
    tried = 0
    for number, image in enumerate(chance.sample(first, min(CUTS, len(first)))):
        again = Recorder(tmp_path / f"again{number}", tmp_path / "trace")
        write_tree(again.folder, image.tree)
        recorded_run(again, "newer")
        for second in Replay(again.runs, chance, rate=0.2, begins=image.tree):
            found = value_of(place, second.tree)
            assert found in {"", "old", "new", "newer"}
            tried += 1
        assert found == "newer"
    report(f"power cuts, store: {CUTS} first cuts, {tried} disks after a second one")
    assert tried > 3 * CUTS
