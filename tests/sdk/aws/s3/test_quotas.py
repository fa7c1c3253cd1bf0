"""Quotas as clients meet them: a clear error that no SDK tries again."""


def test_a_full_bucket(cloud, s3, bucket, refused):
    cloud.run(cloud.engines.storage.quotas.set_bucket(bucket, 1000))
    s3.put_object(Bucket=bucket, Key="a", Body=b"x" * 1000)
    with refused("QuotaExceeded", 403) as answer:
        s3.put_object(Bucket=bucket, Key="b", Body=b"x")
    assert answer["Error"]["MaxSizeAllowed"] == "1000"
    assert "may hold 1,000 bytes" in answer["Error"]["Message"]
    with refused("QuotaExceeded", 403):
        s3.put_object(Bucket=bucket, Key="b", Body=b"x" * 1_000_000)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1
