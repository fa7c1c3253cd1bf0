"""Users: made, told of, renamed, deleted, and permitted by their ARNs, tags and boundaries."""

import pytest

from lenticular.testing.policies import allow

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
TAGS = [{"Key": "Team", "Value": "sky"}]


def test_a_user_is_made_and_told_of(root, arn, refused):
    made = root.create_user(UserName="Ada", Path="/team/", Tags=TAGS)["User"]
    assert made["Arn"] == arn("user/team/Ada")
    assert made["UserId"].startswith("AIDA")
    assert made["Tags"] == TAGS
    assert root.get_user(UserName="ada")["User"] == made
    listed = {key: value for key, value in made.items() if key != "Tags"}
    assert root.list_users()["Users"] == [listed]
    root.delete_user(UserName="Ada")
    with refused("NoSuchEntity", 404, "The user with name Ada cannot be found."):
        root.get_user(UserName="Ada")


def test_names_are_unique_in_any_case(root, refused):
    root.create_user(UserName="ada")
    with refused("EntityAlreadyExists", 409, "User with name ADA already exists."):
        root.create_user(UserName="ADA")


@pytest.mark.parametrize(
    "options",
    [
        {"UserName": "a b"},
        {"UserName": "x" * 65},
        {"UserName": "ada", "Path": "no-slash"},
    ],
)
def test_what_is_invalid_is_a_validation_error(root, refused, options):
    with refused("ValidationError", 400, "validation error"):
        root.create_user(**options)


@pytest.mark.parametrize(
    "tags",
    [
        [{"Key": "a", "Value": ""}, {"Key": "A", "Value": ""}],
        [{"Key": "aws:x", "Value": ""}],
    ],
)
def test_bad_tags_are_invalid_input(root, tags, refused):
    with refused("InvalidInput", 400):
        root.create_user(UserName="ada", Tags=tags)
    assert root.list_users()["Users"] == []


def test_the_caller_is_the_user_that_is_not_named(root, as_user, account, arn, refused):
    assert root.get_user()["User"]["Arn"] == arn("root")
    assert root.get_user()["User"]["UserId"] == account.account_id
    ada = as_user("ada", allow("iam:GetUser", resource=arn("user/${aws:username}")))
    assert ada.get_user()["User"]["UserName"] == "ada"
    as_user("bob")
    with refused("AccessDenied", 403, arn("user/bob")):
        ada.get_user(UserName="bob")


def test_lists_come_in_pages_below_a_path(root, refused):
    names = [f"user-{number}" for number in range(5)]
    for name in names:
        root.create_user(UserName=name, Path="/x/")
    root.create_user(UserName="other", Path="/y/")
    first = root.list_users(PathPrefix="/x", MaxItems=2)
    assert [user["UserName"] for user in first["Users"]] == names[:2]
    assert first["IsTruncated"]
    pages = root.get_paginator("list_users").paginate(
        PathPrefix="/x/", PaginationConfig={"PageSize": 2}
    )
    assert [user["UserName"] for page in pages for user in page["Users"]] == names
    with refused("ValidationError", 400, "Invalid Marker"):
        root.list_users(Marker="%%%")


def test_renaming_takes_permission_for_both_names(root, as_user, arn, refused):
    root.create_user(UserName="ada")
    once = as_user("once", allow("iam:UpdateUser", resource=arn("user/ada")))
    with refused("AccessDenied", 403, arn("user/x/eve")):
        once.update_user(UserName="ada", NewUserName="eve", NewPath="/x/")
    both = as_user("both", allow("iam:UpdateUser", resource=[arn("user/ada"), arn("user/x/*")]))
    both.update_user(UserName="ada", NewUserName="eve", NewPath="/x/")
    assert root.get_user(UserName="eve")["User"]["Arn"] == arn("user/x/eve")
    root.create_user(UserName="ada")
    with refused("EntityAlreadyExists", 409):
        root.update_user(UserName="ada", NewUserName="EVE")


def test_a_user_with_something_left_stays(root, as_user, refused):
    as_user("ada", allow("s3:*"), password="Nimbus-rain-1")
    [key] = root.list_access_keys(UserName="ada")["AccessKeyMetadata"]
    with refused("DeleteConflict", 409, "must delete access keys first"):
        root.delete_user(UserName="ada")
    root.delete_access_key(UserName="ada", AccessKeyId=key["AccessKeyId"])
    with refused("DeleteConflict", 409, "must delete login profile first"):
        root.delete_user(UserName="ada")
    root.delete_login_profile(UserName="ada")
    root.create_group(GroupName="staff")
    root.add_user_to_group(GroupName="staff", UserName="ada")
    with refused("DeleteConflict", 409, "must remove users from group first"):
        root.delete_user(UserName="ada")
    root.remove_user_from_group(GroupName="staff", UserName="ada")
    with refused("DeleteConflict", 409, "must delete policies first"):
        root.delete_user(UserName="ada")
    root.delete_user_policy(UserName="ada", PolicyName="policy-1")
    root.put_user_permissions_boundary(UserName="ada", PermissionsBoundary=READ_ONLY)
    root.delete_user(UserName="ada")


def test_whoever_may_not_see_a_user_does_not_learn_whether_it_is_there(root, as_user, refused):
    root.create_user(UserName="there")
    ada = as_user("ada")
    messages = []
    for name in ("there", "away"):
        with refused("AccessDenied", 403) as caught:
            ada.get_user(UserName=name)
        messages.append(caught.value.response["Error"]["Message"].replace(name, "NAME"))
    assert messages[0] == messages[1]


def test_tags_are_set_told_and_taken_away(root, refused):
    root.create_user(UserName="ada", Tags=TAGS)
    root.tag_user(UserName="ada", Tags=[{"Key": "TEAM", "Value": "sea"}, {"Key": "b", "Value": ""}])
    assert root.list_user_tags(UserName="ada")["Tags"] == [
        {"Key": "TEAM", "Value": "sea"},
        {"Key": "b", "Value": ""},
    ]
    page = root.list_user_tags(UserName="ada", MaxItems=1)
    assert page["IsTruncated"]
    rest = root.list_user_tags(UserName="ada", Marker=page["Marker"])
    assert [tag["Key"] for tag in page["Tags"] + rest["Tags"]] == ["TEAM", "b"]
    root.untag_user(UserName="ada", TagKeys=["team"])
    assert [tag["Key"] for tag in root.list_user_tags(UserName="ada")["Tags"]] == ["b"]
    with refused("LimitExceeded", 409):
        root.tag_user(
            UserName="ada", Tags=[{"Key": f"k{number}", "Value": ""} for number in range(50)]
        )


def test_permission_goes_by_the_tags_that_are_there_and_those_that_come(root, as_user, refused):
    same = {"StringEquals": {"aws:ResourceTag/Team": "sky"}}
    only = {
        "StringEquals": {"aws:RequestTag/Team": "sky"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["Team"]},
    }
    ada = as_user(
        "ada",
        allow("iam:DeleteUser", Condition=same),
        allow("iam:CreateUser", "iam:TagUser", Condition=only),
    )
    with refused("AccessDenied", 403):
        ada.create_user(UserName="bob")
    with refused("AccessDenied", 403):
        ada.create_user(UserName="bob", Tags=[*TAGS, {"Key": "x", "Value": ""}])
    ada.create_user(UserName="bob", Tags=TAGS)
    root.create_user(UserName="eve", Tags=[{"Key": "Team", "Value": "sea"}])
    with refused("AccessDenied", 403):
        ada.delete_user(UserName="eve")
    ada.delete_user(UserName="bob")


def test_tags_at_creation_take_the_permission_to_tag(as_user, refused):
    ada = as_user("ada", allow("iam:CreateUser"))
    with refused("AccessDenied", 403, "iam:TagUser"):
        ada.create_user(UserName="bob", Tags=TAGS)
    ada.create_user(UserName="bob")


def test_a_boundary_is_told_changed_and_taken_away(root, refused):
    bound = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": READ_ONLY}
    made = root.create_user(UserName="ada", PermissionsBoundary=READ_ONLY)["User"]
    assert made["PermissionsBoundary"] == bound
    assert root.get_user(UserName="ada")["User"]["PermissionsBoundary"] == bound
    root.delete_user_permissions_boundary(UserName="ada")
    assert "PermissionsBoundary" not in root.get_user(UserName="ada")["User"]
    with refused("NoSuchEntity", 404):
        root.delete_user_permissions_boundary(UserName="ada")
    with refused("NoSuchEntity", 404):
        root.put_user_permissions_boundary(
            UserName="ada", PermissionsBoundary="arn:aws:iam::aws:policy/Nothing"
        )
    with refused("NoSuchEntity", 404):
        root.create_user(UserName="bob", PermissionsBoundary="arn:aws:iam::aws:policy/Nothing")
    assert [user["UserName"] for user in root.list_users()["Users"]] == ["ada"]


def test_whoever_delegates_can_insist_on_a_boundary(root, as_user, refused):
    insisted = {"StringEquals": {"iam:PermissionsBoundary": READ_ONLY}}
    ada = as_user(
        "ada",
        allow("iam:CreateUser", "iam:PutUserPermissionsBoundary", Condition=insisted),
        allow(
            "iam:DeleteUserPermissionsBoundary",
            Condition={"StringNotEquals": {"iam:PermissionsBoundary": READ_ONLY}},
        ),
    )
    with refused("AccessDenied", 403):
        ada.create_user(UserName="bob")
    ada.create_user(UserName="bob", PermissionsBoundary=READ_ONLY)
    with refused("AccessDenied", 403):
        ada.put_user_permissions_boundary(
            UserName="bob", PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess"
        )
    with refused("AccessDenied", 403):
        ada.delete_user_permissions_boundary(UserName="bob")
