"""Tags: set, removed, listed, and asked for by policies."""

from ..statements import allow


def tag(name, value):
    return {"TagKey": name, "TagValue": value}


def test_tags_are_set_and_removed(kms, refused):
    key_id = kms.create_key(Tags=[tag("a", "1")])["KeyMetadata"]["KeyId"]
    kms.tag_resource(KeyId=key_id, Tags=[tag("a", "2"), tag("b", "3"), tag("c", "4")])
    kms.untag_resource(KeyId=key_id, TagKeys=["b", "none"])
    listed = kms.list_resource_tags(KeyId=key_id)
    assert (listed["Tags"], listed["Truncated"]) == ([tag("a", "2"), tag("c", "4")], False)
    first = kms.list_resource_tags(KeyId=key_id, Limit=1)
    assert (first["Tags"], first["Truncated"]) == ([tag("a", "2")], True)
    rest = kms.list_resource_tags(KeyId=key_id, Marker=first["NextMarker"])
    assert rest["Tags"] == [tag("c", "4")]
    refused("TagException", kms.tag_resource, KeyId=key_id, Tags=[tag("aws:x", "1")])
    refused("TagException", kms.tag_resource, KeyId=key_id, Tags=[tag("x", "1"), tag("x", "2")])
    many = [tag(f"t{number}", "") for number in range(50)]
    refused("LimitExceededException", kms.tag_resource, KeyId=key_id, Tags=many)


def test_policies_may_ask_for_tags(kms, user, refused, key_id):
    of_reef = user(
        allow("kms:Encrypt", Condition={"StringEquals": {"aws:ResourceTag/project": "reef"}})
    )
    refused("AccessDeniedException", of_reef.encrypt, KeyId=key_id, Plaintext=b"x")
    kms.tag_resource(KeyId=key_id, Tags=[tag("project", "reef")])
    of_reef.encrypt(KeyId=key_id, Plaintext=b"x")
    tagging = {"StringEquals": {"aws:RequestTag/project": "reef"}}
    maker = user(allow("kms:CreateKey", "kms:TagResource", Condition=tagging))
    refused("AccessDeniedException", maker.create_key)
    refused("AccessDeniedException", maker.create_key, Tags=[tag("project", "atoll")])
    maker.create_key(Tags=[tag("project", "reef")])
    refused(
        "AccessDeniedException",
        user(allow("kms:CreateKey")).create_key,
        Tags=[tag("project", "reef")],
    )
