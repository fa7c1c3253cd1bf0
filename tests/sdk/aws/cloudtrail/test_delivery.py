"""Delivery: StartLogging, StopLogging, GetTrailStatus, event selectors, digests and their keys."""

import gzip
import hashlib
import json
import re
import time
import uuid

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

HOUR = 3600


@pytest.fixture
def data(client):
    """A bucket with two objects in two folders."""
    name = f"data-{uuid.uuid4().hex[:12]}"
    s3 = client("s3")
    s3.create_bucket(Bucket=name)
    for key in ("raw/one", "public/two"):
        s3.put_object(Bucket=name, Key=key, Body=b"x")
    return name


@pytest.fixture
def later(cloud, monkeypatch):
    """``later(seconds)``: the deliveries' clock goes on."""
    clock = {"ahead": 0}
    delivery = cloud.engines.delivery
    monkeypatch.setattr(delivery, "_clock", lambda: time.time() + clock["ahead"])

    def go_on(seconds):
        clock["ahead"] += seconds

    return go_on


def names(records):
    return [record["eventName"] for record in records]


def test_what_happens_while_logging_is_delivered_once(cloudtrail, client, trail, deliver):
    iam = client("iam")
    name = trail["Name"]
    assert cloudtrail.get_trail_status(Name=name)["IsLogging"] is False
    iam.create_group(GroupName=f"{name}-before")
    cloudtrail.start_logging(Name=name)
    iam.create_group(GroupName=f"{name}-during")
    records = deliver(trail)
    groups = [
        record["requestParameters"]["groupName"]
        for record in records
        if record["eventName"] == "CreateGroup"
    ]
    assert groups == [f"{name}-during"]
    status = cloudtrail.get_trail_status(Name=name)
    assert status["IsLogging"] is True
    assert status["LatestDeliveryTime"] >= status["StartLoggingTime"]
    assert "LatestDeliveryError" not in status
    cloudtrail.stop_logging(Name=name)
    iam.create_group(GroupName=f"{name}-after")
    everything = deliver(trail)
    ids = [record["eventID"] for record in everything]
    assert len(ids) == len(set(ids))
    assert f"{name}-after" not in str(everything)
    assert cloudtrail.get_trail_status(Name=name)["StopLoggingTime"]
    cloudtrail.start_logging(Name=name)
    iam.create_group(GroupName=f"{name}-again")
    last = deliver(trail)
    assert f"{name}-again" in str(last)
    assert f"{name}-after" not in str(last)


def test_what_was_recorded_before_stopping_is_delivered_after_it(
    cloudtrail, client, trail, deliver
):
    name = trail["Name"]
    cloudtrail.start_logging(Name=name)
    client("iam").create_group(GroupName=f"{name}-during")
    cloudtrail.stop_logging(Name=name)
    assert "CreateGroup" in names(deliver(trail))


def test_files_are_where_cloudtrail_puts_them(cloudtrail, client, trail, deliver, account, logs):
    cloudtrail.start_logging(Name=trail["Name"])
    deliver(trail)
    [entry] = client("s3").list_objects_v2(Bucket=logs, Prefix=trail["S3KeyPrefix"])["Contents"]
    id_ = account.account_id
    assert re.fullmatch(
        rf"{trail['Name']}/AWSLogs/{id_}/CloudTrail/us-east-1/[0-9]{{4}}/[0-9]{{2}}/[0-9]{{2}}/"
        rf"{id_}_CloudTrail_us-east-1_[0-9]{{8}}T[0-9]{{4}}Z_[A-Z0-9]{{16}}\.json\.gz",
        entry["Key"],
    )
    head = client("s3").head_object(Bucket=logs, Key=entry["Key"])
    assert (head["ContentType"], head["ContentEncoding"]) == ("application/json", "gzip")


def test_regions_have_files_of_their_own(cloudtrail, client, trail, deliver, logs):
    cloudtrail.update_trail(Name=trail["Name"], IsMultiRegionTrail=True)
    cloudtrail.start_logging(Name=trail["Name"])
    client("cloudtrail", region_name="eu-west-1").list_trails()
    records = deliver(trail)
    assert {record["awsRegion"] for record in records} == {"us-east-1", "eu-west-1"}
    listed = client("s3").list_objects_v2(Bucket=logs, Prefix=trail["S3KeyPrefix"])["Contents"]
    assert {entry["Key"].split("/")[4] for entry in listed} == {"us-east-1", "eu-west-1"}


def test_a_trail_of_one_region_leaves_others_out(cloudtrail, client, trail, deliver):
    cloudtrail.start_logging(Name=trail["Name"])
    client("cloudtrail", region_name="eu-west-1").list_trails()
    assert "ListTrails" not in names(deliver(trail))


def test_data_events_come_only_when_asked_for(cloudtrail, client, trail, data, deliver):
    s3, name = client("s3"), trail["Name"]
    cloudtrail.start_logging(Name=name)
    s3.get_object(Bucket=data, Key="raw/one")
    assert "GetObject" not in names(deliver(trail))
    values = [f"arn:aws:s3:::{data}/raw/"]
    selector = {"DataResources": [{"Type": "AWS::S3::Object", "Values": values}]}
    cloudtrail.put_event_selectors(TrailName=name, EventSelectors=[selector])
    s3.get_object(Bucket=data, Key="raw/one")
    s3.get_object(Bucket=data, Key="public/two")
    [record] = [each for each in deliver(trail) if each["eventName"] == "GetObject"]
    assert record["requestParameters"].items() >= {"bucketName": data, "key": "raw/one"}.items()
    assert (record["eventCategory"], record["managementEvent"]) == ("Data", False)
    assert record["readOnly"] is True
    kinds = {each["type"]: each["ARN"] for each in record["resources"]}
    assert kinds == {
        "AWS::S3::Object": f"arn:aws:s3:::{data}/raw/one",
        "AWS::S3::Bucket": f"arn:aws:s3:::{data}",
    }


def test_data_events_of_others_reach_the_owners_trail(
    cloudtrail, client, aws, other, trail, data, deliver
):
    s3, name = client("s3"), trail["Name"]
    cloudtrail.start_logging(Name=name)
    everything = [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]
    cloudtrail.put_event_selectors(TrailName=name, EventSelectors=[{"DataResources": everything}])
    s3.put_bucket_ownership_controls(
        Bucket=data, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )
    s3.put_object_acl(Bucket=data, Key="raw/one", ACL="authenticated-read")
    aws("s3", other).get_object(Bucket=data, Key="raw/one")
    [record] = [each for each in deliver(trail) if each["eventName"] == "GetObject"]
    assert record["userIdentity"]["accountId"] == other.account_id
    assert record["recipientAccountId"] != other.account_id


def test_items_are_data_and_their_values_are_hidden(cloudtrail, client, trail, deliver):
    dynamodb, name = client("dynamodb"), trail["Name"]
    dynamodb.create_table(
        TableName="people",
        AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    fields = [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": ["AWS::DynamoDB::Table"]},
        {"Field": "readOnly", "Equals": ["false"]},
    ]
    cloudtrail.put_event_selectors(
        TrailName=name, AdvancedEventSelectors=[{"Name": "writes", "FieldSelectors": fields}]
    )
    cloudtrail.start_logging(Name=name)
    dynamodb.put_item(TableName="people", Item={"name": {"S": "ada"}, "iban": {"S": "GB33BUKB"}})
    dynamodb.get_item(TableName="people", Key={"name": {"S": "ada"}})
    records = deliver(trail)
    assert names(records) == ["PutItem"]
    assert records[0]["requestParameters"]["tableName"] == "people"
    assert "GB33BUKB" not in json.dumps(records)


def test_selectors_are_kept_and_told(cloudtrail, trail):
    name = trail["Name"]
    [default] = cloudtrail.get_event_selectors(TrailName=name)["EventSelectors"]
    assert default["IncludeManagementEvents"] is True
    put = cloudtrail.put_event_selectors(
        TrailName=name, EventSelectors=[{"ReadWriteType": "WriteOnly"}]
    )
    [found] = cloudtrail.get_event_selectors(TrailName=name)["EventSelectors"]
    assert [found] == put["EventSelectors"]
    assert (found["ReadWriteType"], found["DataResources"]) == ("WriteOnly", [])
    assert cloudtrail.get_trail(Name=name)["Trail"]["HasCustomEventSelectors"] is True
    advanced = [{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}]
    cloudtrail.put_event_selectors(TrailName=name, AdvancedEventSelectors=advanced)
    found = cloudtrail.get_event_selectors(TrailName=name)
    assert found["AdvancedEventSelectors"] == advanced
    assert "EventSelectors" not in found


CATEGORY = {"Field": "eventCategory", "Equals": ["Data"]}
TYPE = {"Field": "resources.type", "Equals": ["AWS::S3::Object"]}


@pytest.mark.parametrize(
    "selectors",
    [
        {},
        {"EventSelectors": [{}], "AdvancedEventSelectors": [{"FieldSelectors": [CATEGORY, TYPE]}]},
        {"EventSelectors": [{}] * 6},
        {"EventSelectors": [{"DataResources": [{"Type": "AWS::Nothing", "Values": ["x"]}]}]},
        {"EventSelectors": [{"DataResources": [{"Type": "AWS::S3::Object", "Values": ["b/"]}]}]},
        {"EventSelectors": [{"ExcludeManagementEventSources": ["iam.amazonaws.com"]}]},
        {"AdvancedEventSelectors": [{"FieldSelectors": [TYPE]}]},
        {"AdvancedEventSelectors": [{"FieldSelectors": [CATEGORY]}]},
        {"AdvancedEventSelectors": [{"FieldSelectors": [CATEGORY, TYPE, TYPE]}]},
        {"AdvancedEventSelectors": [{"FieldSelectors": [CATEGORY, TYPE, {"Field": "readOnly"}]}]},
        {
            "AdvancedEventSelectors": [
                {"FieldSelectors": [CATEGORY, TYPE, {"Field": "weather", "Equals": ["good"]}]}
            ]
        },
    ],
)
def test_selectors_that_make_no_sense_are_refused(cloudtrail, refused, trail, selectors):
    put = cloudtrail.put_event_selectors
    refused("InvalidEventSelectorsException", put, TrailName=trail["Name"], **selectors)


def test_a_bucket_that_is_gone_is_told_and_nothing_is_lost(cloudtrail, client, deliver, cloud):
    s3, iam = client("s3"), client("iam")
    name = f"gone-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=name)
    trail = cloudtrail.create_trail(Name=name, S3BucketName=name, S3KeyPrefix=name)
    cloudtrail.start_logging(Name=name)
    s3.delete_bucket(Bucket=name)
    iam.create_group(GroupName=f"{name}-lost")
    cloud.run(cloud.engines.delivery.deliver())
    status = cloudtrail.get_trail_status(Name=name)
    assert status["LatestDeliveryError"] == "NoSuchBucket"
    s3.create_bucket(Bucket=name)
    records = deliver(trail)
    assert f"{name}-lost" in str(records)
    assert "LatestDeliveryError" not in cloudtrail.get_trail_status(Name=name)
    ids = [record["eventID"] for record in records]
    assert len(ids) == len(set(ids))
    cloudtrail.delete_trail(Name=name)


def validate(s3, bucket, digest_keys, public_keys):
    """Validate a chain of digest files and all that they list, as the user guide says."""
    previous_signature, seen = "null", []
    for key in digest_keys:
        answer = s3.get_object(Bucket=bucket, Key=key)
        contents = gzip.decompress(answer["Body"].read())
        digest = json.loads(contents)
        assert digest["digestS3Object"] == key
        signed = "\n".join(
            (
                digest["digestEndTime"],
                f"{bucket}/{key}",
                hashlib.sha256(contents).hexdigest(),
                digest["previousDigestSignature"] or "null",
            )
        )
        assert (digest["previousDigestSignature"] or "null") == previous_signature
        previous_signature = answer["Metadata"]["signature"]
        assert answer["Metadata"]["signature-algorithm"] == "SHA256withRSA"
        public_keys[digest["digestPublicKeyFingerprint"]].verify(
            bytes.fromhex(previous_signature), signed.encode(), padding.PKCS1v15(), SHA256()
        )
        for file in digest["logFiles"]:
            log = s3.get_object(Bucket=file["s3Bucket"], Key=file["s3Object"])["Body"].read()
            assert hashlib.sha256(gzip.decompress(log)).hexdigest() == file["hashValue"]
            seen.append(file["s3Object"])
    return seen


def test_digests_can_be_validated_by_anybody(cloudtrail, client, trail, deliver, later, logs):
    s3, iam, name = client("s3"), client("iam"), trail["Name"]
    cloudtrail.update_trail(Name=name, EnableLogFileValidation=True)
    cloudtrail.start_logging(Name=name)
    for number in range(3):
        iam.create_group(GroupName=f"{name}-{number}")
        later(HOUR + 1)
        deliver(trail)
    assert cloudtrail.get_trail_status(Name=name)["LatestDigestDeliveryTime"]
    listed = s3.list_objects_v2(Bucket=logs, Prefix=f"{name}/")["Contents"]
    keys = [entry["Key"] for entry in listed]
    digest_keys = [key for key in keys if "/CloudTrail-Digest/" in key]
    assert len(digest_keys) == 3
    assert re.search(
        rf"_CloudTrail-Digest_us-east-1_{name}_us-east-1_[0-9T]{{15}}Z", digest_keys[0]
    )
    public_keys = {
        key["Fingerprint"]: load_der_public_key(_spki(key["Value"]))
        for key in cloudtrail.list_public_keys()["PublicKeyList"]
    }
    seen = validate(s3, logs, digest_keys, public_keys)
    assert sorted(seen) == sorted(set(keys) - set(digest_keys))

    # Who alters a digest is found by its signature, who removes one by its successor.
    answer = s3.get_object(Bucket=logs, Key=digest_keys[0])
    forged = gzip.decompress(answer["Body"].read()).replace(b"2026", b"2025", 1)
    s3.put_object(
        Bucket=logs, Key=digest_keys[0], Body=gzip.compress(forged), Metadata=answer["Metadata"]
    )
    with pytest.raises(InvalidSignature):
        validate(s3, logs, digest_keys, public_keys)
    with pytest.raises(AssertionError):
        validate(s3, logs, digest_keys[1:], public_keys)


def _spki(pkcs1):
    """Wrap an RSA public key of PKCS #1 as the SubjectPublicKeyInfo that readers expect."""
    bits = b"\x03\x82" + (len(pkcs1) + 1).to_bytes(2, "big") + b"\x00" + pkcs1
    algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
    return b"\x30\x82" + (len(algorithm) + len(bits)).to_bytes(2, "big") + algorithm + bits


def test_public_keys_are_listed_for_a_time(cloudtrail, refused, cloud):
    cloud.run(cloud.engines.delivery.keys.key())
    [key] = cloudtrail.list_public_keys()["PublicKeyList"]
    before = key["ValidityStartTime"].timestamp() - 10
    assert cloudtrail.list_public_keys(StartTime=before - 10, EndTime=before)["PublicKeyList"] == []
    refused(
        "InvalidTimeRangeException",
        cloudtrail.list_public_keys,
        StartTime=before,
        EndTime=before - 1,
    )
