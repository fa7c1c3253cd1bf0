"""Buckets whose versions were made at given times, and rules for them."""

import pytest
from msgspec.structs import replace

from lenticular.primitives.objects import ENABLED, Version
from lenticular.primitives.objects.buckets import find_bucket
from lenticular.primitives.objects.lifecycle.rules import Filter, Lifecycle, Rule
from lenticular.primitives.objects.versions import Versions, new_sort

DAY = 86_400_000
START = 20_000 * DAY
"""A midnight, in milliseconds: every test begins there."""


@pytest.fixture
def place(storage, store, contents):
    """Makes a version of a key, whose content nobody will look at."""
    versions = Versions(contents)

    async def place(key, modified=START, *, bucket="samples", marker=False, **fields):
        def commit(tx):
            home = find_bucket(tx, bucket)
            current = versions.current(tx, home, key)
            version = Version(
                sort=new_sort(current),
                size=fields.pop("size", 0),
                etag="",
                modified=modified,
                storage_class=fields.pop("storage_class", "" if marker else "STANDARD"),
                owner=home.owner,
                is_marker=marker,
                is_null=True,
                checksums={},
                checksum_type="",
                **fields,
            )
            return versions.place(tx, home, key, current, version)

        return await store.transact(commit)

    return place


@pytest.fixture
async def versioned(storage, alice, bucket):
    """The bucket, which keeps its versions."""
    await storage.buckets.change(
        alice, bucket, lambda home: replace(home, versioning=ENABLED), "s3:PutBucketVersioning"
    )
    return bucket


@pytest.fixture
def put_rules(storage, alice):
    """Gives a bucket rules."""

    async def put_rules(*rules, bucket="samples", **options):
        await storage.lifecycles.put(alice, bucket, Lifecycle(rules, **options))

    return put_rules


@pytest.fixture
def run(storage):
    """Runs the worker so many days after `START`; returns how much it did."""

    async def run(days):
        return await storage.lifecycles.worker.run((START + days * DAY) / 1000)

    return run


@pytest.fixture
def keys(storage, alice):
    """The keys of a bucket's objects."""

    async def keys(bucket="samples"):
        page = await storage.listings.list(alice, bucket, limit=10_000)
        return [key for key, _ in page.objects]

    return keys


@pytest.fixture
def history(storage, alice):
    """The versions of a bucket: key, storage class, and whether each is a marker."""

    async def history(bucket="samples"):
        page = await storage.listings.list_versions(alice, bucket, limit=10_000)
        return [(key, each.storage_class, each.is_marker) for key, each, _ in page.versions]

    return history


@pytest.fixture
def rule():
    """Makes an enabled rule."""

    def rule(name="rule", prefix=None, *, tags=(), **actions):
        return Rule(name, True, Filter(prefix, tuple(tags)), **actions)

    return rule
