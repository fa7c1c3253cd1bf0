"""Ways to get more rights than one has, each tried by somebody who has few.

The list is that of the known paths by which rights over IAM become rights over everything.
Each test tries the way itself, and then that nothing came of it.
"""

import json

import pytest

from ..statements import allow, document, trusting, unique

ADMIN = json.dumps(document(allow("*")))
ADMIN_ARN = "arn:aws:iam::aws:policy/AdministratorAccess"
READING = allow("iam:Get*", "iam:List*", "s3:ListAllMyBuckets")


@pytest.fixture
def alice(make_user):
    """Somebody who may look, and nothing else."""
    return make_user(READING)


@pytest.fixture
def admin(make_user):
    """Somebody who may everything."""
    return make_user(allow("*"))


@pytest.fixture
def powerless(aws, refused):
    """Makes sure that somebody still may nothing that needs rights."""

    def check(credentials):
        assert refused(aws("dynamodb", credentials).list_tables)[0] == "AccessDeniedException"
        assert refused(aws("iam", credentials).create_user, UserName="x")[0] == "AccessDenied"

    return check


@pytest.fixture
def admin_role(make_role, cloud):
    """A role that may everything, for services only."""
    return make_role(trusting({"Service": "ec2.amazonaws.com"}), allow("*"))


def last(arn):
    return arn.rpartition("/")[2]


# ------------------------------------------------------------------ one's own policies


@pytest.mark.parametrize(
    "operation",
    ["put_user_policy", "attach_user_policy", "add_user_to_group", "delete_user_policy"],
)
def test_a_user_gives_itself_policies(aws, iam, alice, refused, powerless, operation):
    group = unique("admins")
    iam.create_group(GroupName=group)
    iam.attach_group_policy(GroupName=group, PolicyArn=ADMIN_ARN)
    params = {
        "put_user_policy": {"PolicyName": "more", "PolicyDocument": ADMIN},
        "attach_user_policy": {"PolicyArn": ADMIN_ARN},
        "add_user_to_group": {"GroupName": group},
        "delete_user_policy": {"PolicyName": "policy-1"},
    }[operation]
    for name in (alice.name, alice.name.upper()):
        code, message = refused(getattr(aws("iam", alice), operation), UserName=name, **params)
        assert code == "AccessDenied"
        assert alice.arn in message
    powerless(alice)


def test_a_group_gets_policies_from_a_member(aws, iam, alice, refused, powerless):
    group = unique("group")
    iam.create_group(GroupName=group)
    iam.add_user_to_group(GroupName=group, UserName=alice.name)
    own = aws("iam", alice)
    more = {"PolicyName": "more", "PolicyDocument": ADMIN}
    assert refused(own.put_group_policy, GroupName=group, **more)[0] == "AccessDenied"
    attach = own.attach_group_policy
    assert refused(attach, GroupName=group, PolicyArn=ADMIN_ARN)[0] == "AccessDenied"
    powerless(alice)


def test_a_new_version_of_one_s_own_policy(aws, iam, alice, make_policy, refused, powerless):
    arn = make_policy(READING)
    iam.attach_user_policy(UserName=alice.name, PolicyArn=arn)
    create = aws("iam", alice).create_policy_version
    for default in (True, False):
        version = {"PolicyArn": arn, "PolicyDocument": ADMIN, "SetAsDefault": default}
        assert refused(create, **version)[0] == "AccessDenied"
    assert len(iam.list_policy_versions(PolicyArn=arn)["Versions"]) == 1
    powerless(alice)


def test_an_older_version_of_one_s_own_policy(aws, iam, alice, make_policy, refused, powerless):
    """The first version was generous, and is still there."""
    arn = make_policy(allow("*"))
    iam.create_policy_version(
        PolicyArn=arn, PolicyDocument=json.dumps(document(READING)), SetAsDefault=True
    )
    iam.attach_user_policy(UserName=alice.name, PolicyArn=arn)
    own = aws("iam", alice)
    back = own.set_default_policy_version
    assert refused(back, PolicyArn=arn, VersionId="v1")[0] == "AccessDenied"
    assert refused(own.delete_policy_version, PolicyArn=arn, VersionId="v2")[0] == "AccessDenied"
    powerless(alice)


def test_a_tag_that_opens_doors(aws, iam, make_user, refused):
    condition = {"StringEquals": {"aws:PrincipalTag/team": "operators"}}
    alice = make_user(allow("s3:*", Condition=condition), allow("iam:Get*"))
    s3, own = aws("s3", alice), aws("iam", alice)
    for user in (alice.name, alice.name.upper()):
        tag = refused(own.tag_user, UserName=user, Tags=[{"Key": "team", "Value": "operators"}])
        assert tag[0] == "AccessDenied"
    assert refused(s3.list_buckets)[0] == "AccessDenied"
    iam.tag_user(UserName=alice.name, Tags=[{"Key": "Team", "Value": "operators"}])
    s3.list_buckets()


# ------------------------------------------------------------------ the credentials of others


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("create_access_key", {}),
        ("create_login_profile", {"Password": "Tr0ub4dor&3-long"}),
        ("update_login_profile", {"Password": "Tr0ub4dor&3-long"}),
        ("deactivate_mfa_device", {"SerialNumber": "arn:aws:iam::1:mfa/phone"}),
        ("update_user", {"NewUserName": "taken-over"}),
    ],
)
def test_credentials_of_another_user(aws, iam, make_user, admin, refused, operation, params):
    alice = make_user(
        READING,
        allow("iam:*", resource="arn:aws:iam::*:user/${aws:username}"),
    )
    call = getattr(aws("iam", alice), operation)
    # Names count in any case: whom a name stands for is what is asked about.
    for name in (admin.name, admin.name.upper()):
        code, message = refused(call, UserName=name, **params)
        assert code == "AccessDenied"
        assert admin.name in message
    assert [each["AccessKeyId"] for each in _keys(iam, admin)] == [admin.access_key_id]


def _keys(iam, user):
    return iam.list_access_keys(UserName=user.name)["AccessKeyMetadata"]


def test_another_s_key_under_one_s_own_name(aws, iam, make_user, admin, refused):
    """The key is found, and it is not the user's whom the request names."""
    alice = make_user(allow("iam:*", resource="arn:aws:iam::*:user/${aws:username}"))
    own = aws("iam", alice)
    for operation, params in (
        (own.update_access_key, {"Status": "Inactive"}),
        (own.delete_access_key, {}),
    ):
        code, _ = refused(operation, UserName=alice.name, AccessKeyId=admin.access_key_id, **params)
        assert code == "NoSuchEntity"
    aws("iam", admin).list_users()


def test_a_deny_is_not_evaded_by_writing_a_name_otherwise(aws, make_user, admin, refused):
    deny = {"Effect": "Deny", "Action": "iam:*", "Resource": admin.arn}
    alice = make_user(allow("iam:*"), deny)
    create = aws("iam", alice).create_access_key
    for name in (admin.name, admin.name.upper(), admin.name.title()):
        assert refused(create, UserName=name)[0] == "AccessDenied"


# ------------------------------------------------------------------ roles


def test_pass_role(aws, make_user, admin_role, refused, iam):
    """A machine of one's own with a role of somebody else's choosing: the classic."""
    profile = unique("profile")
    alice = make_user(
        READING,
        allow("iam:CreateInstanceProfile", "iam:AddRoleToInstanceProfile"),
        allow("iam:PassRole", resource="arn:aws:iam::*:role/harmless-*"),
    )
    own = aws("iam", alice)
    own.create_instance_profile(InstanceProfileName=profile)
    add = {"InstanceProfileName": profile, "RoleName": last(admin_role)}
    code, message = refused(own.add_role_to_instance_profile, **add)
    assert code == "AccessDenied"
    assert "iam:PassRole" in message
    assert iam.get_instance_profile(InstanceProfileName=profile)["InstanceProfile"]["Roles"] == []


def test_update_assume_role_policy(aws, alice, admin_role, refused):
    trust = json.dumps(trusting({"AWS": alice.arn}))
    update = aws("iam", alice).update_assume_role_policy
    for name in (last(admin_role), last(admin_role).upper()):
        assert refused(update, RoleName=name, PolicyDocument=trust)[0] == "AccessDenied"
    assume = aws("sts", alice).assume_role
    assert refused(assume, RoleArn=admin_role, RoleSessionName="me")[0] == "AccessDenied"


def test_who_may_change_trust_but_not_assume(aws, make_user, admin_role, refused):
    """Within one account a trust policy that names the user is enough; a boundary still holds."""
    deny = {"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": "*"}
    alice = make_user(allow("iam:UpdateAssumeRolePolicy"), deny)
    aws("iam", alice).update_assume_role_policy(
        RoleName=last(admin_role), PolicyDocument=json.dumps(trusting({"AWS": alice.arn}))
    )
    assume = aws("sts", alice).assume_role
    assert refused(assume, RoleArn=admin_role, RoleSessionName="me")[0] == "AccessDenied"


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("attach_role_policy", {"PolicyArn": ADMIN_ARN}),
        ("put_role_policy", {"PolicyName": "more", "PolicyDocument": ADMIN}),
    ],
)
def test_a_session_gives_its_role_policies(session, as_session, refused, operation, params):
    issued = session(READING)
    role = issued["AssumedRoleUser"]["Arn"].split("/")[1]
    call = getattr(as_session("iam", issued), operation)
    assert refused(call, RoleName=role, **params)[0] == "AccessDenied"
    assert refused(as_session("dynamodb", issued).list_tables)[0] == "AccessDeniedException"


def test_a_session_token_does_not_open_iam(aws, admin, as_session, refused):
    """A token that leaked, of an administrator who gave no second factor, makes no keys."""
    issued = aws("sts", admin).get_session_token()
    own = as_session("iam", issued)
    assert refused(own.create_access_key, UserName=admin.name)[0] == "AccessDenied"
    assert refused(own.create_access_key)[0] == "AccessDenied"


def test_a_guest_does_not_become_the_user(aws, admin, as_session, refused, make_role):
    guest = aws("sts", admin).get_federation_token(
        Name=admin.name, Policy=json.dumps(document(allow("*")))
    )
    own = as_session("iam", guest)
    assert refused(own.create_access_key, UserName=admin.name)[0] == "AccessDenied"
    arn = make_role(trusting({"AWS": "*"}), allow("*"))
    assume = as_session("sts", guest).assume_role
    assert refused(assume, RoleArn=arn, RoleSessionName="me")[0] == "AccessDenied"
