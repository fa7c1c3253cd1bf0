"""What no bucket has: tools that take stock are told so, and setting it is refused by name."""

import pytest


def test_what_no_bucket_has_is_absent(s3, bucket, refused):
    with refused("ReplicationConfigurationNotFoundError", 404):
        s3.get_bucket_replication(Bucket=bucket)
    assert "Status" not in s3.get_bucket_accelerate_configuration(Bucket=bucket)
    for listing in (
        s3.list_bucket_analytics_configurations,
        s3.list_bucket_intelligent_tiering_configurations,
    ):
        assert listing(Bucket=bucket)["IsTruncated"] is False


def test_of_a_bucket_that_is_not_there(s3, refused):
    with refused("NoSuchBucket", 404):
        s3.get_bucket_replication(Bucket="no-such-bucket-of-this-lab")


@pytest.mark.parametrize("status", ["Enabled", "Suspended"])
def test_it_cannot_be_set(s3, bucket, refused, status):
    with refused("NotImplemented", 501):
        s3.put_bucket_accelerate_configuration(
            Bucket=bucket, AccelerateConfiguration={"Status": status}
        )
