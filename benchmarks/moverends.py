"""The two processes of a transfer: an agent that serves a folder, and one whose mover moves.

``python -m benchmarks.moverends serve HOST FOLDER`` prints the URL and serves until it is ended;
``... move URL-OR-FOLDER FOLDER SOURCE DESTINATION [SYNC-LEVEL]`` prints what a transfer took.
"""

import asyncio
import json
import resource
import socket
import sys
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import uvloop

from lenticular.agent.serving import Door, Gate
from lenticular.engines.connectors.opening import open_place
from lenticular.engines.connectors.peer import PeerFiles
from lenticular.engines.connectors.places import Folder, Peer, Place
from lenticular.engines.movers.contract import Item, Job, Options, Report, Verdict
from lenticular.engines.movers.https import HttpsMover
from lenticular.server.http import Limits, Listener
from lenticular.testing.doors import COLLECTION, SHOWN, TestCloud


async def serve(host: str, folder: str) -> None:
    """Serve a folder as an agent does, to who has the token of the tests."""
    listening = socket.create_server((host, 0))
    cloud = TestCloud()
    cloud.let_in(Path(folder))
    listener = Listener(
        Door(Gate(cloud, open_place)), Limits(head=65536, idle=60, connections=1000), None
    )
    await listener.open(listening)
    port = listening.getsockname()[1]
    print(f"http://{host}:{port}/collections/{COLLECTION}", flush=True)
    await asyncio.Event().wait()


class Course:
    """A job of one item; keeps its last report."""

    def __init__(self, source: str, destination: str) -> None:
        self._item = Item(source, destination)
        self.last: Report | None = None

    async def items(self, start: int) -> AsyncIterator[Sequence[Item]]:
        """Iterate over the one item."""
        yield [self._item][start:]

    async def report(self, report: Report) -> Verdict:
        """Keep it."""
        self.last = report
        return Verdict()


async def move(where: str, folder: str, source: str, destination: str, level: str = "") -> None:
    """Move, and print seconds, counts and the most memory that it had."""
    from_place = Place(Peer((where,), SHOWN) if "://" in where else Folder(where))
    options = Options(sync_level=int(level) if level else None)
    course = Course(source, destination)
    mover = HttpsMover(lambda place: open_place(place, peer=PeerFiles))
    job = Job("job", 1, "transfer", Place(Folder(folder)), from_place, options)
    began = time.perf_counter()
    await mover.run(job, course)
    seconds = time.perf_counter() - began
    report = course.last
    if report is None or report.ended is None or report.ended.how != "succeeded":
        raise SystemExit(f"the transfer did not succeed: {report and report.ended}")
    found = {
        "seconds": seconds,
        "files": report.counts.files,
        "faults": report.counts.faults,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    uvloop.run(serve(*sys.argv[2:]) if sys.argv[1] == "serve" else move(*sys.argv[2:]))
