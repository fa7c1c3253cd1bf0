"""PutBucketNotificationConfiguration: what is told of objects, and to whom."""

import pytest

from lenticular.primitives.events import document

QUEUE = "arn:aws:sqs:us-east-1:123456789012:arrivals"
BUS = {"EventBridgeConfiguration": {}}


def queue(events=("s3:ObjectCreated:*",), prefix=None, suffix=None, **more):
    rules = [
        {"Name": name, "Value": value}
        for name, value in (("Prefix", prefix), ("Suffix", suffix))
        if value is not None
    ]
    filters = {"Filter": {"Key": {"FilterRules": rules}}} if rules else {}
    return {"QueueArn": QUEUE, "Events": list(events), **filters, **more}


@pytest.fixture
def notify(s3, bucket):
    def notify(configuration, **more):
        s3.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration=configuration, **more
        )

    return notify


@pytest.fixture
def told(cloud, bucket):
    """What was told of the bucket, as event buses get it."""

    def told():
        page = cloud.run(cloud.engines.events.read(limit=10_000))
        found = [document(event) for _, event in page.events]
        return [event for event in found if event["detail"]["bucket"]["name"] == bucket]

    return told


def test_everything_that_happens_to_objects_is_told(s3, bucket, notify, told, cloud):
    s3.put_object(Bucket=bucket, Key="before", Body=b"x")
    notify(BUS)
    s3.put_object(Bucket=bucket, Key="a b", Body=b"four")
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/before")
    s3.put_object_tagging(Bucket=bucket, Key="copy", Tagging={"TagSet": []})
    s3.delete_object_tagging(Bucket=bucket, Key="copy")
    s3.put_object_acl(Bucket=bucket, Key="copy", ACL="public-read")
    upload = {"Bucket": bucket, "Key": "big"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    part = s3.upload_part(**upload, PartNumber=1, Body=b"part")
    parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    s3.delete_object(Bucket=bucket, Key="a b")
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "copy"}, {"Key": "none"}]})

    events = told()
    assert [(event["detail-type"], event["detail"]["object"]["key"]) for event in events] == [
        ("Object Created", "a b"),
        ("Object Created", "copy"),
        ("Object Tags Added", "copy"),
        ("Object Tags Deleted", "copy"),
        ("Object ACL Updated", "copy"),
        ("Object Created", "big"),
        ("Object Deleted", "a b"),
        ("Object Deleted", "copy"),
    ]
    first = events[0]
    assert first["source"] == "aws.s3"
    assert first["account"] == cloud.credentials.account_id
    assert first["resources"] == [f"arn:aws:s3:::{bucket}"]
    detail = first["detail"]
    assert detail["reason"] == "PutObject"
    assert detail["requester"] == cloud.credentials.account_id
    assert detail["source-ip-address"] == "127.0.0.1"
    assert detail["object"]["size"] == 4
    assert detail["object"]["etag"] == "8cbad96aced40b3838dd9f07f6ef5772"
    assert events[-1]["detail"]["deletion-type"] == "Permanently Deleted"
    numbers = [event["detail"]["object"]["sequencer"] for event in events]
    assert numbers == sorted(numbers)


def test_versions_and_delete_markers_are_told(s3, versioned, notify, told):
    notify(BUS)
    version = s3.put_object(Bucket=versioned, Key="a", Body=b"x")["VersionId"]
    marker = s3.delete_object(Bucket=versioned, Key="a")["VersionId"]
    s3.delete_object(Bucket=versioned, Key="a", VersionId=version)
    details = [event["detail"] for event in told()]
    assert [detail["object"]["version-id"] for detail in details] == [version, marker, version]
    assert [detail.get("deletion-type") for detail in details] == [
        None,
        "Delete Marker Created",
        "Permanently Deleted",
    ]


def test_a_failed_write_is_not_told(s3, bucket, notify, told, refused):
    notify(BUS)
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    with refused("PreconditionFailed", 412):
        s3.put_object(Bucket=bucket, Key="a", Body=b"y", IfNoneMatch="*")
    assert len(told()) == 1


def test_a_configuration_comes_back_as_it_was_given(s3, bucket, notify):
    answer = s3.get_bucket_notification_configuration(Bucket=bucket)
    assert answer.keys() == {"ResponseMetadata"}
    given = {"QueueConfigurations": [queue(prefix="raw/", suffix=".nc", Id="arrivals")], **BUS}
    notify(given, SkipDestinationValidation=True)
    answer = s3.get_bucket_notification_configuration(Bucket=bucket)
    assert {key: answer[key] for key in given} == given
    notify({})
    answer = s3.get_bucket_notification_configuration(Bucket=bucket)
    assert answer.keys() == {"ResponseMetadata"}


def test_rules_choose_by_event_and_key(s3, bucket, notify, told):
    chosen = queue(["s3:ObjectCreated:Put"], prefix="raw/", suffix=".nc")
    notify({"QueueConfigurations": [chosen]}, SkipDestinationValidation=True)
    for key in ("raw/a.nc", "raw/a.txt", "done/a.nc"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    s3.copy_object(Bucket=bucket, Key="raw/copy.nc", CopySource=f"{bucket}/raw/a.nc")
    assert [event["detail"]["object"]["key"] for event in told()] == ["raw/a.nc"]


def test_a_destination_that_is_not_there_is_refused(s3, bucket, notify, refused):
    with refused("InvalidArgument", 400) as answer:
        notify({"QueueConfigurations": [queue()]})
    assert answer["Error"]["Message"].startswith("Unable to validate the following destination")
    answer = s3.get_bucket_notification_configuration(Bucket=bucket)
    assert "QueueConfigurations" not in answer


@pytest.mark.parametrize(
    "queues",
    [
        [queue(["s3:NoSuchEvent"])],
        [queue(["ObjectCreated:Put"])],
        [queue(QueueArn="arn:aws:sns:us-east-1:123456789012:arrivals")],
        [queue(Id="a"), queue(["s3:ObjectRemoved:*"], Id="a")],
        [queue(), queue(["s3:ObjectCreated:Put"])],
        [queue(prefix="a"), queue(prefix="ab")],
        [queue(Filter={"Key": {"FilterRules": [{"Name": "middle", "Value": "a"}]}})],
        [queue(Filter={"Key": {"FilterRules": [{"Name": "prefix", "Value": "a"}] * 2}})],
    ],
)
def test_what_is_no_configuration_is_refused(notify, refused, queues):
    with refused("InvalidArgument", 400):
        notify({"QueueConfigurations": queues}, SkipDestinationValidation=True)


def test_rules_beside_each_other(s3, bucket, notify):
    given = [queue(prefix="a"), queue(prefix="b"), queue(["s3:ObjectRemoved:*"], prefix="a")]
    notify({"QueueConfigurations": given}, SkipDestinationValidation=True)
    answer = s3.get_bucket_notification_configuration(Bucket=bucket)
    assert len(answer["QueueConfigurations"]) == 3


def test_another_account_may_not_see_it(stranger, bucket, notify, refused):
    notify(BUS)
    with refused("AccessDenied", 403):
        stranger.get_bucket_notification_configuration(Bucket=bucket)
