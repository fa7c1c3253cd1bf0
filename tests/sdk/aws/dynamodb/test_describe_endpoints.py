"""DescribeEndpoints."""

from urllib.parse import urlsplit


def test_the_address_that_was_asked(dynamodb, cloud):
    [endpoint] = dynamodb.describe_endpoints()["Endpoints"]
    assert endpoint["Address"] == urlsplit(cloud.url).netloc
    assert endpoint["CachePeriodInMinutes"] == 1440
