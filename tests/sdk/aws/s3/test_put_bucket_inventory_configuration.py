"""Inventories as a client reads them: held against the bucket that they list."""

import csv
import gzip
import hashlib
import io
import json
import uuid
from urllib.parse import unquote

import duckdb
import pytest

ALL_FIELDS = [
    *("Size", "LastModifiedDate", "StorageClass", "ETag", "IsMultipartUploaded"),
    *("ReplicationStatus", "EncryptionStatus", "ObjectLockRetainUntilDate", "ObjectLockMode"),
    *("ObjectLockLegalHoldStatus", "IntelligentTieringAccessTier", "BucketKeyStatus"),
    *("ChecksumAlgorithm", "ObjectAccessControlList", "ObjectOwner"),
]


def policy(target, source):
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{target}/*",
        "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{source}"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def configuration(target, *, fields=(), versions="Current", form="CSV", prefix="lists", **more):
    destination = {"Bucket": f"arn:aws:s3:::{target}", "Format": form, "Prefix": prefix}
    return (
        {
            "Id": "daily",
            "IsEnabled": True,
            "IncludedObjectVersions": versions,
            "Schedule": {"Frequency": "Daily"},
            "Destination": {"S3BucketDestination": destination},
        }
        | ({"OptionalFields": list(fields)} if fields else {})
        | more
    )


@pytest.fixture
def target(s3, bucket):
    """A bucket that takes the inventories of `bucket`."""
    name = f"lists-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name)
    s3.put_bucket_policy(Bucket=name, Policy=policy(name, bucket))
    return name


@pytest.fixture
def order(s3, bucket):
    def order(given):
        s3.put_bucket_inventory_configuration(
            Bucket=bucket, Id=given["Id"], InventoryConfiguration=given
        )
        return given

    return order


@pytest.fixture
def inventory(s3, cloud, bucket, target, body):
    """Writes what is due; returns the manifest and the bytes of the one list."""

    def read():
        cloud.run(cloud.engines.storage.inventories.run())
        listed = s3.list_objects_v2(Bucket=target).get("Contents", [])
        keys = [each["Key"] for each in listed]
        [where] = [key for key in keys if key.endswith("/manifest.json")]
        raw = body(s3.get_object(Bucket=target, Key=where))
        checksum = body(s3.get_object(Bucket=target, Key=where[:-4] + "checksum"))
        assert hashlib.md5(raw).hexdigest() == checksum.decode()
        manifest = json.loads(raw)
        [file] = manifest["files"]
        [links] = [key for key in keys if key.endswith("/symlink.txt")]
        link = body(s3.get_object(Bucket=target, Key=links)).decode()
        assert link == f"s3://{target}/{file['key']}\n"
        data = body(s3.get_object(Bucket=target, Key=file["key"]))
        assert (len(data), hashlib.md5(data).hexdigest()) == (file["size"], file["MD5checksum"])
        assert len(keys) == 4
        assert all(key.startswith(f"lists/{bucket}/daily/") for key in keys)
        return manifest, data

    return read


def rows_of(manifest, data):
    names = manifest["fileSchema"].split(", ")
    rows = list(csv.reader(io.StringIO(gzip.decompress(data).decode(), newline="")))
    return [dict(zip(names, row, strict=True)) for row in rows]


def test_a_list_is_what_the_bucket_holds(s3, bucket, target, order, inventory):
    evil = 'a b/"ü,\n=1+1'
    s3.put_object(Bucket=bucket, Key=evil, Body=b"12345", ChecksumAlgorithm="SHA256")
    s3.put_object(Bucket=bucket, Key="cold", Body=b"", StorageClass="DEEP_ARCHIVE")
    s3.put_object(Bucket=bucket, Key="sealed", Body=b"x", ServerSideEncryption="AES256")
    order(configuration(target, fields=ALL_FIELDS))
    manifest, data = inventory()
    assert manifest["sourceBucket"] == bucket
    assert manifest["destinationBucket"] == f"arn:aws:s3:::{target}"
    assert (manifest["version"], manifest["fileFormat"]) == ("2016-11-30", "CSV")
    assert manifest["fileSchema"] == ", ".join(["Bucket", "Key", *ALL_FIELDS])
    assert manifest["files"][0]["key"].startswith(f"lists/{bucket}/daily/data/")
    told = rows_of(manifest, data)
    listed = s3.list_objects_v2(Bucket=bucket, FetchOwner=True)["Contents"]
    assert [unquote(row["Key"]) for row in told] == [each["Key"] for each in listed]
    for row, each in zip(told, listed, strict=True):
        assert row["Bucket"] == bucket
        assert int(row["Size"]) == each["Size"]
        assert f'"{row["ETag"]}"' == each["ETag"]
        assert row["StorageClass"] == each["StorageClass"]
        assert row["LastModifiedDate"] == f"{each['LastModified']:%Y-%m-%dT%H:%M:%S}.000Z"
        assert row["ObjectOwner"] == each["Owner"]["ID"]
        assert row["IsMultipartUploaded"] == "false"
    assert [row["EncryptionStatus"] for row in told] == ["NOT-SSE", "NOT-SSE", "SSE-S3"]
    assert told[0]["ChecksumAlgorithm"] == "SHA256"


def test_versions_and_markers_are_listed_where_that_is_asked(
    s3, versioned, target, order, inventory
):
    ids = [s3.put_object(Bucket=versioned, Key="a", Body=b"x")["VersionId"] for _ in range(2)]
    marker = s3.delete_object(Bucket=versioned, Key="a")["VersionId"]
    s3.put_object(Bucket=versioned, Key="b", Body=b"x")
    order(configuration(target, versions="All", fields=["Size"], Filter={"Prefix": "a"}))
    told = rows_of(*inventory())
    assert [
        (row["Key"], row["VersionId"], row["IsLatest"], row["IsDeleteMarker"], row["Size"])
        for row in told
    ] == [
        ("a", marker, "true", "true", ""),
        ("a", ids[1], "false", "false", "1"),
        ("a", ids[0], "false", "false", "1"),
    ]


def test_only_current_objects_are_listed_otherwise(s3, versioned, target, order, inventory):
    s3.put_object(Bucket=versioned, Key="gone", Body=b"x")
    s3.delete_object(Bucket=versioned, Key="gone")
    s3.put_object(Bucket=versioned, Key="here", Body=b"x")
    order(configuration(target))
    assert [row["Key"] for row in rows_of(*inventory())] == ["here"]


def test_parquet_has_types(s3, bucket, target, order, inventory, tmp_path):
    s3.put_object(Bucket=bucket, Key='a "b', Body=b"12345")
    order(configuration(target, form="Parquet", fields=["Size", "LastModifiedDate", "ETag"]))
    manifest, data = inventory()
    assert manifest["fileFormat"] == "Parquet"
    assert "optional int64 size;" in manifest["fileSchema"]
    (tmp_path / "list.parquet").write_bytes(data)
    with duckdb.connect() as database:
        found = database.read_parquet(str(tmp_path / "list.parquet"))
        assert [str(each) for each in found.types[2:4]] == ["BIGINT", "TIMESTAMP"]
        [row] = found.fetchall()
    head = s3.head_object(Bucket=bucket, Key='a "b')
    assert row[:3] == (bucket, 'a "b', 5)
    assert row[3] == head["LastModified"].replace(tzinfo=None)


def test_an_inventory_comes_once_a_day(s3, cloud, bucket, target, order, inventory):
    order(configuration(target))
    inventory()
    assert cloud.run(cloud.engines.storage.inventories.run()) == 0
    order(configuration(target, fields=["Size"]))
    inventory()


def test_what_the_destination_refuses_comes_when_it_does_not(
    s3, cloud, bucket, target, order, inventory
):
    kept = s3.get_bucket_policy(Bucket=target)["Policy"]
    s3.delete_bucket_policy(Bucket=target)
    order(configuration(target))
    cloud.run(cloud.engines.storage.inventories.run())
    assert s3.list_objects_v2(Bucket=target)["KeyCount"] == 0
    s3.put_bucket_policy(Bucket=target, Policy=kept)
    inventory()


def test_a_destination_of_another_account_is_its_policys_business(
    s3, stranger, cloud, bucket, order
):
    foreign = f"lists-{uuid.uuid4().hex[:12]}"
    stranger.create_bucket(Bucket=foreign)
    order(configuration(foreign))
    cloud.run(cloud.engines.storage.inventories.run())
    assert stranger.list_objects_v2(Bucket=foreign)["KeyCount"] == 0
    stranger.put_bucket_policy(Bucket=foreign, Policy=policy(foreign, bucket))
    cloud.run(cloud.engines.storage.inventories.run())
    assert stranger.list_objects_v2(Bucket=foreign)["KeyCount"] == 4
    s3.delete_bucket_inventory_configuration(Bucket=bucket, Id="daily")


def test_configurations_are_shown_as_they_were_given(s3, bucket, target, order, refused):
    given = order(configuration(target, fields=ALL_FIELDS, Filter={"Prefix": "raw/"}))
    given["Destination"]["S3BucketDestination"]["Encryption"] = {"SSES3": {}}
    order(given)
    answer = s3.get_bucket_inventory_configuration(Bucket=bucket, Id="daily")
    assert answer["InventoryConfiguration"] == given
    answer = s3.list_bucket_inventory_configurations(Bucket=bucket)
    assert answer["InventoryConfigurationList"] == [given]
    s3.delete_bucket_inventory_configuration(Bucket=bucket, Id="daily")
    for remove in (s3.get_bucket_inventory_configuration, s3.delete_bucket_inventory_configuration):
        with refused("NoSuchConfiguration", 404):
            remove(Bucket=bucket, Id="daily")


def test_what_cannot_be_is_refused_by_name(s3, bucket, target, order, refused):
    with refused("NotImplemented", 501) as answer:
        order(configuration(target, form="ORC"))
    assert "ORC" in answer["Error"]["Message"]
    with refused("NotImplemented", 501):
        order(configuration(target, fields=["LifecycleExpirationDate"]))
    with refused("InvalidS3DestinationBucket"):
        order(configuration("not-there-at-all"))
    with refused("MalformedXML"):
        order(configuration(target, Schedule={"Frequency": "Hourly"}))
