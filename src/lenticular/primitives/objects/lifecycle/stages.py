"""The stages of a run through a bucket: its older versions, its objects, its uploads.

Each goes over one range of the store's keys and says what is to become of what lies there.
Older versions come first and oldest first: so each is judged while the versions that it was
replaced by are still there, and a delete marker that hid only what went is found alone.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from lenticular.engines.kv.contract import Reader
from lenticular.engines.kv.keys import Subspace, after
from lenticular.primitives.objects.keys import CURRENT, OLDER, UPLOAD
from lenticular.primitives.objects.lifecycle.calendar import Calendar
from lenticular.primitives.objects.lifecycle.rules import (
    Action,
    Lifecycle,
    Rule,
    for_current,
    for_lone_marker,
    for_noncurrent,
    for_upload,
)
from lenticular.primitives.objects.records import Bucket, decode_upload, decode_version

Row = tuple[bytes, bytes]
"""A key of the store, and the record there."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a run goes by."""

    bucket: Bucket
    lifecycle: Lifecycle
    calendar: Calendar
    now: int


class Stage(ABC):
    """One range of a bucket's keys, and what is to become of what lies there."""

    space: Subspace
    reverse = False

    @abstractmethod
    def concerns(self, rule: Rule) -> bool:
        """Tell whether a rule says anything of what lies here."""

    @abstractmethod
    def judge(self, reader: Reader, setting: Setting, row: Row) -> Action | None:
        """Return what is to become of a row now."""

    def page(self, reader: Reader, setting: Setting, position: bytes, limit: int) -> list[Row]:
        """Return the next rows behind a position (empty: from the beginning on)."""
        rules = [rule for rule in setting.lifecycle.active if self.concerns(rule)]
        if not rules:
            return []
        prefix = _common([rule.filter.prefix or "" for rule in rules])
        start, stop = self.space.starting_with(setting.bucket.uid, prefix)
        if position and self.reverse:
            stop = min(stop, position)
        elif position:
            start = max(start, after(position))
        return reader.range(start, stop, limit=limit, reverse=self.reverse)

    def key_of(self, raw_key: bytes) -> str:
        """Return the object's key of a row."""
        return str(self.space.unpack(raw_key)[1])


class _Older(Stage):
    space = OLDER
    reverse = True

    def concerns(self, rule: Rule) -> bool:
        return rule.noncurrent_expiration is not None or bool(rule.noncurrent_transitions)

    def judge(self, reader: Reader, setting: Setting, row: Row) -> Action | None:
        key, record = self.key_of(row[0]), decode_version(row[1])
        uid = setting.bucket.uid
        first, place = OLDER.range(uid, key)[0], row[0]
        # It is not current since its successor was made; should that be gone, since the next
        # one was: that is later, never too early.
        rows = reader.range(first, place, limit=1, reverse=True)
        data = rows[0][1] if rows else reader.get(CURRENT.pack(uid, key))
        if data is None:
            return None
        return for_noncurrent(
            setting.lifecycle,
            key,
            record,
            decode_version(data).modified,
            lambda most: len(reader.range(first, place, limit=most)),
            setting.now,
            setting.calendar,
        )


class _Current(Stage):
    space = CURRENT

    def concerns(self, rule: Rule) -> bool:
        return rule.expiration is not None or bool(rule.transitions)

    def judge(self, reader: Reader, setting: Setting, row: Row) -> Action | None:
        key, record = self.key_of(row[0]), decode_version(row[1])
        lifecycle, now, calendar = setting.lifecycle, setting.now, setting.calendar
        if not record.is_marker:
            return for_current(lifecycle, setting.bucket, key, record, now, calendar)
        action = for_lone_marker(lifecycle, key, record, now, calendar)
        if action is None or reader.range(*OLDER.range(setting.bucket.uid, key), limit=1):
            return None
        return action


class _Uploads(Stage):
    space = UPLOAD

    def concerns(self, rule: Rule) -> bool:
        return rule.abort_days is not None

    def judge(self, reader: Reader, setting: Setting, row: Row) -> Action | None:
        key, record = self.key_of(row[0]), decode_upload(row[1])
        return for_upload(setting.lifecycle, key, record, setting.now, setting.calendar)


STAGES: tuple[Stage, ...] = (_Older(), _Current(), _Uploads())
"""In the order in which a run takes them."""


def _common(prefixes: list[str]) -> str:
    """Return what all of some texts begin with."""
    first, last = min(prefixes), max(prefixes)
    shared = 0
    while shared < len(first) and first[shared] == last[shared]:
        shared += 1
    return first[:shared]
