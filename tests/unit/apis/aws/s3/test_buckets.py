"""Where buckets are made, and by whom."""

import pytest
from lxml import etree

from lenticular.apis.aws.s3.documents import NAMESPACE
from lenticular.apis.aws.s3.translation import translate
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.primitives.objects.errors import BucketNotEmpty, BucketOwned, BucketTaken

S3 = f"{{{NAMESPACE}}}"


async def _region(call, name):
    return (await call("head_bucket", Bucket=name))["BucketRegion"]


def _located(constraint):
    return {"CreateBucketConfiguration": {"LocationConstraint": constraint}}


@pytest.mark.parametrize(
    ("signed", "constraint", "region"),
    [
        ("us-east-1", None, "us-east-1"),
        ("us-east-1", "eu-west-1", "eu-west-1"),
        ("us-east-1", "EU", "eu-west-1"),
        ("us-east-1", "mars-1", "mars-1"),
        ("eu-west-1", "eu-west-1", "eu-west-1"),
        ("eu-west-1", "EU", "eu-west-1"),
        ("lab", None, "lab"),
        ("lab", "eu-west-1", "eu-west-1"),
    ],
)
async def test_a_bucket_remembers_its_region(call, signed, constraint, region):
    call.region = signed
    params = _located(constraint) if constraint else {}
    assert (await call("create_bucket", Bucket="abc", **params))["Location"] == "/abc"
    assert await _region(call, "abc") == region
    document = (await call("get_bucket_location", Bucket="abc")).body
    told = etree.fromstring(document).text
    assert told == (None if region == "us-east-1" else region)


@pytest.mark.parametrize(
    ("signed", "constraint", "code"),
    [
        ("eu-west-1", None, "IllegalLocationConstraintException"),
        ("eu-west-1", "eu-west-2", "IllegalLocationConstraintException"),
        ("us-east-1", "us-east-1", "InvalidLocationConstraint"),
        ("us-east-1", "mars/1", "InvalidLocationConstraint"),
        ("<x>", None, "InvalidLocationConstraint"),
    ],
)
async def test_regions_that_do_not_go_together(call, signed, constraint, code):
    call.region = signed
    params = _located(constraint) if constraint else {}
    with pytest.raises(AwsError) as raised:
        await call("create_bucket", Bucket="abc", **params)
    assert raised.value.code == code
    call.region = "us-east-1"
    await call("create_bucket", Bucket="abc")


async def test_an_illegal_name_is_refused(call):
    with pytest.raises(AwsError) as raised:
        await call("create_bucket", Bucket="Samples")
    assert (raised.value.code, raised.value.status) == ("InvalidBucketName", 400)


async def test_nobody_creates_no_bucket(as_nobody):
    with pytest.raises(AwsError) as raised:
        await as_nobody("create_bucket", Bucket="abc")
    assert raised.value.code == "AccessDenied"


async def test_a_name_is_there_once(call, as_stranger):
    with pytest.raises(BucketTaken) as raised:
        await as_stranger("create_bucket", Bucket="samples")
    error = translate(raised.value)
    assert (error.code, error.status) == ("BucketAlreadyExists", 409)


async def test_recreating_in_the_first_region_changes_nothing(call):
    await call("put_bucket_acl", Bucket="samples", ACL="public-read")
    await call("put_object", Bucket="samples", Key="k", Body=b"1")
    await call("create_bucket", Bucket="samples", ACL="public-read")
    assert (await call("get_object", Bucket="samples", Key="k")).body == b"1"
    with pytest.raises(BucketTaken):
        await call("create_bucket", Bucket="samples")
    acl = await call("get_bucket_acl", Bucket="samples")
    assert [grant["Permission"] for grant in acl["Grants"]] == ["READ", "FULL_CONTROL"]


async def test_recreating_elsewhere_is_an_error(call):
    await call("create_bucket", Bucket="abc", **_located("eu-west-1"))
    with pytest.raises(BucketOwned) as raised:
        await call("create_bucket", Bucket="abc", **_located("eu-west-1"))
    error = translate(raised.value)
    assert (error.code, error.status) == ("BucketAlreadyOwnedByYou", 409)


@pytest.mark.parametrize("member", ["Location", "Bucket"])
async def test_directory_buckets_are_not_built(call, member):
    with pytest.raises(AwsError) as raised:
        await call("create_bucket", Bucket="abc", CreateBucketConfiguration={member: {"Type": "x"}})
    assert raised.value.code == "NotImplemented"


async def test_a_bucket_is_made_with_tags(call):
    tags = [{"Key": "lab", "Value": "7"}]
    await call("create_bucket", Bucket="abc", CreateBucketConfiguration={"Tags": tags})
    assert (await call("get_bucket_tagging", Bucket="abc"))["TagSet"] == tags


def _names(document):
    return [node.text for node in etree.fromstring(document).iter(f"{S3}Name")]


async def test_buckets_are_listed_in_pages(call, as_stranger):
    for number in range(5):
        await call("create_bucket", Bucket=f"page-{number}")
    await as_stranger("create_bucket", Bucket="page-x")
    seen, token = [], {}
    for _ in range(3):
        page = await call("list_buckets", Prefix="page-", MaxBuckets=2, **token)
        seen.append(_names(page.body))
        found = etree.fromstring(page.body).findtext(f"{S3}ContinuationToken")
        token = {"ContinuationToken": found} if found else {}
    assert seen == [["page-0", "page-1"], ["page-2", "page-3"], ["page-4"]]
    assert token == {}


async def test_a_page_of_buckets_is_between_1_and_10000(call):
    for limit in (0, 10_001):
        with pytest.raises(AwsError) as raised:
            await call("list_buckets", MaxBuckets=limit)
        assert raised.value.code == "InvalidArgument"


async def test_a_bucket_goes_with_its_uploads_but_not_with_its_objects(call):
    await call("put_object", Bucket="samples", Key="k", Body=b"1")
    upload = await call("create_multipart_upload", Bucket="samples", Key="k")
    with pytest.raises(BucketNotEmpty):
        await call("delete_bucket", Bucket="samples")
    parts = await call("list_parts", Bucket="samples", Key="k", UploadId=upload["UploadId"])
    assert parts["Parts"] == []
    await call("delete_object", Bucket="samples", Key="k")
    await call("delete_bucket", Bucket="samples")
    assert _names((await call("list_buckets")).body) == []
    await call("create_bucket", Bucket="samples")
    uploads = await call("list_multipart_uploads", Bucket="samples")
    assert uploads["Uploads"] == []
