"""A campaign of kills against one cloud: work, kill, start again, hold it to the journals."""

import asyncio
import random
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from botocore.exceptions import EndpointConnectionError, HTTPClientError, IncompleteReadError

from lenticular.engines.kv.keys import Subspace
from lenticular.server.process import hold
from lenticular.server.settings import load
from lenticular.server.wiring import open_cloud

from . import inspection
from .journal import Journal
from .judge import judge
from .moments import Aim, draw
from .server import PATIENCE, DidNotStart, Server
from .tally import ORPHANS, Tally
from .writers import (
    BUCKET,
    LIFETIME,
    TABLE,
    ItemWriter,
    ObjectWriter,
    Writer,
    create_bucket,
    create_table,
)

WRITERS = 4
"""Of each kind, at the same time."""

FULLY = 25
"""After so many cycles every byte is looked at, not only what has changed."""

LOAD, START, STOP, CLOSING = "load", "start", "stop", "closing"
KINDS = {
    LOAD: 26,
    START: 12,
    STOP: 5,
    "commit": 7,
    "acknowledgement": 7,
    "checkpoint": 5,
    "blob": 6,
    "multipart completion": 5,
    "copy": 4,
    "delete": 4,
    "transaction": 5,
    "sweep": 4,
    "removal of a blob": 4,
    "sweep of orphans": 2,
    "lifecycle": 2,
    "expiry of items": 2,
    CLOSING: 2,
}
"""How often a kill is meant for what."""

EARLY = {"sweep", "removal of a blob", "sweep of orphans", "lifecycle", "expiry of items"}
"""What a server does as soon as it starts: such aims count from the start on."""

ENDING = {STOP, CLOSING}
"""These strike while the server ends in good order."""

PATIENCE_OF = {"checkpoint": 2.0}
"""Seconds that what an aim is meant for is waited for; a second if it is not named here."""

BLIND = {LOAD, START, STOP}
"""These strike when the time is over that was drawn for them, whatever the server does then."""

GONE = (HTTPClientError, EndpointConnectionError, IncompleteReadError)
"""What clients raise when the server has died."""


class Campaign:
    """One cloud, its writers' journals, and the kills."""

    kinds: Mapping[str, int] = KINDS

    def __init__(self, server: Server, folder: Path, tally: Tally, seed: object = 0) -> None:
        self.server = server
        self.tally = tally
        self.kills = 0
        self.chance = random.Random(f"{folder.parent.name} {seed}")
        self.cycles = 0
        self._latest = START
        folder.mkdir()
        self.journals: dict[str, tuple[type[Writer], Journal]] = {
            name: (kind, Journal(folder / name))
            for kind in (ObjectWriter, ItemWriter)
            for name in (f"{kind.__name__}{number}" for number in range(WRITERS))
        }

    def begin(self) -> None:
        """Make the cloud, and what the writers write to."""
        self.server.settings["lifecycle_day"] = LIFETIME
        self.server.start()
        assert self.server.record
        self.server.port_base = self.server.record.port_base
        self.s3 = self.server.client("s3")
        self.dynamodb = self.server.client("dynamodb")
        self._objects = inspection.Objects(self.s3)
        create_bucket(self.s3, self.journals)
        create_table(self.dynamodb)
        self.server.kill()

    def cycle(self, kind: str = "") -> None:
        """Start the server, hold it to the journals, let the writers work, and kill it.

        The kill is meant for a moment of this `kind`, which is drawn if there is none given.
        """
        kind = kind or self.chance.choices([*self.kinds], [*self.kinds.values()])[0]
        done = self._acknowledged()
        self.cycles += 1
        kind = self.strike(kind)
        # What ended in good order before it could be killed is no kill.
        killed = self.server.exit_code != 0
        self.kills += killed
        self._latest = kind
        self.tally.add(kind, {"kills": killed, "acknowledged": self._acknowledged() - done})

    def strike(self, kind: str) -> str:
        """Start the server and kill it; return of which kind it was in the end."""
        aim = None if kind in BLIND else draw(kind, self.chance)
        self.server.launch(aim, is_armed=kind in EARLY)
        struck = self._live(kind, aim)
        self.server.close()
        code = self.server.exit_code
        assert code in {0, -signal.SIGKILL}, f"exit code {code}:\n{self.server.output()}"
        # If what it was meant for did not come, it was killed when the time was over.
        return kind if struck or kind in BLIND else LOAD

    def finish(self) -> None:
        """Hold the server to the journals; then delete everything, and look for what is left."""
        server = self.server
        server.start()
        self.verify(fully=True)
        for key in self._objects.find():
            self.s3.delete_object(Bucket=BUCKET, Key=key)
        self.dynamodb.delete_table(TableName=TABLE)
        self.dynamodb.get_waiter("table_not_exists").wait(TableName=TABLE)
        self.s3.delete_bucket(Bucket=BUCKET)
        scrub = server.run("scrub")
        assert scrub.returncode == 0, scrub
        server.stop()
        with hold(server.data):
            left: list[object] = [*asyncio.run(sweep(server.data)), *sorted(server.blob_files())]
        self.tally.add(self._latest, {ORPHANS: len(left)})
        if left:
            self.tally.report(f"{len(left)} orphans: {left[:10]}")

    def close(self) -> None:
        """Make sure that nothing runs any more."""
        self.server.close()
        for _, journal in self.journals.values():
            journal.close()

    def verify(self, *, fully: bool) -> None:
        """Hold the cloud to the writers' journals.

        `fully`: every byte of it and every index; else what has changed, and one index.
        """
        expected = {
            address: token
            for _, journal in self.journals.values()
            for address, token in journal.state.items()
        }
        indexes = inspection.INDEXES if fully else [self.chance.choice(inspection.INDEXES)]
        found = self._objects.find(None if fully else expected)
        found |= inspection.find_items(self.dynamodb, indexes)
        if fully:
            inspection.abort_uploads(self.s3)
        now = time.time()
        for name, (_, journal) in self.journals.items():
            mine = {at: token for at, token in found.items() if at.partition("/")[0] == name}
            verdict = judge(journal, mine, now)
            self.tally.add(self._latest, {"under way": verdict.under_way, "there": verdict.there})
            for fault in verdict.faults:
                self.tally.add(self._latest, {fault.kind: 1})
                self.tally.report(
                    f"{fault.kind}: {fault.address} of {self.server.data} after kill "
                    f"{self.kills} ({self._latest})\n{fault.evidence}"
                )

    def _live(self, kind: str, aim: Aim | None) -> bool:
        """Let the server that was launched live until a kill; tell whether it was by its aim."""
        server = self.server
        if kind == START:
            return server.ends_within(self.chance.uniform(0, 0.25))
        try:
            server.wait_for_answers()
            self.verify(fully=self.cycles % FULLY == 0)
        except (*GONE, DidNotStart):
            if server.ends_within(1):
                return True
            raise
        if aim and server.zygote:
            server.zygote.arm()
        return self._work(kind)

    def _work(self, kind: str) -> bool:
        """Let the writers work until the server is killed; tell whether it was by its aim."""
        chance, server = self.chance, self.server
        with self.working():
            seconds = chance.uniform(0.01, 0.3) if kind in BLIND else PATIENCE_OF.get(kind, 1.0)
            if kind in ENDING:
                server.ends_within(chance.uniform(0.01, 0.1))
                server.terminate()
                seconds = chance.uniform(0, 0.2) if kind == STOP else PATIENCE
            struck = server.ends_within(seconds)
            server.kill()
        return struck

    @contextmanager
    def working(self) -> Iterator[None]:
        """Let the writers work while the context lasts, or until they have nobody to work with."""
        writers = [
            make(self.s3 if make is ObjectWriter else self.dynamodb, journal, self.cycles)
            for make, journal in self.journals.values()
        ]
        for writer in writers:
            writer.start()
        yield
        for writer in writers:
            writer.stopping.set()
        for writer in writers:
            writer.join(PATIENCE)
            assert not writer.is_alive()
            if writer.failure:
                raise writer.failure

    def _acknowledged(self) -> int:
        return sum(journal.acknowledged for _, journal in self.journals.values())


async def sweep(data: Path) -> list[tuple[bytes, bytes]]:
    """Sweep what is due within an hour; return the records of contents that are left."""
    start, stop = Subspace("contents").range()
    async with open_cloud(load({"data": data})) as cloud:
        later = time.time() + 3600
        await cloud.contents.sweep(later)
        await cloud.contents.sweep_orphans(later)
        return await cloud.store.read(lambda reader: reader.range(start, stop))
