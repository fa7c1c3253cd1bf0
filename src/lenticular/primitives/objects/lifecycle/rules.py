"""Lifecycle rules: what is to become of objects, their versions and uploads as they age.

Amazon S3 User Guide, "Managing the lifecycle of objects". Everything here is a pure function
of records and times, in milliseconds since the epoch.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from msgspec import Struct

from lenticular.primitives.objects.lifecycle.calendar import Calendar
from lenticular.primitives.objects.records import UNVERSIONED, Bucket, Upload, Version
from lenticular.primitives.objects.settings import Kind
from lenticular.primitives.objects.storage_classes import ARCHIVES, level

ALL_CLASSES = "all_storage_classes_128K"
BY_CLASS = "varies_by_storage_class"

SMALLEST_MOVED = 128 * 1024
"""Bytes below which objects move to no other class, unless a rule speaks of sizes itself (or,
with `BY_CLASS`, the class is an archive)."""


class Filter(Struct, array_like=True, frozen=True):
    """Which objects a rule is about: those that are all of what is given here."""

    prefix: str | None = None
    tags: tuple[tuple[str, str], ...] = ()
    larger_than: int | None = None
    """Bytes."""
    smaller_than: int | None = None

    @property
    def has_sizes(self) -> bool:
        """Whether sizes matter."""
        return self.larger_than is not None or self.smaller_than is not None

    def matches(self, key: str, size: int, tags: Mapping[str, str]) -> bool:
        """Tell whether the rule is about such an object."""
        return (
            key.startswith(self.prefix or "")
            and all(tags.get(name) == value for name, value in self.tags)
            and (self.larger_than is None or size > self.larger_than)
            and (self.smaller_than is None or size < self.smaller_than)
        )

    def matches_key(self, key: str) -> bool:
        """Tell whether the rule is about what has neither size nor tags: markers, uploads."""
        return not self.tags and not self.has_sizes and key.startswith(self.prefix or "")


class Expiration(Struct, array_like=True, frozen=True):
    """When current versions expire. One of these is given."""

    days: int | None = None
    """After a version was made."""
    date: int | None = None
    markers: bool | None = None
    """Whether delete markers go that hide nothing any more."""


class Transition(Struct, array_like=True, frozen=True):
    """When current versions move to another storage class: after days, or on a date."""

    storage_class: str
    days: int | None = None
    date: int | None = None


class NoncurrentExpiration(Struct, array_like=True, frozen=True):
    """When versions go for good that are no longer current."""

    days: int
    """After a version was replaced."""
    newer: int = 0
    """How many of them are kept, the newest, however old."""


class NoncurrentTransition(Struct, array_like=True, frozen=True):
    """When versions that are no longer current move to another storage class."""

    storage_class: str
    days: int
    newer: int = 0


IN_RULE = "Rule"
"""The rule's prefix stands in the rule itself, as in the older form of the document."""
IN_FILTER = "Filter"
IN_AND = "And"


class Rule(Struct, array_like=True, frozen=True):
    """One rule."""

    id: str
    enabled: bool
    filter: Filter
    form: str = IN_FILTER
    """Where the filter's parts stood: `IN_RULE`, `IN_FILTER` or `IN_AND`."""
    expiration: Expiration | None = None
    transitions: tuple[Transition, ...] = ()
    noncurrent_expiration: NoncurrentExpiration | None = None
    noncurrent_transitions: tuple[NoncurrentTransition, ...] = ()
    abort_days: int | None = None
    """Days after its beginning that an upload is dropped."""


class Lifecycle(Struct, array_like=True, frozen=True):
    """The lifecycle configuration of a bucket."""

    rules: tuple[Rule, ...]
    smallest: str = ALL_CLASSES
    """What is too small to move: `ALL_CLASSES` or `BY_CLASS`."""

    @property
    def active(self) -> Iterator[Rule]:
        """The rules that are enabled."""
        return (rule for rule in self.rules if rule.enabled)


LIFECYCLE = Kind("lifecycle", Lifecycle, largest=2 * 1024 * 1024)  # a thousand rules

REMOVE = "remove"
MARK = "mark"
MOVE = "move"
ABORT = "abort"


@dataclass(frozen=True, slots=True)
class Action:
    """What is to be done now: `REMOVE`, `MARK`, `MOVE` or `ABORT`."""

    kind: str
    storage_class: str = ""
    """Where a move leads."""


def expiry(
    lifecycle: Lifecycle, key: str, version: Version, calendar: Calendar
) -> tuple[int, str] | None:
    """Return when the current version of a key expires and by which rule; None: by none.

    Of several rules the first to come counts.
    """
    times: list[tuple[int, str]] = []
    for rule in lifecycle.active:
        expiration = rule.expiration
        if expiration is None or not rule.filter.matches(key, version.size, version.tags):
            continue
        if expiration.days is not None:
            times.append((calendar.after(version.modified, expiration.days), rule.id))
        elif expiration.date is not None:
            times.append((expiration.date, rule.id))
    return min(times, default=None)


def abortion(
    lifecycle: Lifecycle, key: str, upload: Upload, calendar: Calendar
) -> tuple[int, str] | None:
    """Return when an upload is dropped if nobody completes it, and by which rule."""
    times = [
        (calendar.after(upload.initiated, rule.abort_days), rule.id)
        for rule in lifecycle.active
        if rule.abort_days is not None and rule.filter.matches_key(key)
    ]
    return min(times, default=None)


def for_current(
    lifecycle: Lifecycle, bucket: Bucket, key: str, version: Version, now: int, calendar: Calendar
) -> Action | None:
    """Return what is to become of an object that is current.

    Removal for good goes before a move, and a move before a delete marker.
    """
    due = expiry(lifecycle, key, version, calendar)
    expires = due is not None and due[0] <= now
    if expires and bucket.versioning == UNVERSIONED:
        return Action(REMOVE)
    moves: list[str] = []
    for rule in lifecycle.active:
        if rule.transitions and rule.filter.matches(key, version.size, version.tags):
            moves += [
                move.storage_class
                for move in rule.transitions
                if _moment(move, version, calendar) <= now
                and _is_large_enough(lifecycle, rule, move.storage_class, version.size)
            ]
    return _move(version, moves) or (Action(MARK) if expires else None)


def for_lone_marker(
    lifecycle: Lifecycle, key: str, marker: Version, now: int, calendar: Calendar
) -> Action | None:
    """Return what is to become of a delete marker that is the only version of its key."""
    for rule in lifecycle.active:
        expiration = rule.expiration
        if expiration is None or not rule.filter.matches_key(key):
            continue
        if (
            expiration.markers
            or (
                expiration.days is not None
                and calendar.after(marker.modified, expiration.days) <= now
            )
            or (expiration.date is not None and expiration.date <= now)
        ):
            return Action(REMOVE)
    return None


def for_noncurrent(
    lifecycle: Lifecycle,
    key: str,
    version: Version,
    since: int,
    newer: Callable[[int], int],
    now: int,
    calendar: Calendar,
) -> Action | None:
    """Return what is to become of a version that is not current since then.

    `newer` counts the versions that are not current either and newer, up to so many.
    """

    def is_due(days: int, kept: int) -> bool:
        return calendar.after(since, days) <= now and (not kept or newer(kept) >= kept)

    moves: list[str] = []
    for rule in lifecycle.active:
        if not rule.filter.matches(key, version.size, version.tags):
            continue
        expiration = rule.noncurrent_expiration
        if expiration is not None and is_due(expiration.days, expiration.newer):
            return Action(REMOVE)
        moves += [
            move.storage_class
            for move in rule.noncurrent_transitions
            if is_due(move.days, move.newer)
            and _is_large_enough(lifecycle, rule, move.storage_class, version.size)
        ]
    return None if version.is_marker else _move(version, moves)


def for_upload(
    lifecycle: Lifecycle, key: str, upload: Upload, now: int, calendar: Calendar
) -> Action | None:
    """Return what is to become of an upload in progress."""
    due = abortion(lifecycle, key, upload, calendar)
    return Action(ABORT) if due is not None and due[0] <= now else None


def _moment(move: Transition, version: Version, calendar: Calendar) -> int:
    if move.date is not None:
        return move.date
    return calendar.after(version.modified, move.days or 0)


def _is_large_enough(lifecycle: Lifecycle, rule: Rule, storage_class: str, size: int) -> bool:
    if size >= SMALLEST_MOVED or rule.filter.has_sizes:
        return True
    return lifecycle.smallest == BY_CLASS and storage_class in ARCHIVES


def _move(version: Version, storage_classes: list[str]) -> Action | None:
    """Return the move to the lowest of some classes, unless the version is as low already."""
    lowest = max(storage_classes, key=level, default=version.storage_class)
    if level(lowest) > level(version.storage_class):
        return Action(MOVE, lowest)
    return None
