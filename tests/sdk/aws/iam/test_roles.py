"""Roles, service-linked roles and instance profiles."""

import json

import pytest

from lenticular.testing.policies import allow

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
TAGS = [{"Key": "Team", "Value": "sky"}]


def test_a_role_is_made_told_of_changed_and_deleted(root, arn, refused, trust):
    made = root.create_role(
        RoleName="Analyst",
        Path="/x/",
        AssumeRolePolicyDocument=trust,
        Description="reads",
        MaxSessionDuration=7200,
        Tags=TAGS,
        PermissionsBoundary=READ_ONLY,
    )["Role"]
    assert made["Arn"] == arn("role/x/Analyst")
    assert made["RoleId"].startswith("AROA")
    assert made["AssumeRolePolicyDocument"] == json.loads(trust)
    assert made["PermissionsBoundary"]["PermissionsBoundaryArn"] == READ_ONLY
    assert root.get_role(RoleName="analyst")["Role"] == {**made, "RoleLastUsed": {}}
    [listed] = root.list_roles(PathPrefix="/x/")["Roles"]
    assert (listed["RoleName"], listed["MaxSessionDuration"]) == ("Analyst", 7200)
    assert "Tags" not in listed
    root.update_role(RoleName="Analyst", Description="writes", MaxSessionDuration=3600)
    root.update_role_description(RoleName="Analyst", Description="both")
    other = trust.replace("ec2", "lambda")
    root.update_assume_role_policy(RoleName="Analyst", PolicyDocument=other)
    told = root.get_role(RoleName="Analyst")["Role"]
    assert (told["Description"], told["MaxSessionDuration"]) == ("both", 3600)
    assert told["AssumeRolePolicyDocument"] == json.loads(other)
    root.delete_role_permissions_boundary(RoleName="Analyst")
    root.put_role_permissions_boundary(RoleName="Analyst", PermissionsBoundary=READ_ONLY)
    root.untag_role(RoleName="Analyst", TagKeys=["Team"])
    root.tag_role(RoleName="Analyst", Tags=[{"Key": "b", "Value": "c"}])
    assert root.list_role_tags(RoleName="Analyst")["Tags"] == [{"Key": "b", "Value": "c"}]
    root.delete_role(RoleName="Analyst")
    with refused("NoSuchEntity", 404, "The role with name Analyst cannot be found."):
        root.get_role(RoleName="Analyst")


@pytest.mark.parametrize(
    ("wrong", "right", "code"),
    [
        ('"Version"', "", "MalformedPolicyDocument"),
        ('"Statement"', '"Statements"', "MalformedPolicyDocument"),
        ("sts:AssumeRole", "s3:GetObject", "MalformedPolicyDocument"),
        ('"Principal"', '"Resource"', "MalformedPolicyDocument"),
        ("ec2.", "ec2" + "x" * 2048 + ".", "LimitExceeded"),
    ],
)
def test_a_trust_policy_is_checked(root, refused, trust, wrong, right, code):
    document, status = trust.replace(wrong, right), 409 if code == "LimitExceeded" else 400
    with refused(code, status):
        root.create_role(RoleName="r", AssumeRolePolicyDocument=document)
    root.create_role(RoleName="r", AssumeRolePolicyDocument=trust)
    with refused(code, status):
        root.update_assume_role_policy(RoleName="r", PolicyDocument=document)


def test_a_role_with_something_left_stays(root, refused, trust):
    root.create_role(RoleName="r", AssumeRolePolicyDocument=trust)
    root.attach_role_policy(RoleName="r", PolicyArn=READ_ONLY)
    with refused("DeleteConflict", 409, "must detach all policies first"):
        root.delete_role(RoleName="r")
    root.detach_role_policy(RoleName="r", PolicyArn=READ_ONLY)
    root.create_instance_profile(InstanceProfileName="p")
    root.add_role_to_instance_profile(InstanceProfileName="p", RoleName="r")
    with refused("DeleteConflict", 409, "must remove roles from instance profile first"):
        root.delete_role(RoleName="r")


def test_an_instance_profile_hands_out_one_role(root, arn, refused, trust):
    for name in ("one", "two"):
        root.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    made = root.create_instance_profile(InstanceProfileName="Machine", Path="/x/", Tags=TAGS)
    assert made["InstanceProfile"]["Arn"] == arn("instance-profile/x/Machine")
    assert made["InstanceProfile"]["Roles"] == []
    root.add_role_to_instance_profile(InstanceProfileName="machine", RoleName="one")
    with refused("LimitExceeded", 409, "InstanceSessionsPerInstanceProfile: 1"):
        root.add_role_to_instance_profile(InstanceProfileName="machine", RoleName="two")
    told = root.get_instance_profile(InstanceProfileName="machine")["InstanceProfile"]
    assert [role["RoleName"] for role in told["Roles"]] == ["one"]
    assert told["Tags"] == TAGS
    for listed in (
        root.list_instance_profiles(PathPrefix="/x/")["InstanceProfiles"],
        root.list_instance_profiles_for_role(RoleName="one")["InstanceProfiles"],
    ):
        assert [profile["InstanceProfileName"] for profile in listed] == ["Machine"]
    assert root.list_instance_profiles_for_role(RoleName="two")["InstanceProfiles"] == []
    root.tag_instance_profile(InstanceProfileName="machine", Tags=[{"Key": "b", "Value": ""}])
    root.untag_instance_profile(InstanceProfileName="machine", TagKeys=["Team"])
    tags = root.list_instance_profile_tags(InstanceProfileName="machine")["Tags"]
    assert [tag["Key"] for tag in tags] == ["b"]
    with refused("DeleteConflict", 409):
        root.delete_instance_profile(InstanceProfileName="machine")
    with refused("NoSuchEntity", 404):
        root.remove_role_from_instance_profile(InstanceProfileName="machine", RoleName="two")
    root.remove_role_from_instance_profile(InstanceProfileName="machine", RoleName="one")
    root.delete_instance_profile(InstanceProfileName="machine")
    with refused("NoSuchEntity", 404, "Instance Profile machine cannot be found."):
        root.get_instance_profile(InstanceProfileName="machine")


def test_a_privilege_escalation_by_passing_a_role_on_is_refused(root, as_user, arn, refused, trust):
    root.create_role(RoleName="admin", AssumeRolePolicyDocument=trust)
    root.create_role(RoleName="worker", AssumeRolePolicyDocument=trust)
    root.create_instance_profile(InstanceProfileName="p")
    to_ec2 = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    to_lambda = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    ada = as_user(
        "ada",
        allow("iam:AddRoleToInstanceProfile"),
        allow("iam:PassRole", resource=arn("role/worker"), Condition=to_ec2),
        allow("iam:PassRole", resource=arn("role/admin"), Condition=to_lambda),
    )
    for name in ("admin", "nothing"):
        with refused("AccessDenied", 403, f"iam:PassRole on resource: {arn(f'role/{name}')}"):
            ada.add_role_to_instance_profile(InstanceProfileName="p", RoleName=name)
    ada.add_role_to_instance_profile(InstanceProfileName="p", RoleName="worker")


def test_a_service_linked_role_is_its_services_alone(root, arn, refused, trust):
    made = root.create_service_linked_role(AWSServiceName="spot.amazonaws.com")["Role"]
    name, path = "AWSServiceRoleForEC2Spot", "/aws-service-role/spot.amazonaws.com/"
    assert (made["RoleName"], made["Path"]) == (name, path)
    with refused("InvalidInput", 400, "has been taken in this account"):
        root.create_service_linked_role(AWSServiceName="spot.amazonaws.com")
    suffixed = root.create_service_linked_role(
        AWSServiceName="spot.amazonaws.com", CustomSuffix="lab"
    )
    assert suffixed["Role"]["RoleName"] == f"{name}_lab"
    for change in (
        lambda: root.delete_role(RoleName=name),
        lambda: root.update_assume_role_policy(RoleName=name, PolicyDocument=trust),
        lambda: root.update_role(RoleName=name, MaxSessionDuration=3600),
        lambda: root.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=READ_ONLY),
    ):
        with refused("UnmodifiableEntity", 400, "only modifiable by AWS"):
            change()
    task = root.delete_service_linked_role(RoleName=name)["DeletionTaskId"]
    status = root.get_service_linked_role_deletion_status(DeletionTaskId=task)
    assert status["Status"] == "SUCCEEDED"
    with refused("NoSuchEntity", 404):
        root.get_role(RoleName=name)
    with refused("NoSuchEntity", 404):
        root.get_service_linked_role_deletion_status(DeletionTaskId="task/nothing")
    with refused("InvalidInput", 400):
        root.create_service_linked_role(AWSServiceName="example.org")
    with refused("InvalidInput", 400, "CreateServiceLinkedRole"):
        root.create_role(RoleName="x", Path=path, AssumeRolePolicyDocument=trust)
