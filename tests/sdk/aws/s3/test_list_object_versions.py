"""ListObjectVersions."""


def test_versions_and_markers(s3, versioned):
    first = s3.put_object(Bucket=versioned, Key="k", Body=b"1")
    second = s3.put_object(Bucket=versioned, Key="k", Body=b"22")
    marker = s3.delete_object(Bucket=versioned, Key="k")
    page = s3.list_object_versions(Bucket=versioned)
    told = [(entry["VersionId"], entry["Size"], entry["IsLatest"]) for entry in page["Versions"]]
    assert told == [(second["VersionId"], 2, False), (first["VersionId"], 1, False)]
    [entry] = page["DeleteMarkers"]
    assert (entry["VersionId"], entry["IsLatest"]) == (marker["VersionId"], True)


def test_a_bucket_without_versions(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k")
    [entry] = s3.list_object_versions(Bucket=bucket)["Versions"]
    assert (entry["VersionId"], entry["IsLatest"]) == ("null", True)


def test_in_pages(s3, versioned):
    expected = []
    for key in ("a", "b/1", "c"):
        ids = [s3.put_object(Bucket=versioned, Key=key)["VersionId"] for _ in range(3)]
        expected += [(key, version_id) for version_id in reversed(ids)]
    for size in (1, 2, 4):
        pages = s3.get_paginator("list_object_versions").paginate(
            Bucket=versioned, PaginationConfig={"PageSize": size}
        )
        seen = [
            (entry["Key"], entry["VersionId"])
            for page in pages
            for entry in page.get("Versions", [])
        ]
        assert seen == expected


def test_folded(s3, versioned):
    for key in ("a/1", "a/2", "b"):
        s3.put_object(Bucket=versioned, Key=key)
    page = s3.list_object_versions(Bucket=versioned, Delimiter="/")
    assert [entry["Prefix"] for entry in page["CommonPrefixes"]] == ["a/"]
    assert [entry["Key"] for entry in page["Versions"]] == ["b"]


def test_emptying_a_bucket(s3, versioned):
    for _ in range(5):
        s3.put_object(Bucket=versioned, Key="k")
    pages = s3.get_paginator("list_object_versions").paginate(
        Bucket=versioned, PaginationConfig={"PageSize": 2}
    )
    for page in pages:
        entries = [
            {"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in page["Versions"]
        ]
        s3.delete_objects(Bucket=versioned, Delete={"Objects": entries})
    s3.delete_bucket(Bucket=versioned)


def test_a_version_marker_is_for_a_key(s3, bucket, refused):
    with refused("InvalidArgument"):
        s3.list_object_versions(Bucket=bucket, VersionIdMarker="null")
