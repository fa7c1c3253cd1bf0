"""Access control lists in their three forms."""

import pytest

from lenticular.apis.aws.s3.grants import PRIVATE, AccessLists, canned_grants, nobody
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.primitives.access import (
    ALL_USERS,
    AUTHENTICATED_USERS,
    LOG_DELIVERY,
    Grant,
    Permission,
)

ALL = "http://acs.amazonaws.com/groups/global/AllUsers"


@pytest.fixture
def lists(identities):
    return AccessLists(identities)


@pytest.mark.parametrize(
    ("name", "extra"),
    [
        ("public-read", [(ALL_USERS, Permission.READ)]),
        ("public-read-write", [(ALL_USERS, Permission.READ), (ALL_USERS, Permission.WRITE)]),
        ("authenticated-read", [(AUTHENTICATED_USERS, Permission.READ)]),
        (
            "log-delivery-write",
            [(LOG_DELIVERY, Permission.WRITE), (LOG_DELIVERY, Permission.READ_ACP)],
        ),
    ],
)
def test_canned_lists_for_groups(name, extra):
    expected = (*(Grant(*pair) for pair in extra), Grant("o", Permission.FULL_CONTROL))
    assert canned_grants(name, "o", "b") == expected


def test_canned_lists_for_the_buckets_owner():
    full, read = Permission.FULL_CONTROL, Permission.READ
    assert canned_grants("bucket-owner-read", "o", "b") == (Grant("o", full), Grant("b", read))
    assert canned_grants("bucket-owner-full-control", "o", "b") == (
        Grant("o", full),
        Grant("b", full),
    )
    assert canned_grants("bucket-owner-full-control", "o", "o") == PRIVATE


def test_private_is_what_every_list_begins_as():
    assert canned_grants("private", "o", "b") == PRIVATE


def test_there_are_no_other_canned_lists():
    with pytest.raises(AwsError) as raised:
        canned_grants("public", "o", "b")
    assert raised.value.code == "InvalidArgument"
    assert raised.value.fields == {"ArgumentName": "x-amz-acl", "ArgumentValue": "public"}


async def test_grants_in_headers(lists, owner, stranger):
    params = {
        "GrantRead": f'uri="{ALL}", emailAddress="STRANGER@example.org"',
        "GrantFullControl": f"id={owner.canonical_id}",
    }
    assert await lists.of_headers(params, owner.canonical_id) == (
        Grant(ALL_USERS, Permission.READ),
        Grant(stranger.canonical_id, Permission.READ),
        Grant(owner.canonical_id, Permission.FULL_CONTROL),
    )


async def test_headers_that_name_nothing(lists):
    assert await lists.of_headers({"ACL": ""}, "o") is None


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"GrantRead": "everybody"}, "InvalidArgument"),
        ({"GrantRead": f'id="{"0" * 64}"'}, "InvalidArgument"),
        ({"GrantRead": 'uri="http://example.org/"'}, "InvalidArgument"),
        ({"GrantRead": 'emailAddress="x@y"'}, "UnresolvableGrantByEmailAddress"),
        ({"GrantRead": f'uri="{ALL}"', "ACL": "private"}, "InvalidRequest"),
        ({"GrantRead": ",".join([f'uri="{ALL}"'] * 101)}, "InvalidRequest"),
    ],
)
async def test_headers_that_cannot_be(lists, params, code):
    with pytest.raises(AwsError) as raised:
        await lists.of_headers(params, "o")
    assert raised.value.code == code


def _policy(owner, *grants):
    return {
        "Owner": {"ID": owner},
        "Grants": [{"Grantee": grantee, "Permission": name} for grantee, name in grants],
    }


async def test_a_document_comes_back_as_it_was(lists, owner, stranger):
    policy = _policy(
        owner.canonical_id,
        ({"Type": "Group", "URI": ALL}, "READ"),
        ({"Type": "CanonicalUser", "ID": owner.canonical_id}, "FULL_CONTROL"),
        ({"Type": "AmazonCustomerByEmail", "EmailAddress": "stranger@example.org"}, "WRITE_ACP"),
    )
    grants = await lists.of_document(policy, owner.canonical_id)
    assert await lists.document(owner.canonical_id, grants) == {
        "Owner": {"ID": owner.canonical_id, "DisplayName": "owner"},
        "Grants": [
            {"Grantee": {"Type": "Group", "URI": ALL}, "Permission": "READ"},
            {
                "Grantee": {
                    "Type": "CanonicalUser",
                    "ID": owner.canonical_id,
                    "DisplayName": "owner",
                },
                "Permission": "FULL_CONTROL",
            },
            {
                "Grantee": {
                    "Type": "CanonicalUser",
                    "ID": stranger.canonical_id,
                    "DisplayName": "stranger",
                },
                "Permission": "WRITE_ACP",
            },
        ],
    }


async def test_the_list_of_nobody(lists, owner):
    grants = await lists.of_document(_policy(owner.canonical_id), owner.canonical_id)
    assert grants == nobody(owner.canonical_id)
    assert (await lists.document(owner.canonical_id, grants))["Grants"] == []


async def test_the_list_that_there_is_at_first(lists, owner):
    document = await lists.document(owner.canonical_id, PRIVATE)
    [grant] = document["Grants"]
    assert grant["Permission"] == "FULL_CONTROL"
    assert grant["Grantee"]["ID"] == owner.canonical_id


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Owner": None}, "MalformedACLError"),
        ({"Owner": {"ID": "x"}}, "AccessDenied"),
        ({"Grants": None}, "MalformedACLError"),
        ({"Grants": [{"Permission": "READ"}]}, "MalformedACLError"),
        ({"Grants": [{"Grantee": {"Type": "Group", "URI": ALL}}]}, "MalformedACLError"),
        (
            {"Grants": [{"Grantee": {"Type": "Group", "URI": ALL}, "Permission": "LIST"}]},
            "MalformedACLError",
        ),
        (
            {"Grants": [{"Grantee": {"Type": "CanonicalUser", "ID": "x"}, "Permission": "READ"}]},
            "InvalidArgument",
        ),
        (
            {"Grants": [{"Grantee": {"Type": "Group", "URI": "x"}, "Permission": "READ"}]},
            "InvalidArgument",
        ),
    ],
)
async def test_documents_that_cannot_be(lists, owner, change, code):
    with pytest.raises(AwsError) as raised:
        await lists.of_document(_policy(owner.canonical_id) | change, owner.canonical_id)
    assert raised.value.code == code
