"""Policies attached to users, groups and roles: AttachUserPolicy, ListEntitiesForPolicy, ..."""

import json

import pytest
from botocore.exceptions import ClientError

ALLOW = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}],
}
KINDS = ("user", "group", "role")


def refused(call, code, says, **params):
    with pytest.raises(ClientError) as error:
        call(**params)
    assert error.value.response["Error"]["Code"] == code
    assert says in error.value.response["Error"]["Message"]


@pytest.fixture
def policy(iam, name):
    """The ARN of a policy."""
    made = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(ALLOW))
    return made["Policy"]["Arn"]


@pytest.fixture
def entity(request, iam, name, trust):
    """The kind of an entity, and the parameter that names it."""
    kind = request.param
    more = {"AssumeRolePolicyDocument": trust} if kind == "role" else {}
    getattr(iam, f"create_{kind}")(**{f"{kind.title()}Name": name}, **more)
    return kind, {f"{kind.title()}Name": name}


@pytest.mark.parametrize("entity", KINDS, indirect=True)
def test_policies_are_attached_listed_and_detached(iam, name, entity, policy):
    kind, named = entity
    attach = getattr(iam, f"attach_{kind}_policy")
    detach = getattr(iam, f"detach_{kind}_policy")
    pages = iam.get_paginator(f"list_attached_{kind}_policies")

    def attached(**options):
        found = pages.paginate(**named, **options, PaginationConfig={"PageSize": 1})
        return [each["PolicyArn"] for each in found.search("AttachedPolicies[]")]

    assert attached() == []
    reading = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    billing = "arn:aws:iam::aws:policy/job-function/Billing"
    for arn in (policy, reading, billing, policy):
        attach(**named, PolicyArn=arn)
    assert sorted(attached()) == sorted([policy, reading, billing])
    assert attached(PathPrefix="/job-function/") == [billing]
    assert iam.get_policy(PolicyArn=policy)["Policy"]["AttachmentCount"] == 1
    entities = iam.list_entities_for_policy(PolicyArn=policy)
    assert [each[f"{kind.title()}Name"] for each in entities[f"Policy{kind.title()}s"]] == [name]
    detach(**named, PolicyArn=policy)
    assert sorted(attached()) == sorted([reading, billing])
    refused(detach, "NoSuchEntity", f"Policy {policy} was not found.", **named, PolicyArn=policy)
    missing = f"{policy}-missing"
    refused(
        attach,
        "NoSuchEntity",
        f"Policy {missing} does not exist or is not attachable.",
        **named,
        PolicyArn=missing,
    )


@pytest.mark.parametrize("entity", KINDS, indirect=True)
def test_ten_policies_are_attached_at_most(iam, entity):
    kind, named = entity
    attach = getattr(iam, f"attach_{kind}_policy")
    arns = [each["Arn"] for each in iam.list_policies(Scope="AWS")["Policies"]][:11]
    for arn in arns[:10]:
        attach(**named, PolicyArn=arn)
    refused(
        attach,
        "LimitExceeded",
        f"Cannot exceed quota for PoliciesPer{kind.title()}: 10",
        **named,
        PolicyArn=arns[10],
    )
    attach(**named, PolicyArn=arns[0])
    listed = getattr(iam, f"list_attached_{kind}_policies")(**named)["AttachedPolicies"]
    assert {each["PolicyArn"] for each in listed} == set(arns[:10])


@pytest.mark.parametrize("entity", KINDS, indirect=True)
def test_what_has_policies_is_not_deleted(iam, entity, policy):
    kind, named = entity
    delete = getattr(iam, f"delete_{kind}")
    getattr(iam, f"attach_{kind}_policy")(**named, PolicyArn=policy)
    refused(delete, "DeleteConflict", "must detach all policies first", **named)
    getattr(iam, f"detach_{kind}_policy")(**named, PolicyArn=policy)
    inline = {"PolicyName": "own", "PolicyDocument": json.dumps(ALLOW)}
    getattr(iam, f"put_{kind}_policy")(**named, **inline)
    refused(delete, "DeleteConflict", "must delete policies first", **named)
    getattr(iam, f"delete_{kind}_policy")(**named, PolicyName="own")
    delete(**named)


def test_entities_are_listed_by_kind_path_and_use(iam, name, policy, trust):
    iam.create_user(UserName=f"{name}-1", Path="/lab/")
    iam.create_user(UserName=f"{name}-2")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    iam.attach_user_policy(UserName=f"{name}-1", PolicyArn=policy)
    iam.attach_role_policy(RoleName=name, PolicyArn=policy)
    iam.put_user_permissions_boundary(UserName=f"{name}-2", PermissionsBoundary=policy)
    iam.put_user_permissions_boundary(UserName=f"{name}-1", PermissionsBoundary=policy)

    def listed(**options):
        pages = iam.get_paginator("list_entities_for_policy").paginate(
            PolicyArn=policy, PaginationConfig={"PageSize": 1}, **options
        )
        users, roles = [], []
        for page in pages:
            users += [each["UserName"] for each in page["PolicyUsers"]]
            roles += [each["RoleName"] for each in page["PolicyRoles"]]
        return users, roles

    assert listed() == ([f"{name}-1", f"{name}-2"], [name])
    assert listed(EntityFilter="Role") == ([], [name])
    assert listed(PathPrefix="/lab/") == ([f"{name}-1"], [])
    assert listed(PolicyUsageFilter="PermissionsPolicy") == ([f"{name}-1"], [name])
    assert listed(PolicyUsageFilter="PermissionsBoundary") == ([f"{name}-1", f"{name}-2"], [])


def test_what_is_attached_counts_at_once_and_no_longer_than_it_is(iam, aws, cloud, name, policy):
    user = cloud.create_user(name)
    s3 = aws("s3", user)
    refused(s3.list_buckets, "AccessDenied", "is not authorized to perform: s3:ListAllMyBuckets")
    iam.attach_user_policy(UserName=name, PolicyArn=policy)
    s3.list_buckets()
    nothing = ALLOW | {"Statement": [ALLOW["Statement"][0] | {"Effect": "Deny"}]}
    iam.create_policy_version(
        PolicyArn=policy, PolicyDocument=json.dumps(nothing), SetAsDefault=True
    )
    refused(s3.list_buckets, "AccessDenied", "with an explicit deny in an identity-based policy")
    iam.set_default_policy_version(PolicyArn=policy, VersionId="v1")
    s3.list_buckets()
    iam.detach_user_policy(UserName=name, PolicyArn=policy)
    refused(s3.list_buckets, "AccessDenied", "because no identity-based policy allows")
    iam.create_group(GroupName=name)
    iam.attach_group_policy(GroupName=name, PolicyArn=policy)
    iam.add_user_to_group(GroupName=name, UserName=name)
    s3.list_buckets()
    iam.put_user_permissions_boundary(
        UserName=name, PermissionsBoundary="arn:aws:iam::aws:policy/IAMReadOnlyAccess"
    )
    refused(s3.list_buckets, "AccessDenied", "because no permissions boundary allows")
    iam.delete_user_permissions_boundary(UserName=name)
    s3.list_buckets()
    iam.remove_user_from_group(GroupName=name, UserName=name)
    refused(s3.list_buckets, "AccessDenied", "because no identity-based policy allows")


def test_a_renamed_user_keeps_its_policies_and_its_old_name_has_none(iam, name, policy):
    iam.create_user(UserName=name)
    iam.attach_user_policy(UserName=name, PolicyArn=policy)
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps(ALLOW))
    iam.update_user(UserName=name, NewUserName=f"{name}-new")
    iam.create_user(UserName=name)
    assert iam.list_attached_user_policies(UserName=name)["AttachedPolicies"] == []
    assert iam.list_user_policies(UserName=name)["PolicyNames"] == []
    renamed = iam.list_attached_user_policies(UserName=f"{name}-new")["AttachedPolicies"]
    assert [each["PolicyArn"] for each in renamed] == [policy]
    assert iam.list_user_policies(UserName=f"{name}-new")["PolicyNames"] == ["own"]
