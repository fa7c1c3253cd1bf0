"""Who may do what: owners, grantees, strangers and nobody."""

from contextlib import suppress

import pytest
from msgspec.structs import replace

from lenticular.primitives.access import (
    ALL_USERS,
    AUTHENTICATED_USERS,
    AccessDenied,
    Grant,
    Permission,
)
from lenticular.primitives.objects import ALWAYS, Attributes, Source
from lenticular.primitives.objects.rights import BUCKET_OWNER_ENFORCED, BUCKET_OWNER_PREFERRED
from lenticular.primitives.principals import ANONYMOUS
from lenticular.testing.values import stream


@pytest.fixture
async def key(storage, alice, bucket):
    await storage.objects.put(alice, bucket, "a", stream(b"secret"), Attributes())
    return "a"


def every_use(storage, who, bucket, key):
    """Everything that can be tried on a bucket, by name."""
    objects, uploads = storage.objects, storage.uploads
    return {
        "bucket": lambda: storage.buckets.get(who, bucket),
        "delete bucket": lambda: storage.buckets.delete(who, bucket),
        "change bucket": lambda: storage.buckets.change(
            who, bucket, lambda found: found, "s3:PutBucketAcl"
        ),
        "list": lambda: storage.listings.list(who, bucket),
        "list versions": lambda: storage.listings.list_versions(who, bucket),
        "list uploads": lambda: uploads.list(who, bucket),
        "get": lambda: objects.get(who, bucket, key),
        "get what is not there": lambda: objects.get(who, bucket, "no such key"),
        "get a version that is not there": lambda: objects.get(who, bucket, key, "00" * 16),
        "put": lambda: objects.put(who, bucket, key, stream(b"x"), Attributes()),
        "delete": lambda: storage.deletions.delete(who, bucket, key),
        "copy from": lambda: storage.copies.copy(who, Source(bucket, key), bucket, "copy"),
        "change": lambda: objects.change(
            who,
            bucket,
            key,
            None,
            lambda version: version,
            "s3:PutObjectTagging",
            "ObjectTagging:Put",
        ),
        "create upload": lambda: uploads.create(who, bucket, key, Attributes()),
    }


@pytest.mark.parametrize("who", ["bob", "nobody"])
async def test_strangers_may_do_nothing_and_learn_nothing(storage, bob, bucket, key, who):
    stranger = {"bob": bob, "nobody": ANONYMOUS}[who]
    allowed = []
    for use, attempt in every_use(storage, stranger, bucket, key).items():
        with suppress(AccessDenied):
            await attempt()
            allowed.append(use)
    assert allowed == []


async def test_each_key_of_a_bulk_deletion_is_refused(storage, bob, bucket, key):
    [outcome] = await storage.deletions.delete_many(bob, bucket, [(key, None, ALWAYS)])
    assert isinstance(outcome, AccessDenied)


async def test_nobody_owns_no_bucket(storage):
    with pytest.raises(AccessDenied):
        await storage.buckets.create(ANONYMOUS, "free", region="here")
    with pytest.raises(AccessDenied):
        await storage.buckets.list(ANONYMOUS)


@pytest.mark.parametrize(
    ("grantee", "bob_may", "nobody_may"),
    [(ALL_USERS, True, True), (AUTHENTICATED_USERS, True, False), ("bob", True, False)],
)
async def test_a_grant_opens_one_object(
    storage, alice, bob, bucket, key, grantee, bob_may, nobody_may
):
    grantee = bob.canonical_id if grantee == "bob" else grantee
    grants = (Grant(grantee, Permission.READ),)
    await storage.objects.set_acl(alice, bucket, key, None, grants)
    for who, may in ((bob, bob_may), (ANONYMOUS, nobody_may)):
        if may:
            assert (await storage.objects.get(who, bucket, key)).data == b"secret"
        else:
            with pytest.raises(AccessDenied):
                await storage.objects.get(who, bucket, key)
        with pytest.raises(AccessDenied):
            await storage.objects.put(who, bucket, key, stream(b"x"), Attributes())
        with pytest.raises(AccessDenied):
            await storage.listings.list(who, bucket)


async def test_who_writes_into_a_shared_bucket_owns_the_object(storage, alice, bob, bucket):
    grants = (Grant(bob.canonical_id, Permission.WRITE),)
    await storage.buckets.change(
        alice, bucket, lambda found: replace(found, acl=grants), "s3:PutBucketAcl"
    )
    stored = await storage.objects.put(bob, bucket, "his", stream(b"x"), Attributes())
    version = stored.version
    assert version.owner == bob.canonical_id
    with pytest.raises(AccessDenied):
        await storage.objects.get(alice, bucket, "his")
    await storage.deletions.delete(alice, bucket, "his")


async def test_a_refused_put_reads_nothing(storage, bob, bucket):
    async def body():
        pytest.fail("the body was read")
        yield b""

    with pytest.raises(AccessDenied):
        await storage.objects.put(bob, bucket, "a", body(), Attributes())


async def own(storage, alice, bucket, rule):
    await storage.buckets.change(
        alice, bucket, lambda found: replace(found, ownership=rule), "s3:PutBucketAcl"
    )


async def test_where_the_bucket_owner_owns_all_no_grant_counts(storage, alice, bob, bucket):
    everything = (Grant(bob.canonical_id, Permission.FULL_CONTROL),)
    await storage.buckets.change(
        alice, bucket, lambda found: replace(found, acl=everything), "s3:PutBucketAcl"
    )
    await storage.objects.put(bob, bucket, "his", stream(b"x"), Attributes(acl=everything))
    await own(storage, alice, bucket, BUCKET_OWNER_ENFORCED)
    assert (await storage.objects.get(alice, bucket, "his")).data == b"x"
    for attempt in every_use(storage, bob, bucket, "his").values():
        with pytest.raises(AccessDenied):
            await attempt()


async def test_the_bucket_owner_is_preferred_where_it_gets_full_control(
    storage, alice, bob, bucket
):
    everybody = (Grant(bob.canonical_id, Permission.WRITE),)
    await storage.buckets.change(
        alice, bucket, lambda found: replace(found, acl=everybody), "s3:PutBucketAcl"
    )
    await own(storage, alice, bucket, BUCKET_OWNER_PREFERRED)
    full = (Grant(alice.canonical_id, Permission.FULL_CONTROL),)
    given = await storage.objects.put(bob, bucket, "a", stream(b"x"), Attributes(acl=full))
    kept = await storage.objects.put(bob, bucket, "b", stream(b"x"), Attributes())
    assert (given.version.owner, kept.version.owner) == (alice.canonical_id, bob.canonical_id)
