"""PutBucketVersioning and GetBucketVersioning."""


def test_enabled_and_suspended(s3, bucket):
    assert not s3.get_bucket_versioning(Bucket=bucket).keys() & {"Status", "MFADelete"}
    for status in ("Enabled", "Suspended", "Enabled"):
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == status


def test_what_was_there_before_is_the_null_version(s3, bucket, body):
    s3.put_object(Bucket=bucket, Key="k", Body=b"before")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=bucket, Key="k", Body=b"after")
    assert body(s3.get_object(Bucket=bucket, Key="k", VersionId="null")) == b"before"
    assert body(s3.get_object(Bucket=bucket, Key="k")) == b"after"


def test_while_suspended_there_is_one_null_version(s3, versioned, body):
    s3.put_object(Bucket=versioned, Key="k", Body=b"kept")
    s3.put_bucket_versioning(Bucket=versioned, VersioningConfiguration={"Status": "Suspended"})
    for data in (b"1", b"2"):
        s3.put_object(Bucket=versioned, Key="k", Body=data)
    entries = s3.list_object_versions(Bucket=versioned)["Versions"]
    assert [entry["VersionId"] == "null" for entry in entries] == [True, False]
    assert body(s3.get_object(Bucket=versioned, Key="k", VersionId="null")) == b"2"
    assert s3.delete_object(Bucket=versioned, Key="k")["VersionId"] == "null"
    [kept] = s3.list_object_versions(Bucket=versioned)["Versions"]
    got = s3.get_object(Bucket=versioned, Key="k", VersionId=kept["VersionId"])
    assert body(got) == b"kept"


def test_what_cannot_be(s3, stranger, bucket, refused):
    with refused("MalformedXML"):
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Perhaps"})
    with refused("IllegalVersioningConfigurationException"):
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={})
    for mfa in ({}, {"MFA": "arn:aws:iam::123456789012:mfa/me 123456"}):
        with refused("NotImplemented", 501) as answer:
            s3.put_bucket_versioning(
                Bucket=bucket,
                VersioningConfiguration={"Status": "Enabled", "MFADelete": "Enabled"},
                **mfa,
            )
        assert "MfaDelete" in answer["Error"]["Message"]
    with refused("AccessDenied", 403):
        stranger.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    assert not s3.get_bucket_versioning(Bucket=bucket).keys() & {"Status", "MFADelete"}
