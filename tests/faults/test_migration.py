"""A whole cloud moves to PostgreSQL and SeaweedFS and back, is killed on the way, tampered with."""

import asyncio
import json
import os
import random
import shutil
import subprocess
import sys
import time
from contextlib import closing

import boto3
import pytest
from botocore.config import Config

from lenticular.server.migration import course, journal, migrating
from lenticular.server.migration.journal import MigrationError
from lenticular.server.migration.migrating import Wanted
from lenticular.server.settings import load
from lenticular.testing.cloud import running_cloud

SMALL, LARGE, PART = 10_000, 9 * 1024 * 1024, 5 * 1024 * 1024
KILLS = 60 if os.environ.get("FAULTS") == "long" else 4
PATIENCE = 60.0


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """The data folder of a cloud with a bit of everything, and what clients read of it."""
    data = tmp_path_factory.mktemp("migration") / "data"
    with running_cloud(data, domains=("localhost",)) as cloud:
        fill(cloud)
        return data, read(cloud)


@pytest.fixture
def data(original, tmp_path):
    """A copy of that data folder."""
    return shutil.copytree(original[0], tmp_path / "data")


@pytest.fixture
def expected(original):
    return original[1]


@pytest.fixture
def wanted(data, postgresql, seaweedfs):
    """Where to."""
    seaweedfs.write_settings(data)
    return Wanted(postgresql.new_place(), f"s3://{seaweedfs.new_place()}")


def clients(cloud, *services):
    config = Config(retries={"total_max_attempts": 1})
    return [boto3.client(each, **cloud.boto3(), config=config) for each in services]


def fill(cloud):
    """Put a bit of everything into a cloud."""
    s3, dynamodb, iam, kms, secrets = clients(
        cloud, "s3", "dynamodb", "iam", "kms", "secretsmanager"
    )
    s3.create_bucket(Bucket="plain")
    s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    bodies = {size: os.urandom(size) for size in (0, SMALL, LARGE)}
    for size, body in bodies.items():
        s3.put_object(Bucket="plain", Key=f"clear/{size}", Body=body, ChecksumAlgorithm="SHA256")
        s3.put_object(Bucket="plain", Key=f"s3/{size}", Body=body, ServerSideEncryption="AES256")
        s3.put_object(
            Bucket="plain",
            Key=f"kms/{size}",
            Body=body,
            ServerSideEncryption="aws:kms",
            SSEKMSKeyId=key,
            Metadata={"sample": "7"},
        )
    s3.copy_object(Bucket="plain", Key="copy", CopySource=f"plain/clear/{LARGE}")
    upload = {"Bucket": "plain", "Key": "parts"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    parts = [
        {"PartNumber": n, "ETag": s3.upload_part(**upload, PartNumber=n, Body=body)["ETag"]}
        for n, body in enumerate((os.urandom(PART), b"the end"), 1)
    ]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    for number in range(20):
        s3.put_object(Bucket="plain", Key=f"many/{number}", Body=os.urandom(70_000 + number))
    for body in (b"first", bodies[SMALL]):
        kept = s3.put_object(Bucket="locked", Key="sample", Body=body)["VersionId"]
    s3.put_object_legal_hold(
        Bucket="locked", Key="sample", VersionId=kept, LegalHold={"Status": "ON"}
    )
    s3.delete_object(Bucket="locked", Key="sample")
    dynamodb.create_table(
        TableName="samples",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "N"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for number in range(20):
        item = {"id": {"N": str(number)}, "data": {"B": os.urandom(1000 * number)}}
        dynamodb.put_item(TableName="samples", Item=item)
    iam.create_user(UserName="ada")
    iam.create_access_key(UserName="ada")
    secrets.create_secret(Name="token", SecretString="sesame")


def read(cloud):
    """Return all that clients can read of a cloud."""
    s3, dynamodb, iam, secrets = clients(cloud, "s3", "dynamodb", "iam", "secretsmanager")
    found = {}
    for bucket in ("plain", "locked"):
        listed = s3.list_object_versions(Bucket=bucket)
        found[bucket, "deleted"] = listed.get("DeleteMarkers")
        for version in listed["Versions"]:
            which = {"Bucket": bucket, "Key": version["Key"], "VersionId": version["VersionId"]}
            answer = s3.get_object(**which)
            told = {name: answer.get(name) for name in TOLD}
            found[bucket, version["Key"], version["VersionId"]] = (
                version,
                told,
                answer["Body"].read(),
            )
    items = dynamodb.scan(TableName="samples", ConsistentRead=True)["Items"]
    found["items"] = sorted(items, key=lambda item: int(item["id"]["N"]))
    found["users"] = iam.list_users()["Users"]
    found["keys"] = iam.list_access_keys(UserName="ada")["AccessKeyMetadata"]
    found["secret"] = secrets.get_secret_value(SecretId="token")["SecretString"]
    found["account"] = cloud.credentials
    return found


TOLD = (
    "ETag",
    "Metadata",
    "ServerSideEncryption",
    "SSEKMSKeyId",
    "ChecksumSHA256",
    "ObjectLockLegalHoldStatus",
)


def opened(data):
    """Run the cloud of a data folder, wherever it is now."""
    configuration = load({"data": data}, environment={})
    return running_cloud(data, store=configuration.store, blob_store=configuration.blob_store)


def command(data, *arguments):
    return [sys.executable, "-m", "lenticular", *arguments, f"--data={data}"]


def run(data, *arguments):
    """Run a command on a data folder."""
    return subprocess.run(
        command(data, *arguments), capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def migrate(data, *arguments):
    """Move the cloud of a data folder, and return what came of it."""
    ran = run(data, "migrate", "--json", *arguments)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout), ran.stderr


def test_there_and_back(data, expected, wanted, seaweedfs):
    there, lines = migrate(data, "--store", wanted.store, "--blob-store", wanted.blob_store)
    assert "Copying blobs: " in lines
    assert "sesame" not in lines
    place = wanted.blob_store.removeprefix("s3://")
    blobs = [key for key in seaweedfs.keys(place) if key.startswith("blobs/")]
    assert len(blobs) == there["blobs"]["items"] >= 24
    shutil.rmtree(data / "blobs")  # nothing is read from there any more
    (data / "lenticular.db").unlink()
    with opened(data) as cloud:
        assert read(cloud) == expected
    back, _ = migrate(data, "--store=sqlite", "--blob-store=disk", "--remove-source")
    assert back["blobs"] == there["blobs"]
    assert set(seaweedfs.keys(place)) == {"lenticular.json"}
    with opened(data) as cloud:
        assert cloud.configuration.store == cloud.configuration.blob_store == ""
        assert read(cloud) == expected


def test_killed_at_any_moment_it_goes_on(data, expected, wanted):
    moments = random.Random(5)
    arguments = "migrate", "--store", wanted.store, "--blob-store", wanted.blob_store
    stages = ["count", "blobs", "keys", "check blobs", "check keys", "switch"]
    kills = 0
    while kills < KILLS:
        stage = stages[min(kills * len(stages) // KILLS, len(stages) - 1)]
        migrating = subprocess.Popen(command(data, *arguments), stderr=subprocess.DEVNULL)
        kills += 1
        if not wait_for(data, stages[stages.index(stage) :], migrating):
            break
        time.sleep(moments.uniform(0, 0.1))
        migrating.kill()
        if migrating.wait() == 0:
            break
        if journal.load(data) is None:
            break  # it was at its very end
        with pytest.raises(MigrationError, match="is being moved to"), opened(data):
            pass
    if journal.load(data) is not None:
        assert migrate(data)[0]["resumed"]
    assert kills >= 3
    with opened(data) as cloud:
        assert read(cloud) == expected


def wait_for(data, stages, process):
    """Return whether a migration is in one of these stages, before it ends."""
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None:
        plan = journal.load(data)
        if plan is not None and plan.stage in stages:
            return True
        assert time.monotonic() < deadline, f"no migration came to {stages}"
        time.sleep(0.002)
    return False


@pytest.mark.parametrize("what", ["blob", "key"])
def test_a_target_that_was_tampered_with_is_not_switched_to(
    data, expected, wanted, seaweedfs, postgresql, monkeypatch, what
):
    with monkeypatch.context() as patched:
        patched.setattr(course.Course, "_check_blobs", cut_off)
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(begin(data, wanted))
    if what == "blob":
        place = wanted.blob_store.removeprefix("s3://")
        name = next(key for key in seaweedfs.keys(place) if key.startswith("blobs/"))
        bucket, _, prefix = place.partition("/")
        with closing(seaweedfs.client()) as client:
            client.put_object(Bucket=bucket, Key=f"{prefix}/{name}", Body=b"other")
    else:
        schema = wanted.store.rpartition("=")[2]
        postgresql.execute(
            f"UPDATE {schema}.pairs SET value = 'other' "
            f"WHERE key = (SELECT max(key) FROM {schema}.pairs)"
        )
    ran = run(data, "migrate")
    assert ran.returncode == 1
    assert "the copy is not the same" in ran.stderr
    assert not (data / "lenticular.toml").exists()
    if what == "blob":
        migrate(data)
        with opened(data) as cloud:
            assert read(cloud) == expected


async def begin(data, wanted):
    await migrating.migrate(
        load({"data": data}, environment={}), data / "lenticular.toml", wanted, lambda step: None
    )


async def cut_off(course):
    raise KeyboardInterrupt
