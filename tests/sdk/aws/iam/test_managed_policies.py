"""CreatePolicy, GetPolicy, ListPolicies, DeletePolicy, their versions, tags and attachments."""

import json

import pytest
from botocore.exceptions import ClientError

READ = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
}
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def refused(call, code, *says, **params):
    with pytest.raises(ClientError) as error:
        call(**params)
    assert error.value.response["Error"]["Code"] == code
    for text in says:
        assert text in error.value.response["Error"]["Message"]
    return error.value.response["Error"]["Message"]


@pytest.fixture
def policy(iam, name):
    """The ARN of a policy."""
    made = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(READ))
    return made["Policy"]["Arn"]


def test_a_policy_is_made_and_told_of(iam, name, cloud):
    made = iam.create_policy(
        PolicyName=name,
        Path="/lab/reading/",
        PolicyDocument=json.dumps(READ),
        Description="To read",
        Tags=[{"Key": "team", "Value": "ice"}],
    )["Policy"]
    arn = f"arn:aws:iam::{cloud.credentials.account_id}:policy/lab/reading/{name}"
    assert (made["Arn"], made["Path"], made["PolicyId"][:4]) == (arn, "/lab/reading/", "ANPA")
    told = iam.get_policy(PolicyArn=arn)["Policy"]
    assert told == made | {"Description": "To read"}
    assert (told["DefaultVersionId"], told["AttachmentCount"]) == ("v1", 0)
    assert told["Tags"] == [{"Key": "team", "Value": "ice"}]
    version = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]
    assert version["Document"] == READ
    assert version["IsDefaultVersion"]


def test_names_are_taken_in_any_case_and_under_any_path(iam, name, policy):
    for taken in (name, name.upper()):
        refused(
            iam.create_policy,
            "EntityAlreadyExists",
            f"A policy called {taken} already exists. Duplicate names are not allowed.",
            PolicyName=taken,
            Path="/elsewhere/",
            PolicyDocument=json.dumps(READ),
        )


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ("{", "is not JSON"),
        ("[]", "expected a JSON object"),
        (json.dumps({"Statement": {"Effect": "Allow"}}), "expected either Action or NotAction"),
        (json.dumps(READ | {"Version": "2012"}), "Version is '2012'"),
        (
            json.dumps({"Statement": READ["Statement"][0] | {"Principal": "*"}}),
            "Principal has no place",
        ),
    ],
)
def test_what_is_no_policy_is_refused(iam, name, document, says):
    refused(
        iam.create_policy,
        "MalformedPolicyDocument",
        says,
        PolicyName=name,
        PolicyDocument=document,
    )


def test_white_space_does_not_count_in_the_size(iam, name):
    resources = [f"arn:aws:s3:::{number:060}" for number in range(70)]
    statement = READ["Statement"][0]
    small = json.dumps(READ | {"Statement": [statement | {"Resource": resources}]}, indent=20)
    assert len(small) > 6144
    iam.create_policy(PolicyName=name, PolicyDocument=small)
    large = json.dumps(READ | {"Statement": [statement | {"Resource": resources * 2}]})
    refused(
        iam.create_policy,
        "LimitExceeded",
        "Cannot exceed quota for PolicySize: 6144",
        PolicyName=f"{name}-large",
        PolicyDocument=large,
    )


def test_versions_come_and_go(iam, policy):
    for number in range(2, 6):
        made = iam.create_policy_version(PolicyArn=policy, PolicyDocument=json.dumps(READ))
        assert made["PolicyVersion"]["VersionId"] == f"v{number}"
        assert not made["PolicyVersion"]["IsDefaultVersion"]
    refused(
        iam.create_policy_version,
        "LimitExceeded",
        "A managed policy can have up to 5 versions. Before you create a new version, you must "
        "delete an existing version.",
        PolicyArn=policy,
        PolicyDocument=json.dumps(READ),
    )
    iam.set_default_policy_version(PolicyArn=policy, VersionId="v3")
    assert iam.get_policy(PolicyArn=policy)["Policy"]["DefaultVersionId"] == "v3"
    refused(
        iam.delete_policy_version,
        "DeleteConflict",
        "Cannot delete the default version of a policy.",
        PolicyArn=policy,
        VersionId="v3",
    )
    iam.delete_policy_version(PolicyArn=policy, VersionId="v5")
    made = iam.create_policy_version(
        PolicyArn=policy, PolicyDocument=json.dumps(READ), SetAsDefault=True
    )["PolicyVersion"]
    assert (made["VersionId"], made["IsDefaultVersion"]) == ("v6", True)
    listed = iam.get_paginator("list_policy_versions").paginate(
        PolicyArn=policy, PaginationConfig={"PageSize": 2}
    )
    versions = [
        (each["VersionId"], each["IsDefaultVersion"]) for each in listed.search("Versions[]")
    ]
    assert versions == [("v6", True), ("v4", False), ("v3", False), ("v2", False), ("v1", False)]
    for unknown in ("v5", "v0", "6"):
        with pytest.raises(ClientError) as error:
            iam.get_policy_version(PolicyArn=policy, VersionId=unknown)
        assert error.value.response["Error"]["Code"] in ("NoSuchEntity", "ValidationError")


def test_a_policy_that_is_used_or_has_versions_stays(iam, name, policy):
    iam.create_user(UserName=name)
    iam.attach_user_policy(UserName=name, PolicyArn=policy)
    refused(
        iam.delete_policy,
        "DeleteConflict",
        "Cannot delete a policy attached to entities.",
        PolicyArn=policy,
    )
    iam.detach_user_policy(UserName=name, PolicyArn=policy)
    iam.put_user_permissions_boundary(UserName=name, PermissionsBoundary=policy)
    refused(iam.delete_policy, "DeleteConflict", "attached to entities", PolicyArn=policy)
    iam.delete_user_permissions_boundary(UserName=name)
    iam.create_policy_version(PolicyArn=policy, PolicyDocument=json.dumps(READ))
    refused(iam.delete_policy, "DeleteConflict", "more than one version", PolicyArn=policy)
    iam.delete_policy_version(PolicyArn=policy, VersionId="v2")
    iam.delete_policy(PolicyArn=policy)
    refused(iam.get_policy, "NoSuchEntity", f"Policy {policy} was not found.", PolicyArn=policy)
    iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(READ))


def test_tags(iam, policy):
    iam.tag_policy(PolicyArn=policy, Tags=[{"Key": "team", "Value": "ice"}])
    iam.tag_policy(PolicyArn=policy, Tags=[{"Key": "Team", "Value": "snow"}])
    iam.tag_policy(PolicyArn=policy, Tags=[{"Key": "grant", "Value": "7"}])
    assert iam.list_policy_tags(PolicyArn=policy)["Tags"] == [
        {"Key": "Team", "Value": "snow"},
        {"Key": "grant", "Value": "7"},
    ]
    iam.untag_policy(PolicyArn=policy, TagKeys=["team"])
    assert iam.list_policy_tags(PolicyArn=policy)["Tags"] == [{"Key": "grant", "Value": "7"}]


def test_policies_are_listed_by_scope_path_and_use(iam, name):
    arns = [
        iam.create_policy(
            PolicyName=f"{name}-{number}", Path=f"/{name}/", PolicyDocument=json.dumps(READ)
        )["Policy"]["Arn"]
        for number in range(3)
    ]
    iam.create_group(GroupName=name)
    iam.attach_group_policy(GroupName=name, PolicyArn=arns[0])
    iam.create_user(UserName=name, PermissionsBoundary=arns[1])

    def listed(**options):
        pages = iam.get_paginator("list_policies").paginate(
            PathPrefix=f"/{name}/", PaginationConfig={"PageSize": 2}, **options
        )
        return [each["Arn"] for each in pages.search("Policies[]")]

    assert listed() == listed(Scope="Local") == arns
    assert listed(Scope="AWS") == []
    assert listed(OnlyAttached=True) == arns[:2]
    assert listed(PolicyUsageFilter="PermissionsPolicy") == arns[:1]
    assert listed(PolicyUsageFilter="PermissionsBoundary") == arns[1:2]
    told = iam.list_policies(PathPrefix=f"/{name}/")["Policies"]
    used = [(each["AttachmentCount"], each["PermissionsBoundaryUsageCount"]) for each in told]
    assert used == [(1, 0), (0, 1), (0, 0)]


def test_the_policies_of_aws_are_there_for_everybody(iam, aws, other):
    listed = iam.list_policies(Scope="AWS", MaxItems=1000)["Policies"]
    names = {each["PolicyName"] for each in listed}
    assert {"AdministratorAccess", "ReadOnlyAccess", "AmazonS3FullAccess", "Billing"} <= names
    elsewhere = aws("iam", other).list_policies(Scope="AWS", MaxItems=1000)["Policies"]
    assert [each["PolicyId"] for each in listed] == [each["PolicyId"] for each in elsewhere]
    assert {each["AttachmentCount"] for each in elsewhere} == {0}
    version = iam.get_policy_version(PolicyArn=ADMINISTRATOR, VersionId="v1")["PolicyVersion"]
    assert version["Document"]["Statement"][0]["Action"] == ["*"]
    assert len(iam.list_policy_versions(PolicyArn=ADMINISTRATOR)["Versions"]) == 1


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("delete_policy", {}),
        ("create_policy_version", {"PolicyDocument": json.dumps(READ)}),
        ("set_default_policy_version", {"VersionId": "v1"}),
        ("delete_policy_version", {"VersionId": "v1"}),
        ("tag_policy", {"Tags": [{"Key": "a", "Value": "b"}]}),
        ("untag_policy", {"TagKeys": ["a"]}),
    ],
)
def test_nobody_changes_the_policies_of_aws(iam, operation, params):
    refused(getattr(iam, operation), "AccessDenied", PolicyArn=ADMINISTRATOR, **params)


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("get_policy", {}),
        ("get_policy_version", {"VersionId": "v1"}),
        ("list_policy_versions", {}),
        ("list_policy_tags", {}),
        ("list_entities_for_policy", {}),
        ("delete_policy", {}),
        ("create_policy_version", {"PolicyDocument": json.dumps(READ)}),
    ],
)
def test_another_account_is_told_nothing(aws, other, policy, operation, params):
    """Neither whether a policy is there."""
    there = refused(
        getattr(aws("iam", other), operation), "AccessDenied", PolicyArn=policy, **params
    )
    missing = f"{policy}-missing"
    answer = refused(
        getattr(aws("iam", other), operation), "AccessDenied", PolicyArn=missing, **params
    )
    assert answer == there.replace(policy, missing)


def test_what_is_no_arn_of_a_policy_is_refused(iam):
    refused(
        iam.get_policy,
        "InvalidInput",
        "is not valid",
        PolicyArn="arn:aws:iam::123456789012:user/somebody",
    )
