"""UntagResource."""


def test_removes_some(dynamodb, table):
    arn = table.table_arn
    tags = [{"Key": key, "Value": "x"} for key in "abc"]
    dynamodb.tag_resource(ResourceArn=arn, Tags=tags)
    dynamodb.untag_resource(ResourceArn=arn, TagKeys=["a", "c", "missing"])
    assert dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "x"}]


def test_a_table_that_is_not_there(dynamodb, table, refused):
    with refused("ResourceNotFoundException"):
        dynamodb.untag_resource(ResourceArn=table.table_arn + "x", TagKeys=["a"])
