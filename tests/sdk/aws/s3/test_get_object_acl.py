"""GetObjectAcl."""

ALL = "http://acs.amazonaws.com/groups/global/AllUsers"


def test_what_is_granted(s3, bucket, cloud):
    s3.put_object(Bucket=bucket, Key="k", ACL="public-read")
    acl = s3.get_object_acl(Bucket=bucket, Key="k")
    assert acl["Owner"]["ID"] == cloud.credentials.canonical_id
    assert acl["Grants"][0] == {"Grantee": {"Type": "Group", "URI": ALL}, "Permission": "READ"}
    assert acl["Grants"][1]["Permission"] == "FULL_CONTROL"


def test_to_read_is_not_to_read_the_list(s3, nobody, bucket, refused):
    s3.put_object(Bucket=bucket, Key="k", ACL="public-read")
    with refused("AccessDenied", 403):
        nobody.get_object_acl(Bucket=bucket, Key="k")


def test_what_another_account_left(s3, stranger, bucket, other, cloud):
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read-write")
    stranger.put_object(Bucket=bucket, Key="k", ACL="bucket-owner-full-control")
    acl = s3.get_object_acl(Bucket=bucket, Key="k")
    assert acl["Owner"]["ID"] == other.canonical_id
    assert [grant["Grantee"]["ID"] for grant in acl["Grants"]] == [
        other.canonical_id,
        cloud.credentials.canonical_id,
    ]
