"""What every request is asked first."""

import pytest

from lenticular.apis.aws.s3.guards import UNBUILT_HEADERS
from lenticular.apis.aws.wire.errors import AwsError


@pytest.mark.parametrize("header", sorted(UNBUILT_HEADERS))
async def test_what_is_not_built_is_refused_by_name(call, header):
    with pytest.raises(AwsError, match=header) as raised:
        await call("put_object", Bucket="samples", Key="k", Body=b"1", headers={header: "AES256"})
    assert (raised.value.code, raised.value.status) == ("NotImplemented", 501)
    assert raised.value.fields == {"Header": header}
    listing = await call("list_objects_v2", Bucket="samples")
    assert "<KeyCount>0</KeyCount>" in listing.text


async def test_what_is_switched_off_is_as_good_as_absent(call):
    headers = {"x-amz-server-side-encryption-bucket-key-enabled": "false"}
    await call("put_object", Bucket="samples", Key="k", Body=b"1", headers=headers)


async def test_the_owner_is_the_one_expected(call):
    own = {"x-amz-expected-bucket-owner": call.principal.account_id}
    await call("put_object", Bucket="samples", Key="k", Body=b"1", headers=own)
    assert (await call("get_object", Bucket="samples", Key="k", headers=own)).body == b"1"


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("put_object", {"Key": "k", "Body": b"2"}),
        ("get_object", {"Key": "k"}),
        ("delete_object", {"Key": "k"}),
        ("list_objects_v2", {}),
        ("delete_bucket", {}),
        ("put_bucket_acl", {"ACL": "public-read"}),
        ("create_multipart_upload", {"Key": "k"}),
    ],
)
async def test_another_owner_than_expected_stops_everything(call, operation, params):
    await call("put_object", Bucket="samples", Key="k", Body=b"1")
    others = {"x-amz-expected-bucket-owner": "0" * 12}
    with pytest.raises(AwsError) as raised:
        await call(operation, Bucket="samples", headers=others, **params)
    assert (raised.value.code, raised.value.status) == ("AccessDenied", 403)
    assert (await call("get_object", Bucket="samples", Key="k")).body == b"1"


async def test_the_owner_of_a_source_is_the_one_expected(call):
    await call("put_object", Bucket="samples", Key="k", Body=b"1")
    for account, outcome in ((call.principal.account_id, None), ("0" * 12, "AccessDenied")):
        copy = call(
            "copy_object",
            Bucket="samples",
            Key="copy",
            CopySource="samples/k",
            headers={"x-amz-source-expected-bucket-owner": account},
        )
        if outcome is None:
            await copy
            continue
        with pytest.raises(AwsError) as raised:
            await copy
        assert raised.value.code == outcome
