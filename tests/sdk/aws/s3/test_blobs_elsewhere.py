"""A cloud whose bytes lie in another store: SeaweedFS, or a second cloud of ours."""

import asyncio
import os
import time
import urllib.error
import urllib.request

import boto3
import msgspec
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from lenticular.server.administration.contract import Nothing, Site
from lenticular.server.administration.scrubbing import scrub
from lenticular.server.blobplaces import examine_blob_store
from lenticular.server.configuration import Configuration
from lenticular.testing.cloud import running_cloud

MIB = 1024 * 1024
SMALL, MEDIUM, LARGE = 10_000, 3 * MIB + 7, 17 * MIB
"""Bytes that stay beside their key, that are one object elsewhere, and that are several."""


def client_of(cloud):
    config = Config(retries={"total_max_attempts": 1})
    return boto3.client("s3", **cloud.boto3(), config=config)


def sweep(cloud):
    """Remove what was released and orphaned up to now."""
    contents = cloud.engines.contents
    cloud.run(contents.sweep(time.time() + 2 * contents.grace))
    cloud.run(contents.sweep_orphans(time.time() + 1))


def read(s3, key, **options):
    return s3.get_object(Bucket="data", Key=key, **options)["Body"].read()


def test_the_whole_cloud_on_another_store(seaweedfs, tmp_path):
    seaweedfs.write_settings(tmp_path)
    place = seaweedfs.new_place()
    bodies = {name: os.urandom(size) for name, size in (("s", SMALL), ("m", MEDIUM), ("l", LARGE))}
    with running_cloud(tmp_path, blob_store=f"s3://{place}") as cloud:
        s3 = client_of(cloud)
        s3.create_bucket(Bucket="data")
        for key, body in bodies.items():
            s3.put_object(Bucket="data", Key=key, Body=body, ChecksumAlgorithm="SHA256")
        upload = {"Bucket": "data", "Key": "p"}
        upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
        parts = [
            {
                "PartNumber": number,
                "ETag": s3.upload_part(**upload, PartNumber=number, Body=body)["ETag"],
            }
            for number, body in enumerate((bodies["l"], bodies["m"]), 1)
        ]
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        bodies["p"] = bodies["l"] + bodies["m"]
        s3.copy_object(Bucket="data", Key="c", CopySource="data/l")
        bodies["c"] = bodies["l"]
        held = seaweedfs.keys(place)
        assert not (tmp_path / "blobs").exists()
        # Copies share blobs, and small objects have none.
        assert sum(size for key, size in held.items() if key != "lenticular.json") == (
            2 * MEDIUM + 2 * LARGE
        )
        s3.close()
    with running_cloud(tmp_path, blob_store=f"s3://{place}") as cloud:
        s3 = client_of(cloud)
        for key, body in bodies.items():
            assert read(s3, key) == body
            assert read(s3, key, Range="bytes=5-8999") == body[5:9000]
        around = 8 * MIB - 3, LARGE + 3
        for at in around:
            assert read(s3, "p", Range=f"bytes={at}-{at + 9}") == bodies["p"][at : at + 10]
        cloud.run(orphan(cloud))
        assert len(seaweedfs.keys(place)) == len(held) + 3
        sweep(cloud)
        assert seaweedfs.keys(place) == held
        for key in bodies:
            s3.delete_object(Bucket="data", Key=key)
        sweep(cloud)
        assert set(seaweedfs.keys(place)) == {"lenticular.json"}
        s3.close()


async def orphan(cloud):
    async with cloud.engines.blobs.create() as writer:
        await writer.write(bytes(LARGE))
        await writer.commit()


def test_a_second_cloud_of_ours_is_the_store(tmp_path):
    with running_cloud(tmp_path / "below") as below:
        under = client_of(below)
        under.create_bucket(Bucket="blobs")
        above = tmp_path / "above"
        above.mkdir()
        (above / "blob_store.toml").touch(mode=0o600)
        (above / "blob_store.toml").write_text(
            f'endpoint = "{below.url}"\naccess_key_id = "{below.credentials.access_key_id}"\n'
            f'secret_access_key = "{below.credentials.secret_access_key}"\n'
        )
        with running_cloud(above, blob_store="s3://blobs/of/above") as cloud:
            s3 = client_of(cloud)
            s3.create_bucket(Bucket="data")
            body = os.urandom(LARGE)
            s3.put_object(Bucket="data", Key="l", Body=body)
            assert read(s3, "l") == body
            assert (
                read(s3, "l", Range=f"bytes={8 * MIB - 2}-{8 * MIB + 1}")
                == (body[8 * MIB - 2 : 8 * MIB + 2])
            )
            s3.delete_object(Bucket="data", Key="l")
            sweep(cloud)
            s3.close()
        found = under.list_objects_v2(Bucket="blobs")["Contents"]
        assert [entry["Key"] for entry in found] == ["of/above/lenticular.json"]
        under.close()


def test_a_bucket_that_is_missing_is_told_with_how_to_make_it(tmp_path):
    with running_cloud(tmp_path / "below") as below:
        under = client_of(below)
        above = tmp_path / "above"
        above.mkdir()
        (above / "blob_store.toml").touch(mode=0o600)
        (above / "blob_store.toml").write_text(
            f'endpoint = "{below.url}"\naccess_key_id = "{below.credentials.access_key_id}"\n'
            f'secret_access_key = "{below.credentials.secret_access_key}"\n'
        )
        place = "s3://lab-blobs/cloud"
        told = (
            f"{place} cannot be used: the store answers that it has no bucket lab-blobs; make it "
            f"there, with `aws s3 mb s3://lab-blobs --endpoint-url {below.url}`, or correct the "
            f"address"
        )
        assert started(above, blob_store=place) == told
        configuration = Configuration(data=above, blob_store=place)
        assert asyncio.run(examine_blob_store(configuration)) == told
        under.create_bucket(Bucket="lab-blobs")
        assert asyncio.run(examine_blob_store(configuration)) == ""
        with running_cloud(above, blob_store=place):
            pass
        under.delete_object(Bucket="lab-blobs", Key="cloud/lenticular.json")
        under.delete_bucket(Bucket="lab-blobs")
        assert started(above, blob_store=place) == told  # also of a cloud that was there before
        under.close()


def started(data, **settings):
    """Why a cloud does not start."""
    with pytest.raises(RuntimeError) as raised, running_cloud(data, **settings):
        pass
    return str(raised.value)


def test_a_cloud_never_starts_with_another_store_than_it_began_with(seaweedfs, tmp_path):
    data = tmp_path / "cloud"
    data.mkdir()
    seaweedfs.write_settings(data)
    place, moved, other = (f"s3://{seaweedfs.new_place()}" for _ in range(3))
    with running_cloud(data, blob_store=place):
        pass
    assert f"are in {place}, not in its data folder" in started(data)
    assert "has no lenticular.json" in started(data, blob_store=other)
    # Whoever moves the objects moves the marker too.
    client = seaweedfs.client()
    bucket, source = place.removeprefix("s3://").split("/")
    client.copy_object(
        Bucket=bucket,
        Key=f"{moved.rpartition('/')[2]}/lenticular.json",
        CopySource=f"{bucket}/{source}/lenticular.json",
    )
    client.close()
    with running_cloud(data, blob_store=moved):
        pass
    second = tmp_path / "second"
    second.mkdir()
    seaweedfs.write_settings(second)
    assert "holds the blobs of another cloud" in started(second, blob_store=place)


def test_a_cloud_with_blobs_of_its_own_does_not_leave_them(seaweedfs, tmp_path):
    seaweedfs.write_settings(tmp_path)
    place = f"s3://{seaweedfs.new_place()}"
    with running_cloud(tmp_path) as cloud:
        s3 = client_of(cloud)
        s3.create_bucket(Bucket="data")
        s3.put_object(Bucket="data", Key="m", Body=bytes(MEDIUM))
        s3.close()
    assert f"blobs of this cloud are in {tmp_path / 'blobs'}" in started(tmp_path, blob_store=place)


def test_a_store_that_is_away_at_the_start(seaweedfs, tmp_path):
    seaweedfs.write_settings(tmp_path)
    settings = {"blob_store": f"s3://{seaweedfs.new_place()}", "blob_store_timeout": 0.3}
    nowhere = "http://127.0.0.1:1"
    seaweedfs.write_settings(tmp_path, endpoint=nowhere)
    assert nowhere in started(tmp_path, **settings)  # nothing was begun: it may be a slip
    seaweedfs.write_settings(tmp_path)
    with running_cloud(tmp_path, **settings) as cloud:
        s3 = client_of(cloud)
        s3.create_bucket(Bucket="data")
        s3.put_object(Bucket="data", Key="s", Body=bytes(SMALL))
        s3.put_object(Bucket="data", Key="m", Body=bytes(MEDIUM))
        assert health(cloud) == (200, "ok", None)
        s3.close()
    seaweedfs.write_settings(tmp_path, endpoint=nowhere)
    with running_cloud(tmp_path, **settings) as cloud:
        s3 = client_of(cloud)
        assert read(s3, "s") == bytes(SMALL)
        assert health(cloud) == (503, "failing", "BlobStoreUnavailable")
        for call in (
            lambda: read(s3, "m"),
            lambda: s3.put_object(Bucket="data", Key="n", Body=bytes(MEDIUM)),
        ):
            with pytest.raises(ClientError) as refused:
                call()
            assert refused.value.response["Error"]["Code"] == "ServiceUnavailable"
            assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
            assert nowhere not in str(refused.value)
        steps = cloud.run(scrubbed(cloud))
        assert [step.problem is None for step in steps] == [True, False]
        assert nowhere in steps[-1].problem
        s3.close()


async def scrubbed(cloud):
    return [step async for step in scrub(Site(cloud.engines, cloud.configuration), Nothing())]


def health(cloud):
    try:
        with urllib.request.urlopen(f"{cloud.configuration.url('portal')}/health") as answer:
            status, body = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            status, body = error.code, error.read()
    document = msgspec.json.decode(body)
    return status, document["status"], document.get("problem")


@pytest.mark.parametrize(
    ("text", "mode", "problem"),
    [
        ('endpoint = "http://127.0.0.1:1"', 0o644, "is open to others: chmod 600"),
        ("endpoint", 0o600, "is not TOML"),
        ("client = 5", 0o600, "must be a table"),
        ('endpiont = "http://127.0.0.1:1"', 0o600, "'endpiont' is not valid"),
    ],
)
def test_settings_of_the_store_that_cannot_be_used(tmp_path, text, mode, problem):
    (tmp_path / "blob_store.toml").write_text(text)
    (tmp_path / "blob_store.toml").chmod(mode)
    assert problem in started(tmp_path, blob_store="s3://bucket/prefix")


def test_doctor_tells_whether_the_store_answers(seaweedfs, tmp_path):
    from lenticular.cli.doctor import check_blob_store
    from lenticular.server.configuration import Configuration

    seaweedfs.write_settings(tmp_path)
    place = f"s3://{seaweedfs.new_place()}"
    configuration = Configuration(data=tmp_path, blob_store=place, blob_store_timeout=0.3)
    assert check_blob_store(configuration).state == "good"
    assert check_blob_store(Configuration(data=tmp_path)).finding == "the data folder"
    seaweedfs.write_settings(tmp_path, secret_access_key="another")
    wrong = check_blob_store(configuration)
    assert (wrong.state, "403" in wrong.finding) == ("wrong", True)
    seaweedfs.write_settings(tmp_path, endpoint="http://127.0.0.1:1")
    wrong = check_blob_store(configuration)
    assert (wrong.state, "Connection refused" in wrong.finding) == ("wrong", True)
