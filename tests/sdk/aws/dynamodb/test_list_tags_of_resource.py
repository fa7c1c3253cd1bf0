"""ListTagsOfResource."""


def test_tags_of_a_new_table(dynamodb, definition):
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    made = dynamodb.create_table(**definition({"p": "S"}), Tags=tags)["TableDescription"]
    assert dynamodb.list_tags_of_resource(ResourceArn=made["TableArn"])["Tags"] == tags


def test_what_is_no_table(dynamodb, table, refused):
    for arn in ("samples", "arn:aws:s3:::bucket", table.table_arn + "/index/i"):
        with refused("ValidationException"):
            dynamodb.list_tags_of_resource(ResourceArn=arn)


def test_other_accounts_see_nothing(stranger, table, refused):
    with refused("AccessDeniedException"):
        stranger.list_tags_of_resource(ResourceArn=table.table_arn)
