"""Buckets of this cloud as places of files, through the connector of stores."""

import hashlib

import pytest

from lenticular.engines.blobs.digests import Digests
from lenticular.engines.connectors.contract import Fault
from lenticular.engines.connectors.opening import open_place
from lenticular.engines.connectors.places import Place, Store
from lenticular.engines.connectors.stores import StoreFiles
from lenticular.testing.conformance_connectors import (
    MIB,
    ODD_NAMES,
    ConnectorConformance,
    listed,
    read_file,
)

from ..statements import unique


@pytest.fixture
def new_place(cloud, aws):
    def new_place(**others):
        bucket = unique("files")
        aws("s3").create_bucket(Bucket=bucket)
        known = cloud.boto3()
        options = {
            "endpoint": known["endpoint_url"],
            "region": known["region_name"],
            "access_key_id": known["aws_access_key_id"],
            "secret_access_key": known["aws_secret_access_key"],
        }
        return bucket, Place(Store(f"s3://{bucket}", options | others))

    return new_place


class TestOwnBucket(ConnectorConformance):
    odd_names = ODD_NAMES
    many = 50

    @pytest.fixture
    def open_connector(self, new_place):
        async def open_connector():
            return open_place(new_place()[1])

        return open_connector


async def test_the_store_tells_checksums_without_its_bytes(new_place, aws, monkeypatch):
    bucket, place = new_place()
    data = hashlib.shake_128(b"data").digest(20 * MIB)
    connector = open_place(place)
    writer = await connector.open_writer("/file", len(data))
    for at in range(0, len(data), MIB):
        await writer.write(at, data[at : at + MIB])
    await writer.commit(len(data))
    head = aws("s3").head_object(Bucket=bucket, Key="file", ChecksumMode="ENABLED")
    assert head["ChecksumType"] == "FULL_OBJECT"
    with monkeypatch.context() as patched:
        patched.setattr(StoreFiles, "open_source", None)  # whoever reads it fails
        known = await connector.checksum("/file", "crc64nvme")
    digests = Digests(["crc64nvme"])
    digests.update(await read_file(connector, "/file"))
    assert known == digests.result()["crc64nvme"].hex()


async def test_any_key_is_listed_or_told(new_place, aws):
    bucket, place = new_place()
    for key in ("a//b", "/c", "./d", "../e", "f\ng", "h/", "h/i", "good"):
        aws("s3").put_object(Bucket=bucket, Key=key, Body=b"data")
    connector = open_place(place)
    found = [each async for page in connector.entries("/") for each in page]
    assert {each.name for each in found if not isinstance(each, Fault)} == {"a", "h", "good"}
    assert [each.code for each in found if isinstance(each, Fault)] == ["INVALID_PATH"] * 4
    assert set(await listed(connector, "/h")) == {"i"}
