"""Multipart uploads: parts in, one object out."""

import hashlib

import pytest

from lenticular.engines.blobs.digests import Digests
from lenticular.primitives.objects import Attributes, CompletedPart, Conditions, Source, completion
from lenticular.primitives.objects.errors import (
    BucketNotEmpty,
    ConditionFailed,
    PartInvalid,
    PartOrderInvalid,
    PartTooSmall,
    SizeMismatch,
    UploadNotFound,
)
from lenticular.testing.values import collect, stream


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(completion, "SMALLEST_PART", 10)


@pytest.fixture
async def upload(storage, alice, bucket):
    attributes = Attributes(headers={"content-type": "text/plain"}, metadata={"a": "b"})
    return (await storage.uploads.create(alice, bucket, "big", attributes)).id


async def put(storage, who, upload, number, data, **options):
    return await storage.uploads.put_part(
        who, "samples", "big", upload, number, stream(data), **options
    )


def named(number, part):
    return CompletedPart(number, part.etag)


# One part stays in the store and one becomes a blob: the threshold of the fixture is 100 bytes.
SMALL, LARGE, LAST = b"s" * 50, b"l" * 500, b"e"


async def test_parts_in_any_order_become_one_object(storage, contents, alice, bucket, upload):
    last = await put(storage, alice, upload, 9, LAST)
    first = await put(storage, alice, upload, 1, SMALL)
    unused = await put(storage, alice, upload, 5, b"u" * 300)
    second = await put(storage, alice, upload, 2, LARGE)
    assert unused.size == 300
    version = await storage.uploads.complete(
        alice, bucket, "big", upload, [named(1, first), named(2, second), named(9, last)]
    )
    whole = SMALL + LARGE + LAST
    md5s = b"".join(hashlib.md5(part).digest() for part in (SMALL, LARGE, LAST))
    assert version.etag == hashlib.md5(md5s).hexdigest() + "-3"
    assert (version.size, version.part_count) == (len(whole), 3)
    found = await storage.objects.get(alice, bucket, "big")
    assert (found.version.headers, found.version.metadata) == (
        {"content-type": "text/plain"},
        {"a": "b"},
    )
    for start, length in ((0, None), (0, 10), (45, 10), (49, 502), (550, 100), (551, 5)):
        expected = whole[start:][:length]
        assert await collect(storage.objects.read(found, start, length)) == expected
    assert [(part.number, part.size) for part in await storage.objects.parts(found)] == [
        (1, 50),
        (2, 500),
        (9, 1),
    ]
    # The part that was not named is gone, and goes with the object when that is deleted.
    await contents.sweep(now=2**40)
    assert await count(storage, contents) == 1
    await storage.deletions.delete(alice, bucket, "big")
    await contents.sweep(now=2**40)
    assert await count(storage, contents) == 0
    assert await everything_but_buckets(contents) == []


async def count(storage, contents):
    return len([entry async for entry in contents.blobs.list()])


async def everything_but_buckets(contents):
    rows = await contents.store.read(lambda reader: reader.range(b"\x00", b"\xff"))
    kept = (b"bucket", b"owned", b"meters")
    return [key for key, _ in rows if not any(name in key for name in kept)]


async def test_a_copy_shares_blobs_and_outlives_its_source(
    storage, contents, alice, bucket, upload
):
    parts = [await put(storage, alice, upload, n, d) for n, d in ((1, SMALL), (2, LARGE))]
    await storage.uploads.complete(
        alice, bucket, "big", upload, [named(1, parts[0]), named(2, parts[1])]
    )
    await storage.copies.copy(alice, Source(bucket, "big"), bucket, "copy")
    assert await count(storage, contents) == 1
    await storage.deletions.delete(alice, bucket, "big")
    await contents.sweep(now=2**40)
    found = await storage.objects.get(alice, bucket, "copy")
    assert await collect(storage.objects.read(found)) == SMALL + LARGE
    await storage.deletions.delete(alice, bucket, "copy")
    await contents.sweep(now=2**40)
    assert await everything_but_buckets(contents) == []


async def test_a_part_can_be_a_range_of_an_object(storage, alice, bucket, upload):
    await storage.objects.put(alice, bucket, "source", stream(b"0123456789" * 30), Attributes())
    part, _ = await storage.uploads.copy_part(
        alice, Source(bucket, "source"), bucket, "big", upload, 1, start=5, length=120
    )
    expected = (b"0123456789" * 30)[5:125]
    assert part.etag == hashlib.md5(expected).hexdigest()
    await storage.deletions.delete(alice, bucket, "source")
    await storage.uploads.complete(alice, bucket, "big", upload, [named(1, part)])
    found = await storage.objects.get(alice, bucket, "big")
    assert await collect(storage.objects.read(found)) == expected


async def test_a_range_must_lie_within_its_source(storage, alice, bucket, upload):
    await storage.objects.put(alice, bucket, "source", stream(b"0123456789"), Attributes())
    with pytest.raises(ValueError, match="do not lie within"):
        await storage.uploads.copy_part(
            alice, Source(bucket, "source"), bucket, "big", upload, 1, start=5, length=6
        )


async def test_a_part_sent_again_replaces_the_first(storage, contents, alice, bucket, upload):
    await put(storage, alice, upload, 1, b"x" * 300)
    part = await put(storage, alice, upload, 1, b"y" * 300)
    await contents.sweep(now=2**40)
    assert await count(storage, contents) == 1
    await storage.uploads.complete(alice, bucket, "big", upload, [named(1, part)])
    found = await storage.objects.get(alice, bucket, "big")
    assert await collect(storage.objects.read(found)) == b"y" * 300


@pytest.mark.parametrize(
    ("numbers", "error"),
    [
        ((2, 1), PartOrderInvalid),
        ((1, 1), PartOrderInvalid),
        ((1, 3), PartInvalid),
        ((3, 9), PartInvalid),
    ],
)
async def test_wrong_lists_change_nothing(storage, alice, bucket, upload, numbers, error):
    parts = {n: await put(storage, alice, upload, n, LARGE) for n in (1, 2)}
    named_parts = [named(n, parts.get(n, parts[1])) for n in numbers]
    with pytest.raises(error):
        await storage.uploads.complete(alice, bucket, "big", upload, named_parts)
    page = await storage.uploads.list_parts(alice, bucket, "big", upload)
    assert [number for number, _ in page.parts] == [1, 2]
    assert (await storage.listings.list(alice, bucket)).objects == []


async def test_wrong_etag_size_and_smallness_are_refused(storage, alice, bucket, upload):
    small = await put(storage, alice, upload, 1, b"x" * 9)
    large = await put(storage, alice, upload, 2, LARGE)
    complete = storage.uploads.complete
    with pytest.raises(PartInvalid):
        await complete(alice, bucket, "big", upload, [CompletedPart(2, "0" * 32)])
    with pytest.raises(SizeMismatch):
        await complete(alice, bucket, "big", upload, [named(2, large)], size=1)
    with pytest.raises(PartTooSmall) as refused:
        await complete(alice, bucket, "big", upload, [named(1, small), named(2, large)])
    assert (refused.value.number, refused.value.size) == (1, 9)


async def test_completing_again_gives_the_same_version(storage, alice, bucket, upload):
    part = await put(storage, alice, upload, 1, LARGE)
    once = await storage.uploads.complete(alice, bucket, "big", upload, [named(1, part)])
    again = await storage.uploads.complete(alice, bucket, "big", upload, [named(1, part)])
    assert again == once
    await storage.objects.put(alice, bucket, "big", stream(b"newer"), Attributes())
    with pytest.raises(UploadNotFound):
        await storage.uploads.complete(alice, bucket, "big", upload, [named(1, part)])


async def test_conditions_hold_at_completion(storage, alice, bucket, upload):
    part = await put(storage, alice, upload, 1, LARGE)
    await storage.objects.put(alice, bucket, "big", stream(b"there"), Attributes())
    with pytest.raises(ConditionFailed):
        await storage.uploads.complete(
            alice, bucket, "big", upload, [named(1, part)], when=Conditions(if_none_match=("*",))
        )


@pytest.mark.parametrize("algorithm", ["crc32", "crc32c", "crc64nvme"])
async def test_full_object_checksums_are_combined(storage, alice, bucket, algorithm):
    upload = await storage.uploads.create(
        alice, bucket, "big", Attributes(), algorithm=algorithm, checksum_type="FULL_OBJECT"
    )
    parts = [
        await put(storage, alice, upload.id, n, d, keep=[algorithm])
        for n, d in ((1, SMALL), (2, LARGE), (3, LAST))
    ]
    version = await storage.uploads.complete(
        alice, bucket, "big", upload.id, [named(n, part) for n, part in enumerate(parts, 1)]
    )
    whole = Digests([algorithm])
    whole.update(SMALL + LARGE + LAST)
    assert (version.checksums, version.checksum_type) == (whole.result(), "FULL_OBJECT")


async def test_composite_checksums_are_of_checksums(storage, alice, bucket):
    upload = await storage.uploads.create(
        alice, bucket, "big", Attributes(), algorithm="sha256", checksum_type="COMPOSITE"
    )
    parts = [
        await put(storage, alice, upload.id, n, d, keep=["sha256"])
        for n, d in ((1, SMALL), (2, LARGE))
    ]
    version = await storage.uploads.complete(
        alice, bucket, "big", upload.id, [named(n, part) for n, part in enumerate(parts, 1)]
    )
    digests = b"".join(hashlib.sha256(data).digest() for data in (SMALL, LARGE))
    assert version.checksums == {"sha256": hashlib.sha256(digests).digest()}


async def test_aborting_leaves_nothing(storage, contents, alice, bucket, upload):
    for number, data in ((1, SMALL), (2, LARGE)):
        await put(storage, alice, upload, number, data)
    await storage.uploads.abort(alice, bucket, "big", upload)
    await contents.sweep(now=2**40)
    assert await everything_but_buckets(contents) == []
    assert await count(storage, contents) == 0
    with pytest.raises(UploadNotFound):
        await storage.uploads.abort(alice, bucket, "big", upload)


async def test_a_failed_check_leaves_nothing(storage, contents, alice, bucket, upload):
    def refuse(digests):
        raise ValueError(digests["md5"].hex())

    with pytest.raises(ValueError, match=hashlib.md5(LARGE).hexdigest()):
        await put(storage, alice, upload, 1, LARGE, check=refuse)
    assert await count(storage, contents) == 0
    assert (await storage.uploads.list_parts(alice, bucket, "big", upload)).parts == []


async def test_uploads_are_listed_in_pages(storage, alice, bucket):
    made = [
        (key, (await storage.uploads.create(alice, bucket, key, Attributes())).id)
        for key in ("a", "b/1", "b/2", "c", "c")
    ]
    page = await storage.uploads.list(alice, bucket)
    assert [(key, upload.id) for key, upload in page.uploads] == made
    page = await storage.uploads.list(alice, bucket, delimiter="/")
    assert ([key for key, _ in page.uploads], page.prefixes) == (["a", "c", "c"], ["b/"])
    seen, behind = [], None
    while True:
        page = await storage.uploads.list(alice, bucket, behind=behind, limit=1)
        seen += [(key, upload.id) for key, upload in page.uploads]
        if not page.truncated:
            break
        behind = page.last
    assert seen == made


async def test_uploads_do_not_keep_a_bucket(storage, contents, alice, bucket, upload):
    await put(storage, alice, upload, 1, LARGE)
    await storage.objects.put(alice, bucket, "a", stream(b"x"), Attributes())
    with pytest.raises(BucketNotEmpty):
        await storage.buckets.delete(alice, bucket)
    await storage.deletions.delete(alice, bucket, "a")
    await storage.buckets.delete(alice, bucket)
    await contents.sweep(now=2**40)
    assert await count(storage, contents) == 0
