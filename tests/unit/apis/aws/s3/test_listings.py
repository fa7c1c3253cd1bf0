"""Listings: pages, markers and tokens, and what is refused."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from lenticular.apis.aws.s3.documents import NAMESPACE, continuation_token
from lenticular.apis.aws.wire.errors import AwsError

S3 = f"{{{NAMESPACE}}}"
KEYS = ["a", "b/1", "b/2", "c", "d/1", "e"]


@pytest.fixture
async def filled(call):
    for key in KEYS:
        await call("put_object", Bucket="samples", Key=key, Body=b"1")
    return call


async def _page(call, operation, **params):
    answer = await call(operation, Bucket="samples", **params)
    root = etree.fromstring(answer.body)
    found = {child.tag.removeprefix(S3): child.text for child in root}
    found["keys"] = [
        node.text for tag in ("Contents", "Version") for node in root.iterfind(f"{S3}{tag}/{S3}Key")
    ]
    found["prefixes"] = [node.text for node in root.iterfind(f"{S3}CommonPrefixes/{S3}Prefix")]
    return found


async def test_all_in_one_page(filled):
    page = await _page(filled, "list_objects")
    assert page["keys"] == KEYS
    assert (page["IsTruncated"], page["MaxKeys"], page["Marker"]) == ("false", "1000", None)
    assert "NextMarker" not in page
    assert "Delimiter" not in page


async def test_pages_by_marker(filled):
    page = await _page(filled, "list_objects", MaxKeys=4)
    assert (page["keys"], page["IsTruncated"]) == (KEYS[:4], "true")
    assert "NextMarker" not in page
    page = await _page(filled, "list_objects", MaxKeys=4, Marker="c")
    assert (page["keys"], page["Marker"], page["IsTruncated"]) == (["d/1", "e"], "c", "false")


async def test_pages_by_marker_with_a_delimiter(filled):
    seen, marker = [], ""
    for _ in range(3):
        page = await _page(filled, "list_objects", MaxKeys=2, Delimiter="/", Marker=marker)
        seen.append((page["keys"], page["prefixes"]))
        marker = page.get("NextMarker")
    assert seen == [(["a"], ["b/"]), (["c"], ["d/"]), (["e"], [])]
    assert marker is None


async def test_pages_by_token(filled):
    seen, token = [], {}
    for _ in range(3):
        page = await _page(filled, "list_objects_v2", MaxKeys=2, Delimiter="/", **token)
        seen.append((page["keys"], page["prefixes"], page["KeyCount"]))
        token = {"ContinuationToken": page.get("NextContinuationToken")}
    assert seen == [(["a"], ["b/"], "2"), (["c"], ["d/"], "2"), (["e"], [], "1")]
    assert page["ContinuationToken"] is not None


async def test_a_token_goes_before_start_after(filled):
    page = await _page(
        filled, "list_objects_v2", StartAfter="a", ContinuationToken=continuation_token("c")
    )
    assert page["keys"] == ["d/1", "e"]
    assert page["StartAfter"] == "a"


async def test_no_keys_asked_for(filled):
    for operation in ("list_objects", "list_objects_v2", "list_object_versions"):
        page = await _page(filled, operation, MaxKeys=0)
        assert (page["keys"], page["IsTruncated"], page["MaxKeys"]) == ([], "false", "0")


async def test_more_than_a_page_asked_for(filled):
    assert (await _page(filled, "list_objects", MaxKeys=5000))["MaxKeys"] == "1000"


@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2", "list_object_versions"])
@pytest.mark.parametrize(
    ("params", "name"),
    [({"MaxKeys": -1}, "max-keys"), ({"EncodingType": "hex"}, "encoding-type")],
)
async def test_what_cannot_be_asked_for(call, operation, params, name):
    with pytest.raises(AwsError) as raised:
        await call(operation, Bucket="samples", **params)
    assert raised.value.code == "InvalidArgument"
    assert raised.value.fields["ArgumentName"] == name


async def test_tokens_are_ours(filled):
    with pytest.raises(AwsError, match="continuation token"):
        await filled("list_objects_v2", Bucket="samples", ContinuationToken="nonsense")
    page = await _page(filled, "list_objects_v2", ContinuationToken="")
    assert (page["keys"], page["ContinuationToken"]) == (KEYS, None)


async def test_owners(filled):
    owner = filled.principal.canonical_id
    for operation, params in (("list_objects", {}), ("list_objects_v2", {"FetchOwner": True})):
        document = (await filled(operation, Bucket="samples", **params)).text
        assert (
            document.count(f"<Owner><ID>{owner}</ID><DisplayName>owner</DisplayName></Owner>") == 6
        )
    assert "<Owner>" not in (await filled("list_objects_v2", Bucket="samples")).text


async def test_versions_are_paged_within_a_key(call):
    await call(
        "put_bucket_versioning", Bucket="samples", VersioningConfiguration={"Status": "Enabled"}
    )
    ids = []
    for number in range(5):
        put = await call("put_object", Bucket="samples", Key="k", Body=b"%d" % number)
        ids.insert(0, put.headers["x-amz-version-id"])
    seen, markers = [], {}
    for _ in range(3):
        answer = await call("list_object_versions", Bucket="samples", MaxKeys=2, **markers)
        root = etree.fromstring(answer.body)
        seen += [node.text for node in root.iterfind(f"{S3}Version/{S3}VersionId")]
        markers = {
            "KeyMarker": root.findtext(f"{S3}NextKeyMarker"),
            "VersionIdMarker": root.findtext(f"{S3}NextVersionIdMarker"),
        }
    assert seen == ids
    assert markers == {"KeyMarker": None, "VersionIdMarker": None}


async def test_versions_are_listed_on_while_they_are_deleted(call):
    """What was listed may be gone when the next page is asked for: cleaning up does that."""
    await call(
        "put_bucket_versioning", Bucket="samples", VersioningConfiguration={"Status": "Enabled"}
    )
    for number in range(5):
        await call("put_object", Bucket="samples", Key="k", Body=b"%d" % number)
    markers, pages = {}, 0
    while pages < 5:
        answer = await call("list_object_versions", Bucket="samples", MaxKeys=2, **markers)
        root = etree.fromstring(answer.body)
        for node in root.iterfind(f"{S3}Version/{S3}VersionId"):
            await call("delete_object", Bucket="samples", Key="k", VersionId=node.text)
        pages += 1
        if root.findtext(f"{S3}IsTruncated") == "false":
            break
        markers = {
            "KeyMarker": root.findtext(f"{S3}NextKeyMarker"),
            "VersionIdMarker": root.findtext(f"{S3}NextVersionIdMarker"),
        }
    assert (await _page(call, "list_object_versions"))["keys"] == []
    assert pages == 3


@pytest.mark.parametrize(
    "markers", [{"VersionIdMarker": "null"}, {"KeyMarker": "k", "VersionIdMarker": ""}]
)
async def test_a_version_marker_is_for_a_key(call, markers):
    with pytest.raises(AwsError) as raised:
        await call("list_object_versions", Bucket="samples", **markers)
    assert raised.value.fields["ArgumentName"] == "version-id-marker"


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keys=st.sets(st.text("ab/é", min_size=1, max_size=4), max_size=12), limit=st.integers(1, 5))
async def test_pages_together_are_the_whole(call, keys, limit):
    for key in keys:
        await call("put_object", Bucket="samples", Key=key)
    for delimiter in ("", "/", "b/"):
        whole = await _page(call, "list_objects_v2", Delimiter=delimiter)
        found, prefixes, token = [], [], {}
        while True:
            page = await _page(call, "list_objects_v2", Delimiter=delimiter, MaxKeys=limit, **token)
            found += page["keys"]
            prefixes += page["prefixes"]
            if page["IsTruncated"] == "false":
                break
            token = {"ContinuationToken": page["NextContinuationToken"]}
        assert (found, prefixes) == (whole["keys"], whole["prefixes"])
    for key in keys:
        await call("delete_object", Bucket="samples", Key=key)
