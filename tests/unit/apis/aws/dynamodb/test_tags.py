"""TagResource, UntagResource, ListTagsOfResource."""

import pytest


@pytest.fixture
async def tagging(samples):
    described = await samples("DescribeTable", TableName="samples")
    arn = described["Table"]["TableArn"]

    class Tagging:
        async def add(self, **tags):
            listed = [{"Key": key, "Value": value} for key, value in tags.items()]
            return await samples("TagResource", ResourceArn=arn, Tags=listed)

        async def remove(self, *keys):
            return await samples("UntagResource", ResourceArn=arn, TagKeys=list(keys))

        async def all(self):
            listed = await samples("ListTagsOfResource", ResourceArn=arn)
            return {tag["Key"]: tag["Value"] for tag in listed["Tags"]}

    return Tagging()


async def test_tags_come_change_and_go(tagging):
    assert await tagging.all() == {}
    assert await tagging.add(a="1", b="", c="é /:=+-@._") == {}
    await tagging.add(a="2")
    assert await tagging.all() == {"a": "2", "b": "", "c": "é /:=+-@._"}
    assert await tagging.remove("a", "missing") == {}
    assert await tagging.all() == {"b": "", "c": "é /:=+-@._"}


async def test_tags_of_new_tables(dynamodb):
    await dynamodb.create(Tags=[{"Key": "lab", "Value": "7"}])
    arn = (await dynamodb("DescribeTable", TableName="samples"))["Table"]["TableArn"]
    listed = await dynamodb("ListTagsOfResource", ResourceArn=arn)
    assert listed == {"Tags": [{"Key": "lab", "Value": "7"}]}


async def test_fifty_tags(tagging, invalid):
    await tagging.add(**{f"tag{number}": "x" for number in range(50)})
    assert len(await tagging.all()) == 50
    with invalid(part="a table may have 50 tags"):
        await tagging.add(more="x")
    await tagging.add(tag1="y")


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ({}, "Atleast one Tag needs to be provided as Input."),
        ({"aws:x": "1"}, "aws: prefixed tag key names are not allowed for external use."),
        ({"a!": "1"}, None),
        ({"a": "<b>"}, None),
        ({"": "1"}, None),
        ({"k" * 129: "1"}, None),
        ({"k": "v" * 257}, None),
    ],
)
async def test_tags_that_cannot_be(tagging, invalid, tags, message):
    with invalid(message):
        await tagging.add(**tags)
    assert await tagging.all() == {}


async def test_resources_that_are_none(samples, refused):
    arn = (await samples("DescribeTable", TableName="samples"))["Table"]["TableArn"]
    with refused("ResourceNotFoundException"):
        await samples("ListTagsOfResource", ResourceArn=arn + "x")
    for wrong in ("samples", arn + "/index/i", "arn:aws:s3:::bucket", "arn:"):
        with refused("ValidationException", part="Invalid TableArn"):
            await samples("ListTagsOfResource", ResourceArn=wrong)
