"""PutBucketCors, GetBucketCors, DeleteBucketCors."""

import pytest

RULE = {"AllowedMethods": ["GET"], "AllowedOrigins": ["https://lab.example"]}


def put(s3, bucket, *rules):
    return s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": list(rules)})


def test_rules_come_back_as_they_were_set(s3, bucket):
    whole = {
        "ID": "whole",
        "AllowedHeaders": ["x-amz-*", "Content-Type"],
        "AllowedMethods": ["GET", "PUT", "POST", "DELETE", "HEAD"],
        "AllowedOrigins": ["https://*.lab.example", "http://localhost:3000"],
        "ExposeHeaders": ["ETag", "x-amz-version-id"],
        "MaxAgeSeconds": 0,
    }
    put(s3, bucket, whole, RULE)
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"] == [whole, RULE]
    put(s3, bucket, RULE)
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"] == [RULE]


def test_without_rules_there_is_no_configuration(s3, bucket, refused):
    with refused("NoSuchCORSConfiguration", 404):
        s3.get_bucket_cors(Bucket=bucket)
    s3.delete_bucket_cors(Bucket=bucket)
    put(s3, bucket, RULE)
    s3.delete_bucket_cors(Bucket=bucket)
    with refused("NoSuchCORSConfiguration", 404):
        s3.get_bucket_cors(Bucket=bucket)


def test_a_new_bucket_of_the_name_has_no_rules(s3, bucket, refused):
    put(s3, bucket, RULE)
    s3.delete_bucket(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)
    with refused("NoSuchCORSConfiguration", 404):
        s3.get_bucket_cors(Bucket=bucket)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"AllowedMethods": ["PATCH"]}, "InvalidRequest"),
        ({"AllowedMethods": ["get"]}, "InvalidRequest"),
        ({"AllowedMethods": []}, "MalformedXML"),
        ({"AllowedOrigins": []}, "MalformedXML"),
        ({"AllowedOrigins": ["https://*.*.example"]}, "InvalidRequest"),
        ({"AllowedHeaders": ["*-*"]}, "InvalidRequest"),
        ({"ExposeHeaders": ["x-amz-*"]}, "InvalidRequest"),
        ({"ExposeHeaders": ["ETag\r\nSet-Cookie: a=b"]}, "InvalidRequest"),
        ({"ID": "x" * 256}, "MalformedXML"),
        ({"MaxAgeSeconds": -1}, "MalformedXML"),
        ({"MaxAgeSeconds": 10**30}, "MalformedXML"),
    ],
)
def test_rules_that_cannot_be(s3, bucket, refused, changes, code):
    with refused(code):
        put(s3, bucket, RULE | changes)


def test_there_is_a_most_of_rules(s3, bucket, refused):
    put(s3, bucket, *[RULE] * 100)
    with refused("InvalidRequest"):
        put(s3, bucket, *[RULE] * 101)
    with refused("MalformedXML"):
        put(s3, bucket)


def test_another_account_cannot_change_or_see_them(stranger, bucket, refused):
    for call in (stranger.get_bucket_cors, stranger.delete_bucket_cors):
        with refused("AccessDenied", 403):
            call(Bucket=bucket)
    with refused("AccessDenied", 403):
        put(stranger, bucket, RULE)
