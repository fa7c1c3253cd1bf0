"""The option ``leaked_key_scan``: who uploads an access key of the cloud makes it be told."""

import json

import boto3
import pytest

from lenticular.testing.cloud import running_cloud


@pytest.fixture
def s3_and_trail(tmp_path):
    """S3 and CloudTrail of a cloud, with or without the scan."""
    clients = []

    def start(cloud):
        made = [boto3.client(name, **cloud.boto3()) for name in ("s3", "cloudtrail")]
        clients.extend(made)
        made[0].create_bucket(Bucket="data")
        return made

    yield start
    for client in clients:
        client.close()


def exposed(cloudtrail):
    found = cloudtrail.lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "AccessKeyExposed"}]
    )
    return [json.loads(event["CloudTrailEvent"]) for event in found["Events"]]


def test_an_uploaded_key_is_told_of(tmp_path, s3_and_trail, caplog):
    with running_cloud(tmp_path, leaked_key_scan=True) as cloud:
        s3, cloudtrail = s3_and_trail(cloud)
        robot = cloud.create_user("robot")
        body = f"[default]\naws_access_key_id = {robot.access_key_id}\n"
        s3.put_object(Bucket="data", Key="credentials", Body=body)
        [event] = exposed(cloudtrail)
        assert event["userIdentity"]["userName"] == "robot"
        assert event["requestParameters"]["object"] == "arn:aws:s3:::data/credentials"
        by_user = cloudtrail.lookup_events(
            LookupAttributes=[{"AttributeKey": "Username", "AttributeValue": "robot"}]
        )["Events"]
        assert [each["EventName"] for each in by_user] == ["AccessKeyExposed"]
        assert s3.get_object(Bucket="data", Key="credentials")["Body"].read().decode() == body


def test_without_the_option_nothing_is_looked_at(tmp_path, s3_and_trail):
    with running_cloud(tmp_path) as cloud:
        s3, cloudtrail = s3_and_trail(cloud)
        s3.put_object(Bucket="data", Key="k", Body=cloud.credentials.access_key_id)
        assert exposed(cloudtrail) == []
