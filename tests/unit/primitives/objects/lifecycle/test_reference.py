"""Whole runs against a slow reference that knows nothing of pages, ranges and stores."""

from math import ceil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from lenticular.engines.blobs.memory import MemoryBlobs
from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.contents import Contents
from lenticular.primitives.objects import ENABLED, ObjectStorage, Version
from lenticular.primitives.objects.buckets import find_bucket
from lenticular.primitives.objects.lifecycle import worker
from lenticular.primitives.objects.lifecycle.rules import (
    Expiration,
    Filter,
    Lifecycle,
    NoncurrentExpiration,
    NoncurrentTransition,
    Rule,
    Transition,
)
from lenticular.primitives.objects.versions import Versions, new_sort
from lenticular.testing.values import make_principal

from .conftest import DAY, START

CLASSES = ["STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER"]
ORDER = ["STANDARD", *CLASSES]
KEYS = st.sampled_from(["a/1", "b/1"])
TAGS = st.sampled_from([(), (("t", "1"),), (("t", "2"),), (("t", "1"), ("u", "1"))])
SIZES = st.sampled_from([0, 10, 200_000])
FEW_DAYS = st.integers(0, 6)

filters = st.builds(
    Filter,
    st.sampled_from([None, "", "a/", "a/1", "b"]),
    TAGS,
    st.sampled_from([None, None, 5]),
    st.sampled_from([None, None, 100]),
)
rules = st.builds(
    Rule,
    st.text(min_size=1, max_size=3),
    st.sampled_from([True, True, True, False]),
    filters,
    expiration=st.none()
    | st.builds(Expiration, days=FEW_DAYS)
    | st.builds(Expiration, date=FEW_DAYS.map(lambda day: START + day * DAY))
    | st.just(Expiration(markers=True)),
    transitions=st.lists(st.builds(Transition, st.sampled_from(CLASSES), FEW_DAYS), max_size=2).map(
        tuple
    ),
    noncurrent_expiration=st.none() | st.builds(NoncurrentExpiration, FEW_DAYS, st.integers(0, 2)),
    noncurrent_transitions=st.lists(
        st.builds(NoncurrentTransition, st.sampled_from(CLASSES), FEW_DAYS, st.integers(0, 2)),
        max_size=2,
    ).map(tuple),
)
versions = st.tuples(KEYS, st.integers(0, 4 * DAY), st.booleans(), SIZES, TAGS)


class Thing:
    """A version in the reference."""

    def __init__(self, made, is_marker, size, tags):
        self.made, self.is_marker = made, is_marker
        self.size, self.tags = (0, {}) if is_marker else (size, dict(tags))
        self.storage_class = "" if is_marker else "STANDARD"

    @property
    def shown(self):
        return (self.storage_class, self.is_marker)


def due(made, days):
    return (ceil((made + 1) / DAY) + days) * DAY


def about(rule, key, thing):
    wanted = rule.filter
    return (
        rule.enabled
        and key.startswith(wanted.prefix or "")
        and set(wanted.tags) <= set(thing.tags.items())
        and thing.size > (-1 if wanted.larger_than is None else wanted.larger_than)
        and thing.size < (2**60 if wanted.smaller_than is None else wanted.smaller_than)
    )


def move(rule, thing, storage_class):
    """Move a version down, if its size and class allow it; tell whether it moved."""
    sized = rule.filter.larger_than is not None or rule.filter.smaller_than is not None
    if thing.is_marker or (thing.size < 131_072 and not sized):
        return False
    if ORDER.index(storage_class) <= ORDER.index(thing.storage_class):
        return False
    thing.storage_class = storage_class
    return True


def age(key, things, lifecycle, now, *, keeps):
    """Apply all rules once to the versions of a key, which are in the order they were made."""
    for place in range(len(things) - 1):  # the older versions, the oldest first
        thing, since = things[place], things[place + 1].made
        newer = len(things) - 2 - place
        moves = []
        for rule in lifecycle:
            if not about(rule, key, thing):
                continue
            ends = rule.noncurrent_expiration
            if ends is not None and due(since, ends.days) <= now and newer >= ends.newer:
                thing.gone = True
            moves += [
                (rule, each.storage_class)
                for each in rule.noncurrent_transitions
                if due(since, each.days) <= now and newer >= each.newer
            ]
        for rule, storage_class in moves:
            move(rule, thing, storage_class)
    things[:-1] = [thing for thing in things[:-1] if not hasattr(thing, "gone")]
    current = things[-1]
    ends = False
    for rule in lifecycle:
        ending = rule.expiration
        if ending is None or not about(rule, key, current):
            continue
        if current.is_marker and (
            rule.filter.larger_than is not None or rule.filter.smaller_than is not None
        ):
            continue
        if ending.days is not None:
            ends |= due(current.made, ending.days) <= now
        elif ending.date is not None:
            ends |= ending.date <= now
        else:
            ends |= current.is_marker
    if current.is_marker:
        if ends and len(things) == 1:
            things.pop()
        return
    if ends and not keeps:
        things.pop()
        return
    moved = [
        move(rule, current, each.storage_class)
        for rule in lifecycle
        if about(rule, key, current)
        for each in rule.transitions
        if due(current.made, each.days) <= now
    ]
    if ends and not any(moved):
        things.append(Thing(now, True, 0, ()))


@pytest.fixture(autouse=True)
def small_pages(monkeypatch):
    monkeypatch.setattr(worker, "PAGE", 3)


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    keeps=st.booleans(),
    made=st.lists(versions, max_size=12),
    given_rules=st.lists(rules, max_size=3),
    days=st.lists(st.integers(0, 14), min_size=1, max_size=3, unique=True),
)
async def test_a_run_does_what_the_reference_does(small_pages, keeps, made, given_rules, days):
    store = MemoryStore()
    contents = Contents(store, MemoryBlobs())
    storage, alice, versions = (
        ObjectStorage(store, contents),
        make_principal("a"),
        Versions(contents),
    )
    await storage.buckets.create(alice, "b", region="us-east-1")
    if keeps:
        await storage.buckets.change(
            alice, "b", lambda home: replace(home, versioning=ENABLED), "s3:PutBucketVersioning"
        )
    expected = {}
    for key, moment, is_marker, size, tags in sorted(made, key=lambda each: each[1]):
        thing = Thing(START + moment, is_marker and keeps, size, tags)
        expected[key] = [*(expected.get(key, []) if keeps else []), thing]
        await store.transact(lambda tx, key=key, thing=thing: place(tx, versions, key, thing))
    lifecycle = Lifecycle(tuple(given_rules))
    await storage.lifecycles.put(alice, "b", lifecycle)
    for day in sorted(days):
        now = START + day * DAY
        await storage.lifecycles.worker.run(now / 1000)
        for key, things in list(expected.items()):
            age(key, things, given_rules, now, keeps=keeps)
            if not things:
                del expected[key]
        page = await storage.listings.list_versions(alice, "b")
        found = [(key, each.storage_class, each.is_marker) for key, each, _ in page.versions]
        assert found == [
            (key, *thing.shown) for key in sorted(expected) for thing in reversed(expected[key])
        ]
        if any(thing.made == now for things in expected.values() for thing in things):
            break  # the worker's own markers are as old as the test, not as the day it plays


def place(tx, versions, key, thing):
    home = find_bucket(tx, "b")
    current = versions.current(tx, home, key)
    version = Version(
        new_sort(current),
        thing.size,
        "",
        thing.made,
        thing.storage_class,
        home.owner,
        thing.is_marker,
        True,
        {},
        "",
        tags=thing.tags,
    )
    versions.place(tx, home, key, current, version)
