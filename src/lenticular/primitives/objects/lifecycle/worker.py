"""The worker of lifecycles: goes through the buckets that have rules and does what is due.

A run takes a page of one bucket after another. What a page holds is judged in a read, without
stopping anybody; what something is to become of is judged again in the transaction that does
it, and only if its record is still the same, byte for byte. The same transaction notes how far
the run is. So the worker may be stopped anywhere, by a kill too, and goes on from there.
"""

import logging
import time
from dataclasses import dataclass
from functools import partial
from typing import Any

from msgspec.structs import replace

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.contents import Contents
from lenticular.primitives.objects.accesslogs.spool import note as log
from lenticular.primitives.objects.buckets import find_bucket
from lenticular.primitives.objects.deletion import Deletions
from lenticular.primitives.objects.errors import BucketNotFound, ObjectLocked
from lenticular.primitives.objects.keys import CURRENT, OLDER, UPLOAD
from lenticular.primitives.objects.lifecycle import progress as progresses
from lenticular.primitives.objects.lifecycle.calendar import Calendar
from lenticular.primitives.objects.lifecycle.progress import DONE, Progress
from lenticular.primitives.objects.lifecycle.rules import (
    LIFECYCLE,
    MARK,
    REMOVE,
    Action,
    Lifecycle,
)
from lenticular.primitives.objects.lifecycle.stages import STAGES, Row, Setting, Stage
from lenticular.primitives.objects.notifications import tell
from lenticular.primitives.objects.parts import drop_upload
from lenticular.primitives.objects.records import Bucket, decode_version
from lenticular.primitives.objects.storage_classes import note_archived
from lenticular.primitives.objects.versions import Place, Versions

PAGE = 200
"""Records that are judged at once. No transaction changes more."""

_TRANSITION = "S3.TRANSITION.OBJECT"
_TRANSITIONS = {
    "STANDARD_IA": "S3.TRANSITION_SIA.OBJECT",
    "ONEZONE_IA": "S3.TRANSITION_ZIA.OBJECT",
    "INTELLIGENT_TIERING": "S3.TRANSITION_INT.OBJECT",
    "GLACIER_IR": "S3.TRANSITION_GIR.OBJECT",
    "DEEP_ARCHIVE": "S3.TRANSITION_GDA.OBJECT",
}
"""What access logs call a transition, by the class that it leads to (User Guide, "Lifecycle and
logging")."""

_log = logging.getLogger("lenticular.lifecycle")


@dataclass(frozen=True, slots=True)
class _Step:
    """The next page of a bucket."""

    lifecycle: Lifecycle
    before: Progress
    """How far the run was."""
    stage: Stage
    rows: list[Row]
    """What something is to become of."""
    following: Progress
    """How far the run is behind the page."""


class LifecycleWorker:
    """Does what the lifecycle rules of one cloud say."""

    def __init__(
        self, store: KeyValueStore, contents: Contents, deletions: Deletions, calendar: Calendar
    ) -> None:
        self._store = store
        self._contents = contents
        self._deletions = deletions
        self._versions = Versions(contents)
        self._calendar = calendar

    async def run(self, now: float | None = None) -> int:
        """Go on with every bucket whose run is not over; return how much was done.

        `now` is in seconds since the epoch. A bucket that fails is reported and left for the
        next time; the others go on.
        """
        moment = int((time.time() if now is None else now) * 1000)
        turn = self._calendar.turn(moment)
        names = await self._store.read(lambda reader: progresses.due(reader, turn))
        done = 0
        while names:
            unfinished = []
            for name in names:  # a page of each in its turn: none waits for a large one
                try:
                    more, count = await self._go_on(name, moment)
                except Exception:
                    _log.exception("lifecycle of a bucket failed", extra={"bucket": name})
                    continue
                done += count
                if more:
                    unfinished.append(name)
            names = unfinished
        return done

    async def _go_on(self, name: str, now: int) -> tuple[bool, int]:
        """Take the next page of a bucket; tell whether there is more, and how much was done."""
        step = await self._store.read(partial(self._look, name=name, now=now), long=True)
        if step is None:
            await self._store.transact(partial(self._forget, name=name))
            return False, 0
        count = await self._store.transact(partial(self._act, name=name, step=step, now=now))
        return step.following.stage != DONE, count

    def _look(self, reader: Reader, name: str, now: int) -> _Step | None:
        """Judge the next page of a bucket; None where there is nothing to do any more."""
        setting = self._setting(reader, name, now)
        found = progresses.find(reader, name)
        if setting is None or found is None:
            return None
        progress = found
        if progress.uid != setting.bucket.uid or progress.stage == DONE:
            progress = Progress(setting.bucket.uid, self._calendar.turn(now), 0)
        stage = STAGES[progress.stage]
        rows = stage.page(reader, setting, progress.position, PAGE)
        if len(rows) == PAGE:
            following = replace(progress, position=rows[-1][0])
        else:
            after = progress.stage + 1
            following = replace(
                progress, stage=after if after < len(STAGES) else DONE, position=b""
            )
        due = [row for row in rows if stage.judge(reader, setting, row) is not None]
        return _Step(setting.lifecycle, found, stage, due, following)

    def _act(self, tx: Transaction, name: str, step: _Step, now: int) -> int:
        """Do what is still due of a page, and note how far the run is; return how much."""
        setting = self._setting(tx, name, now)
        if (
            setting is None
            or setting.lifecycle != step.lifecycle
            or progresses.find(tx, name) != step.before
        ):
            return 0  # it is to begin anew
        done = 0
        for row in step.rows:
            if tx.get(row[0]) == row[1]:
                action = step.stage.judge(tx, setting, row)
                done += action is not None and self._carry_out(tx, setting.bucket, row, action)
        progresses.save(tx, name, step.following)
        return done

    def _carry_out(self, tx: Transaction, bucket: Bucket, row: Row, action: Action) -> bool:
        """Do what an action says; tell whether it was done: what is locked stays."""
        if row[0] in UPLOAD:
            _, key, upload_id = UPLOAD.unpack(row[0])
            drop_upload(tx, self._contents, bucket, key, upload_id)
            log(tx, bucket, "S3.DELETE.UPLOAD", key)
            return True
        is_current = row[0] in CURRENT
        key = (CURRENT if is_current else OLDER).unpack(row[0])[1]
        version = decode_version(row[1])
        place = Place(row[0], version, is_current)
        if action.kind == REMOVE:
            try:
                self._deletions.remove(tx, bucket, key, place)
            except ObjectLocked:
                return False
            tell(tx, bucket, key, "LifecycleExpiration:Delete", version)
            log(tx, bucket, "S3.EXPIRE.OBJECT", key, version.version_id)
        elif action.kind == MARK:
            marker = self._deletions.mark(tx, bucket, key, version, bucket.owner)
            tell(tx, bucket, key, "LifecycleExpiration:DeleteMarkerCreated", marker)
            log(tx, bucket, "S3.CREATE.DELETEMARKER", key, marker.version_id)
        else:
            moved = replace(version, storage_class=action.storage_class)
            self._versions.replace(tx, place, moved)
            note_archived(tx, self._contents, bucket, key, moved)
            details: dict[str, Any] = {"destination-storage-class": action.storage_class}
            tell(tx, bucket, key, "LifecycleTransition", moved, **details)
            log(tx, bucket, _TRANSITIONS.get(action.storage_class, _TRANSITION), key)
        return True

    def _setting(self, reader: Reader, name: str, now: int) -> Setting | None:
        try:
            bucket = find_bucket(reader, name)
        except BucketNotFound:
            return None
        lifecycle = LIFECYCLE.find(reader, bucket)
        return None if lifecycle is None else Setting(bucket, lifecycle, self._calendar, now)

    def _forget(self, tx: Transaction, name: str) -> None:
        if self._setting(tx, name, 0) is None:
            progresses.forget(tx, name)
