"""Groups and their members."""

from lenticular.testing.policies import allow, policy


def test_a_group_is_made_told_of_renamed_and_deleted(root, arn, refused):
    made = root.create_group(GroupName="Staff", Path="/x/")["Group"]
    assert made["Arn"] == arn("group/x/Staff")
    assert made["GroupId"].startswith("AGPA")
    assert root.get_group(GroupName="staff")["Group"] == made
    with refused("EntityAlreadyExists", 409, "Group with name STAFF already exists."):
        root.create_group(GroupName="STAFF")
    root.update_group(GroupName="Staff", NewGroupName="crew", NewPath="/")
    assert root.list_groups()["Groups"][0]["Arn"] == arn("group/crew")
    root.delete_group(GroupName="crew")
    with refused("NoSuchEntity", 404, "The group with name crew cannot be found."):
        root.delete_group(GroupName="crew")


def test_users_go_in_and_out(root, refused):
    names = ["Ada", "bob", "eve"]
    root.create_group(GroupName="staff")
    for name in reversed(names):
        root.create_user(UserName=name)
        root.add_user_to_group(GroupName="staff", UserName=name)
    pages = root.get_paginator("get_group").paginate(
        GroupName="staff", PaginationConfig={"PageSize": 2}
    )
    assert [user["UserName"] for page in pages for user in page["Users"]] == names
    assert root.list_groups_for_user(UserName="ada")["Groups"][0]["GroupName"] == "staff"
    with refused("DeleteConflict", 409, "must remove users from group first"):
        root.delete_group(GroupName="staff")
    root.remove_user_from_group(GroupName="staff", UserName="Ada")
    with refused("NoSuchEntity", 404):
        root.remove_user_from_group(GroupName="staff", UserName="Ada")
    with refused("NoSuchEntity", 404, "The user with name nobody cannot be found."):
        root.add_user_to_group(GroupName="staff", UserName="nobody")
    assert root.list_groups_for_user(UserName="ada")["Groups"] == []


def test_a_member_may_what_its_group_may_at_once(root, as_user, refused):
    import json

    ada = as_user("ada")
    root.create_group(GroupName="readers")
    document = json.dumps(policy(allow("iam:ListUsers")))
    root.put_group_policy(GroupName="readers", PolicyName="list", PolicyDocument=document)
    with refused("AccessDenied", 403):
        ada.list_users()
    root.add_user_to_group(GroupName="readers", UserName="ada")
    assert len(ada.list_users()["Users"]) == 1
    root.remove_user_from_group(GroupName="readers", UserName="ada")
    with refused("AccessDenied", 403):
        ada.list_users()


def test_a_user_is_in_ten_groups_at_most(root, refused):
    root.create_user(UserName="ada")
    for number in range(11):
        root.create_group(GroupName=f"g{number}")
    for number in range(10):
        root.add_user_to_group(GroupName=f"g{number}", UserName="ada")
    with refused("LimitExceeded", 409, "Cannot exceed quota for GroupsPerUser: 10"):
        root.add_user_to_group(GroupName="g10", UserName="ada")


def test_joining_a_group_takes_permission_for_that_group(root, as_user, arn, refused):
    for name in ("admins", "interns"):
        root.create_group(GroupName=name)
    ada = as_user("ada", allow("iam:AddUserToGroup", resource=arn("group/interns")))
    ada.add_user_to_group(GroupName="interns", UserName="ada")
    with refused("AccessDenied", 403, arn("group/admins")):
        ada.add_user_to_group(GroupName="admins", UserName="ada")
