"""PutObjectLegalHold and GetObjectLegalHold."""


def test_on_and_off(s3, locked, refused):
    place = {"Bucket": locked, "Key": "k"}
    version = s3.put_object(**place, Body=b"x")["VersionId"]
    with refused("NoSuchObjectLockConfiguration", 404):
        s3.get_object_legal_hold(**place)
    assert "ObjectLockLegalHoldStatus" not in s3.head_object(**place)
    for status in ("ON", "OFF", "ON"):
        s3.put_object_legal_hold(**place, LegalHold={"Status": status})
        assert s3.get_object_legal_hold(**place)["LegalHold"] == {"Status": status}
        assert s3.get_object(**place)["ObjectLockLegalHoldStatus"] == status
    with refused("AccessDenied", 403):
        s3.delete_object(**place, VersionId=version)
    s3.put_object_legal_hold(**place, VersionId=version, LegalHold={"Status": "OFF"})
    s3.delete_object(**place, VersionId=version)


def test_an_object_made_with_it(s3, locked):
    s3.put_object(Bucket=locked, Key="k", Body=b"x", ObjectLockLegalHoldStatus="ON")
    assert s3.get_object_legal_hold(Bucket=locked, Key="k")["LegalHold"] == {"Status": "ON"}
    s3.put_object_legal_hold(Bucket=locked, Key="k", LegalHold={"Status": "OFF"})


def test_what_cannot_be(s3, locked, versioned, refused):
    for bucket in (locked, versioned):
        s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    with refused("MalformedXML"):
        s3.put_object_legal_hold(Bucket=locked, Key="k", LegalHold={"Status": "on"})
    with refused("MalformedXML"):
        s3.put_object_legal_hold(Bucket=locked, Key="k", LegalHold={})
    with refused("InvalidRequest"):
        s3.put_object_legal_hold(Bucket=versioned, Key="k", LegalHold={"Status": "ON"})
    with refused("InvalidRequest"):
        s3.get_object_legal_hold(Bucket=versioned, Key="k")
