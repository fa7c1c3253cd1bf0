"""What a data folder has besides the database: the power goes at every call of its making."""

import os
import random
import sys
from pathlib import Path

import pytest

from .files import MAKERS
from .recorder import why_not, write_tree
from .replay import Replay
from .server import recorded

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

PROGRAM = [sys.executable, str(Path(__file__).with_name("files.py"))]
DRAWN = 300 if os.environ.get("FAULTS") == "long" else 8
"""Disks that are drawn from what may be there."""


@pytest.mark.parametrize("what", sorted(MAKERS))
def test_what_is_made_half_is_made_again_and_what_was_made_stays(
    tmp_path, place, seed, report, what
):
    recorder = recorded(tmp_path)
    recorder.run([*PROGRAM, what, str(recorder.folder / "cloud")])
    tried = 0
    rate = DRAWN / len(recorder.runs[0].calls)
    for image in Replay(recorder.runs, random.Random(seed), rate):
        write_tree(place, image.tree)
        made = MAKERS[what](place / "cloud")
        tried += 1
    # The last disk is that after the end.
    names = {"archive": "archive/cloud", "certificates": "cloud/tls/bundle.pem"}
    assert made == image.tree[names.get(what, "cloud/settings")]
    report(f"power cuts, {what}: {tried} disks")
    assert tried > 3
