"""Trails as such: made, changed, described, listed, tagged, deleted."""

import uuid

import pytest


def test_create_trail_tells_its_settings(cloudtrail, trail, account, logs):
    name = trail["Name"]
    arn = f"arn:aws:cloudtrail:us-east-1:{account.account_id}:trail/{name}"
    described = {
        "Name": name,
        "S3BucketName": logs,
        "S3KeyPrefix": name,
        "IncludeGlobalServiceEvents": True,
        "IsMultiRegionTrail": False,
        "TrailARN": arn,
        "LogFileValidationEnabled": False,
        "IsOrganizationTrail": False,
    }
    del trail["ResponseMetadata"]
    assert trail == described
    listed = {"HomeRegion": "us-east-1", "HasCustomEventSelectors": False}
    listed |= {"HasInsightSelectors": False} | described
    assert cloudtrail.get_trail(Name=name)["Trail"] == listed
    assert cloudtrail.get_trail(Name=arn)["Trail"] == listed


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("ab", "too short"),
        ("x" * 129, "too long"),
        ("-ab", "starts with"),
        ("ab-", "ends with"),
        ("a..b", "adjacent"),
        ("a b c", "can only contain"),
        ("192.168.5.4", "IP address"),
    ],
)
def test_create_trail_refuses_names(cloudtrail, refused, logs, name, part):
    assert part in refused(
        "InvalidTrailNameException", cloudtrail.create_trail, Name=name, S3BucketName=logs
    )


def test_create_trail_refuses_what_it_cannot_do(cloudtrail, refused, logs, trail):
    def create(code, **parameters):
        given = {"Name": "another", "S3BucketName": logs} | parameters
        return refused(code, cloudtrail.create_trail, **given)

    create("TrailAlreadyExistsException", Name=trail["Name"])
    create("S3BucketDoesNotExistException", S3BucketName="no-such-bucket-here")
    create("InvalidS3PrefixException", S3KeyPrefix="x" * 201)
    create("UnsupportedOperationException", SnsTopicName="topic")
    create("UnsupportedOperationException", KmsKeyId="alias/key")
    create(
        "InvalidParameterCombinationException",
        IsMultiRegionTrail=True,
        IncludeGlobalServiceEvents=False,
    )
    create("InvalidTagParameterException", TagsList=[{"Key": "aws:x", "Value": "y"}])


def test_a_bucket_of_another_account_must_let_the_service_in(cloudtrail, refused, s3, bucket):
    create = {"Name": "elsewhere", "S3BucketName": bucket}
    refused("InsufficientS3BucketPolicyException", cloudtrail.create_trail, **create)
    s3.put_bucket_policy(
        Bucket=bucket,
        Policy=f"""{{"Version": "2012-10-17", "Statement": [{{
            "Effect": "Allow",
            "Principal": {{"Service": "cloudtrail.amazonaws.com"}},
            "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::{bucket}/AWSLogs/*",
            "Condition": {{"StringEquals": {{"s3:x-amz-acl": "bucket-owner-full-control"}}}}
        }}]}}""",
    )
    cloudtrail.create_trail(**create)
    cloudtrail.delete_trail(Name="elsewhere")


def test_an_account_has_five_trails_in_a_region(cloudtrail, refused, logs):
    names = [f"many-{number}" for number in range(5)]
    for name in names:
        cloudtrail.create_trail(Name=name, S3BucketName=logs)
    refused(
        "MaximumNumberOfTrailsExceededException",
        cloudtrail.create_trail,
        Name="many-5",
        S3BucketName=logs,
    )
    for name in names:
        cloudtrail.delete_trail(Name=name)


def test_update_trail_changes_what_is_given(cloudtrail, refused, trail):
    name = trail["Name"]
    changed = cloudtrail.update_trail(
        Name=name, EnableLogFileValidation=True, IsMultiRegionTrail=True
    )
    assert changed["LogFileValidationEnabled"] is changed["IsMultiRegionTrail"] is True
    assert changed["S3KeyPrefix"] == name
    refused(
        "S3BucketDoesNotExistException",
        cloudtrail.update_trail,
        Name=name,
        S3BucketName="no-such-bucket-here",
    )
    assert cloudtrail.get_trail(Name=name)["Trail"]["S3BucketName"] == trail["S3BucketName"]
    refused("TrailNotFoundException", cloudtrail.update_trail, Name="nobody")


def test_delete_trail_removes_it(cloudtrail, refused, trail):
    cloudtrail.delete_trail(Name=trail["Name"])
    refused("TrailNotFoundException", cloudtrail.delete_trail, Name=trail["Name"])
    refused("TrailNotFoundException", cloudtrail.get_trail, Name=trail["Name"])
    refused("TrailNotFoundException", cloudtrail.get_trail_status, Name=trail["Name"])


def test_a_trail_is_changed_in_its_home_region_and_seen_in_all(client, cloudtrail, refused, trail):
    name = trail["Name"]
    elsewhere = client("cloudtrail", region_name="eu-west-1")
    assert name not in [each["Name"] for each in elsewhere.describe_trails()["trailList"]]
    cloudtrail.update_trail(Name=name, IsMultiRegionTrail=True)
    [seen] = elsewhere.describe_trails(trailNameList=[trail["TrailARN"]])["trailList"]
    assert (seen["Name"], seen["HomeRegion"]) == (name, "us-east-1")
    hidden = elsewhere.describe_trails(includeShadowTrails=False)["trailList"]
    assert name not in [each["Name"] for each in hidden]
    refused("InvalidHomeRegionException", elsewhere.delete_trail, Name=trail["TrailARN"])
    assert elsewhere.get_trail(Name=trail["TrailARN"])["Trail"]["Name"] == name
    refused("TrailNotFoundException", elsewhere.get_trail, Name=name)


def test_describe_trails_by_name(cloudtrail, trail):
    [found] = cloudtrail.describe_trails(trailNameList=[trail["Name"]])["trailList"]
    assert found["TrailARN"] == trail["TrailARN"]
    assert cloudtrail.describe_trails(trailNameList=["nobody"])["trailList"] == []


def test_list_trails_lists_every_region(cloudtrail, client, logs, trail):
    elsewhere = client("cloudtrail", region_name="eu-west-1")
    elsewhere.create_trail(Name="far-away", S3BucketName=logs)
    homes = {each["Name"]: each["HomeRegion"] for each in cloudtrail.list_trails()["Trails"]}
    assert homes[trail["Name"]] == "us-east-1"
    assert homes["far-away"] == "eu-west-1"
    elsewhere.delete_trail(Name="far-away")


def test_another_account_knows_nothing_of_a_trail(aws, other, refused, trail):
    theirs = aws("cloudtrail", other)
    assert theirs.list_trails()["Trails"] == []
    message = refused("TrailNotFoundException", theirs.get_trail, Name=trail["TrailARN"])
    assert message == refused(
        "TrailNotFoundException",
        theirs.get_trail,
        Name=trail["TrailARN"].replace(trail["Name"], "nobody"),
    ).replace("nobody", trail["Name"])


def test_a_name_that_is_no_arn_of_a_trail(cloudtrail, refused):
    refused("CloudTrailARNInvalidException", cloudtrail.get_trail, Name="arn:aws:s3:::bucket")


def test_tags_are_added_listed_and_removed(cloudtrail, refused, logs):
    tags = [{"Key": "team", "Value": "ice"}]
    arn = cloudtrail.create_trail(Name="tagged", S3BucketName=logs, TagsList=tags)["TrailARN"]
    cloudtrail.add_tags(ResourceId=arn, TagsList=[{"Key": "cost", "Value": "7"}, {"Key": "flag"}])

    def listed():
        [found] = cloudtrail.list_tags(ResourceIdList=[arn])["ResourceTagList"]
        assert found["ResourceId"] == arn
        return {tag["Key"]: tag.get("Value") for tag in found["TagsList"]}

    assert listed() == {"team": "ice", "cost": "7", "flag": ""}
    cloudtrail.remove_tags(ResourceId=arn, TagsList=[{"Key": "team"}, {"Key": "flag"}])
    assert listed() == {"cost": "7"}
    many = [{"Key": f"k{number}", "Value": "v"} for number in range(50)]
    refused("TagsLimitExceededException", cloudtrail.add_tags, ResourceId=arn, TagsList=many)
    cloudtrail.delete_trail(Name="tagged")
    refused("ResourceNotFoundException", cloudtrail.list_tags, ResourceIdList=[arn])
    refused("ResourceNotFoundException", cloudtrail.add_tags, ResourceId=arn, TagsList=tags)


def test_insights_and_lakes_are_not_written(cloudtrail, refused, trail):
    message = refused("NotImplemented", cloudtrail.get_insight_selectors, TrailName=trail["Name"])
    assert "GetInsightSelectors" in message
    refused("NotImplemented", cloudtrail.list_event_data_stores)


def test_names_are_free_again(cloudtrail, logs):
    name = f"again-{uuid.uuid4().hex[:6]}"
    for _ in range(2):
        cloudtrail.create_trail(Name=name, S3BucketName=logs)
        cloudtrail.delete_trail(Name=name)
