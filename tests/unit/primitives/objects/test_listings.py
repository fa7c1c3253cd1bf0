"""Listings in pages, against sorting and folding all keys at once."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from lenticular.engines.blobs.memory import MemoryBlobs
from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.contents import Contents
from lenticular.primitives.objects import Attributes, ObjectStorage
from lenticular.testing.values import make_principal, stream

TEXT = st.text(st.sampled_from("ab/é\x00\U0001f600"), min_size=1, max_size=6)


def expected(keys, prefix, delimiter):
    """All entries of a listing, in order: keys as they are, folded ones once."""
    entries = []
    for key in sorted(keys, key=str.encode):
        if not key.startswith(prefix):
            continue
        at = key.find(delimiter, len(prefix)) if delimiter else -1
        entry = key if at < 0 else key[: at + len(delimiter)]
        if entry not in entries:
            entries.append(entry)
    return entries


@settings(deadline=None, max_examples=150)
@given(
    keys=st.sets(TEXT, max_size=12),
    prefix=st.one_of(st.just(""), TEXT),
    delimiter=st.sampled_from(["", "/", "a", "é/"]),
    limit=st.integers(1, 4),
)
def test_pages_come_to_the_whole(keys, prefix, delimiter, limit):
    async def run():
        contents = Contents(MemoryStore(), MemoryBlobs())
        storage = ObjectStorage(contents.store, contents)
        alice = make_principal("alice")
        await storage.buckets.create(alice, "samples", region="here")
        for key in keys:
            await storage.objects.put(alice, "samples", key, stream(b"x"), Attributes())
        objects, versions = [], []
        behind = ""
        while True:
            page = await storage.listings.list(
                alice, "samples", prefix=prefix, delimiter=delimiter, behind=behind, limit=limit
            )
            assert len(page) <= limit
            objects += [key for key, _ in page.objects] + page.prefixes
            if not page.truncated:
                break
            behind = page.last
        after = None
        while True:
            page = await storage.listings.list_versions(
                alice, "samples", prefix=prefix, delimiter=delimiter, behind=after, limit=limit
            )
            assert len(page) <= limit
            versions += [key for key, _, _ in page.versions] + page.prefixes
            if not page.truncated:
                break
            after = page.last
        return objects, versions

    objects, versions = asyncio.run(run())
    whole = expected(keys, prefix, delimiter)
    assert sorted(objects) == sorted(whole)
    assert sorted(versions) == sorted(whole)


async def test_limit_zero_shows_nothing(storage, alice, bucket):
    await storage.objects.put(alice, bucket, "a", stream(b"x"), Attributes())
    page = await storage.listings.list(alice, bucket, limit=0)
    assert (page.objects, page.prefixes, page.truncated) == ([], [], False)


async def test_buckets_are_listed_to_their_owner_only(storage, alice, bob, bucket):
    await storage.buckets.create(bob, "other", region="eu-west-1")
    await storage.buckets.create(alice, "more", region="eu-west-1")
    names = [found.name for found in (await storage.buckets.list(alice))[0]]
    assert names == ["more", "samples"]
    page, after = await storage.buckets.list(alice, limit=1)
    assert ([found.name for found in page], after) == (["more"], "more")
    page, after = await storage.buckets.list(alice, behind="more")
    assert ([found.name for found in page], after) == (["samples"], None)
    page, _ = await storage.buckets.list(alice, region="us-east-1", prefix="sam")
    assert [found.name for found in page] == ["samples"]
