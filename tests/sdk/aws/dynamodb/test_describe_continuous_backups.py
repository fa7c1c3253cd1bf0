"""DescribeContinuousBackups."""


def test_there_are_none(dynamodb, name):
    answer = dynamodb.describe_continuous_backups(TableName=name)
    description = answer["ContinuousBackupsDescription"]
    assert description["ContinuousBackupsStatus"] == "DISABLED"
    recovery = description["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "DISABLED"


def test_a_table_that_is_not_there(dynamodb, refused):
    with refused("TableNotFoundException", "Table not found: missing"):
        dynamodb.describe_continuous_backups(TableName="missing")


def test_other_accounts_learn_nothing(stranger, name, refused):
    with refused("TableNotFoundException"):
        stranger.describe_continuous_backups(TableName=name)
