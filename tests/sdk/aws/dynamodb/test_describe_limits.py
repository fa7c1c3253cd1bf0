"""DescribeLimits."""


def test_numbers(dynamodb):
    limits = dynamodb.describe_limits()
    assert limits["AccountMaxReadCapacityUnits"] >= limits["TableMaxReadCapacityUnits"] > 0
    assert limits["AccountMaxWriteCapacityUnits"] >= limits["TableMaxWriteCapacityUnits"] > 0


def test_nobody_learns_nothing(nobody, refused):
    with refused("MissingAuthenticationTokenException"):
        nobody.describe_limits()
