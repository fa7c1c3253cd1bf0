"""DescribeTimeToLive."""


def test_off_and_on(dynamodb, name, cloud):
    answer = dynamodb.describe_time_to_live(TableName=name)
    assert answer["TimeToLiveDescription"] == {"TimeToLiveStatus": "DISABLED"}
    specification = {"AttributeName": "end", "Enabled": True}
    dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=specification)
    cloud.run(cloud.engines.tables.settle())
    answer = dynamodb.describe_time_to_live(TableName=name)
    assert answer["TimeToLiveDescription"] == {
        "TimeToLiveStatus": "ENABLED",
        "AttributeName": "end",
    }


def test_a_table_that_is_not_there(dynamodb, refused):
    with refused("ResourceNotFoundException"):
        dynamodb.describe_time_to_live(TableName="missing")
