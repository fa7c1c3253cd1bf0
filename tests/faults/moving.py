"""A mover in a process of its own, whose reports go to a file, and the judge of what it did."""

import asyncio
import base64
import json
import os
import sys
from pathlib import Path

import msgspec

from lenticular.engines.connectors.opening import open_place
from lenticular.engines.connectors.peer import PeerFiles
from lenticular.engines.connectors.places import Folder, Peer, Place
from lenticular.engines.connectors.temporaries import is_temporary
from lenticular.engines.movers.contract import Counts, Item, Job, Options, Verdict
from lenticular.engines.movers.https import HttpsMover
from lenticular.engines.movers.pacing import MEBIBYTE, Pace

QUICK = Pace(
    first_pause=0.002,
    longest_pause=0.05,
    report_every=0.02,
    save_every=0.05,
    small=4096,
    large=4 * MEBIBYTE,
    smallest_range=MEBIBYTE,
    largest_range=4 * MEBIBYTE,
)


def place(where):
    """Return a folder, or what is served at an address (with a token behind ``#``)."""
    if "://" not in str(where):
        return Place(Folder(str(where)))
    address, _, token = where.partition("#")
    return Place(Peer((address,), token))


class Told:
    """The cloud's side of a job, which keeps what it was told where a kill leaves it."""

    def __init__(self, path, items=(("/", "/"),), **options):
        self.path = Path(path)
        self.given = [Item(*each) for each in items]
        self.options = Options(**options)
        self.reports = []
        self.codes = []
        self.moved = []
        self.verdict = lambda report: Verdict()
        self.state = {"attempt": 0, "checkpoint": "", "counts": None}
        if self.path.exists():
            self.state = json.loads(self.path.read_text())

    def job(self, source, destination):
        """Return the job, as it is given out now."""
        self.state["attempt"] += 1
        self._keep()
        counts = self.state["counts"]
        return Job(
            *("job", self.state["attempt"], "transfer", place(destination), place(source)),
            *(self.options, base64.b64decode(self.state["checkpoint"])),
            counts=msgspec.convert(counts, Counts) if counts else None,
        )

    async def items(self, start):
        yield self.given[start:]

    async def report(self, report):
        if report.checkpoint is not None:
            self.state["checkpoint"] = base64.b64encode(report.checkpoint).decode()
        self.state["counts"] = msgspec.to_builtins(report.counts)
        if report.ended is not None:
            self.state["ended"] = report.ended.how
        self.reports.append(report)
        self.codes += [event.code for event in report.events]
        self.moved += report.moved
        self._keep()
        return self.verdict(report)

    def _keep(self):
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(self.state))
        new.replace(self.path)


def mover(pace=QUICK):
    return HttpsMover(lambda at: open_place(at, peer=PeerFiles), pace=pace)


def contents(root):
    """Return the files of a folder by their paths, None for folders.

    What is half there under a hidden name is nobody's file: a connector does not list it.
    """
    return {
        str(path.relative_to(root)): None if path.is_dir() else path.read_bytes()
        for path in Path(root).rglob("*")
        if not is_temporary(path.name)
    }


def judge(source, destination):
    """Return what is wrong at the destination of a transfer that succeeded: nothing should be."""
    wanted, found = contents(source), contents(destination)
    return (
        [f"{path} is missing" for path in wanted.keys() - found.keys()]
        + [f"{path} is too much" for path in found.keys() - wanted.keys()]
        + [
            f"{path} differs"
            for path in wanted.keys() & found.keys()
            if wanted[path] != found[path]
        ]
    )


def fill(root, large=1, medium=5, small=100, seed=1):
    """Put files into a folder: so many of 8 MiB, of 300 KiB and of up to 4 KiB."""
    for number in range(large):
        put(root / f"large-{number}", os.urandom(8 * MEBIBYTE))
    for number in range(medium):
        put(root / "medium" / f"{number}", os.urandom(300 * 1024))
    for number in range(small):
        put(
            root / f"folder-{number % 7}" / f"sub-{number % 3}" / f"{number}",
            os.urandom(number * 40),
        )


def put(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


if __name__ == "__main__":
    told = Told(sys.argv[1])
    asyncio.run(mover().run(told.job(sys.argv[2], sys.argv[3]), told))
