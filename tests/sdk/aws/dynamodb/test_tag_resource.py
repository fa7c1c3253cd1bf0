"""TagResource."""

import pytest


def tags_of(dynamodb, arn):
    listed = dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"]
    return {tag["Key"]: tag["Value"] for tag in listed}


@pytest.fixture
def arn(table):
    return table.table_arn


def test_adds_and_replaces(dynamodb, arn):
    dynamodb.tag_resource(
        ResourceArn=arn, Tags=[{"Key": "lab", "Value": "7"}, {"Key": "a", "Value": ""}]
    )
    dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": "lab", "Value": "8"}])
    assert tags_of(dynamodb, arn) == {"lab": "8", "a": ""}


def test_more_than_fifty(dynamodb, arn, refused):
    tags = [{"Key": str(number), "Value": "x"} for number in range(51)]
    with refused("ValidationException"):
        dynamodb.tag_resource(ResourceArn=arn, Tags=tags)
    dynamodb.tag_resource(ResourceArn=arn, Tags=tags[:50])
    assert len(tags_of(dynamodb, arn)) == 50


def test_other_accounts_change_nothing(dynamodb, stranger, arn, refused):
    with refused("AccessDeniedException"):
        stranger.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "b"}])
    assert tags_of(dynamodb, arn) == {}
