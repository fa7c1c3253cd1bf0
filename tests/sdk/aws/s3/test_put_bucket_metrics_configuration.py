"""Metrics of buckets: configurations as they were given, and requests counted by them."""

import httpx
import pytest

from lenticular.primitives.metrics import Series

BOTH = {"And": {"Prefix": "raw/", "Tags": [{"Key": "team", "Value": "ice"}]}}
FILTERS = [
    None,
    {"Prefix": "raw/"},
    {"Tag": {"Key": "team", "Value": "ice"}},
    BOTH,
]


@pytest.fixture
def configure(s3, bucket):
    def configure(name, given=None):
        document = {"Id": name} | ({} if given is None else {"Filter": given})
        s3.put_bucket_metrics_configuration(Bucket=bucket, Id=name, MetricsConfiguration=document)
        return document

    return configure


@pytest.fixture
def measured(cloud, bucket):
    """The sums of a configuration, by metric."""

    def measured(name):
        metrics, account_id = cloud.engines.metrics, cloud.credentials.account_id
        dimensions = (("BucketName", bucket), ("FilterId", name))
        found = {}
        for series in cloud.run(metrics.series(account_id, "AWS/S3")):
            if series.dimensions == dimensions:
                points = cloud.run(metrics.statistics(series, 0, 2**40))
                found[series.name] = sum(point.total for _, point in points)
        return found

    return measured


@pytest.mark.parametrize("given", FILTERS)
def test_a_configuration_is_shown_as_it_was_given(s3, bucket, configure, given):
    document = configure("mine", given)
    answer = s3.get_bucket_metrics_configuration(Bucket=bucket, Id="mine")
    assert answer["MetricsConfiguration"] == document
    answer = s3.list_bucket_metrics_configurations(Bucket=bucket)
    assert answer["MetricsConfigurationList"] == [document]
    s3.delete_bucket_metrics_configuration(Bucket=bucket, Id="mine")
    answer = s3.list_bucket_metrics_configurations(Bucket=bucket)
    assert (answer.get("MetricsConfigurationList", []), answer["IsTruncated"]) == ([], False)


def test_what_is_not_there_or_wrong_is_refused(s3, bucket, configure, refused):
    with refused("NoSuchConfiguration", 404):
        s3.get_bucket_metrics_configuration(Bucket=bucket, Id="none")
    with refused("NoSuchConfiguration", 404):
        s3.delete_bucket_metrics_configuration(Bucket=bucket, Id="none")
    with refused("IdMismatch"):
        s3.put_bucket_metrics_configuration(
            Bucket=bucket, Id="one", MetricsConfiguration={"Id": "two"}
        )
    with refused("InvalidConfigurationId"):
        configure("not/one")
    with refused("MalformedXML"):
        configure("one", {"And": {"Prefix": "raw/"}})
    with refused("NotImplemented", 501):
        configure("one", {"AccessPointArn": "arn:aws:s3:us-east-1:111111111111:accesspoint/a"})


def test_many_configurations_come_in_pages(s3, bucket, configure):
    names = [f"m{number:03}" for number in range(101)]
    for name in names:
        configure(name)
    first = s3.list_bucket_metrics_configurations(Bucket=bucket)
    assert first["IsTruncated"]
    rest = s3.list_bucket_metrics_configurations(
        Bucket=bucket, ContinuationToken=first["NextContinuationToken"]
    )
    pages = first["MetricsConfigurationList"] + rest["MetricsConfigurationList"]
    assert [each["Id"] for each in pages] == names
    assert not rest["IsTruncated"]


def test_requests_are_counted_by_what_they_are_about(s3, bucket, configure, measured, body):
    for name, given in zip(("all", "raw", "ice", "both"), FILTERS, strict=True):
        configure(name, given)
    s3.put_object(Bucket=bucket, Key="raw/a", Body=b"12345", Tagging="team=ice")
    s3.put_object(Bucket=bucket, Key="other", Body=b"123")
    assert body(s3.get_object(Bucket=bucket, Key="raw/a")) == b"12345"
    s3.head_object(Bucket=bucket, Key="raw/a")
    s3.list_objects_v2(Bucket=bucket)
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket=bucket, Key="raw/none")
    s3.delete_object(Bucket=bucket, Key="other")
    for name in ("ice", "both"):
        found = measured(name)
        assert (found["PutRequests"], found["GetRequests"], found["HeadRequests"]) == (1, 1, 1)
        assert found["BytesDownloaded"] == 5
        assert found["4xxErrors"] == 0
    raw = measured("raw")
    assert (raw["PutRequests"], raw["GetRequests"], raw["4xxErrors"]) == (1, 2, 1)
    assert "ListRequests" not in raw
    everything = measured("all")
    assert (everything["ListRequests"], everything["DeleteRequests"]) == (1, 1)
    assert everything["BytesUploaded"] >= 8
    assert everything["TotalRequestLatency"] >= everything["FirstByteLatency"] > 0
    assert everything["5xxErrors"] == 0


def test_the_unsigned_page_of_metrics_names_no_bucket(s3, cloud, bucket, configure):
    configure("all")
    s3.list_objects_v2(Bucket=bucket)
    page = httpx.get(f"{cloud.url}/metrics", trust_env=False).text
    assert "ListObjectsV2" in page
    assert bucket not in page


def test_what_a_bucket_holds_is_counted_by_the_day(s3, cloud, versioned):
    for _ in range(2):
        s3.put_object(Bucket=versioned, Key="a", Body=b"12345")
    s3.put_object(Bucket=versioned, Key="cold", Body=b"123", StorageClass="GLACIER")
    s3.delete_object(Bucket=versioned, Key="a")
    upload = s3.create_multipart_upload(Bucket=versioned, Key="b")["UploadId"]
    s3.upload_part(Bucket=versioned, Key="b", UploadId=upload, PartNumber=1, Body=b"12")
    counting = cloud.engines.storage_metrics
    cloud.run(counting._count(versioned, 20_000))
    account_id = cloud.credentials.account_id

    def value(name, storage_type):
        dimensions = (("BucketName", versioned), ("StorageType", storage_type))
        series = Series(account_id, "AWS/S3", name, dimensions, 86400)
        [(start, point)] = cloud.run(cloud.engines.metrics.statistics(series, 0, 2**40))
        assert start == 20_000 * 86400
        return point.total

    assert value("NumberOfObjects", "AllStorageTypes") == 5
    assert value("BucketSizeBytes", "StandardStorage") == 12
    assert value("BucketSizeBytes", "GlacierStorage") == 3
