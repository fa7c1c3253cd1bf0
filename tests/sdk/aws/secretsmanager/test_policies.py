"""Resource policies: put, told, validated, evaluated; and every operation asks for permission."""

import json
import uuid
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from lenticular.server.interfaces import aws_services
from lenticular.server.wiring import build_in_memory


def document(principal, action="secretsmanager:GetSecretValue", effect="Allow", **more):
    statement = {"Effect": effect, "Principal": principal, "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement | more]})


def test_a_policy_is_put_told_and_deleted(secretsmanager, account, secret, name):
    assert "ResourcePolicy" not in secretsmanager.get_resource_policy(SecretId=name)
    policy = document({"AWS": account.account_id})
    put = secretsmanager.put_resource_policy(SecretId=name, ResourcePolicy=policy)
    assert (put["ARN"], put["Name"]) == (secret["ARN"], name)
    assert secretsmanager.get_resource_policy(SecretId=name)["ResourcePolicy"] == policy
    secretsmanager.delete_resource_policy(SecretId=name)
    assert "ResourcePolicy" not in secretsmanager.get_resource_policy(SecretId=name)


def test_what_is_no_policy_is_refused(secretsmanager, refused, secret, name):
    for wrong in ("{", "{}", '{"Statement": []}'):
        for call, more in (
            (secretsmanager.put_resource_policy, {"SecretId": name}),
            (secretsmanager.validate_resource_policy, {}),
        ):
            refused("MalformedPolicyDocumentException", call, ResourcePolicy=wrong, **more)


def test_a_secret_has_one_policy(secretsmanager, refused, secret, name):
    named = {"SecretId": name, "PolicyName": "second"}
    refused("InvalidParameterException", secretsmanager.get_resource_policy, **named)
    refused("InvalidParameterException", secretsmanager.delete_resource_policy, **named)
    put = secretsmanager.put_resource_policy
    refused("InvalidParameterException", put, **named, ResourcePolicy=document("*"))


def test_public_policies_can_be_blocked(secretsmanager, refused, account, secret, name):
    everybody = document("*")
    narrowed = document("*", Condition={"StringEquals": {"aws:PrincipalAccount": "1" * 12}})
    put = {"SecretId": name, "BlockPublicPolicy": True}
    refused(
        "PublicPolicyException",
        secretsmanager.put_resource_policy,
        **put,
        ResourcePolicy=everybody,
    )
    secretsmanager.put_resource_policy(**put, ResourcePolicy=narrowed)
    secretsmanager.put_resource_policy(SecretId=name, ResourcePolicy=everybody)
    validate = secretsmanager.validate_resource_policy
    assert validate(ResourcePolicy=narrowed)["PolicyValidationPassed"] is True
    found = validate(ResourcePolicy=everybody, SecretId=name)
    assert found["PolicyValidationPassed"] is False
    assert found["ValidationErrors"][0]["ErrorMessage"]


def test_another_account_comes_in_by_the_policy_and_its_own(
    aws, cloud, other, secretsmanager, refused, secret, name
):
    theirs = aws("secretsmanager", other)
    denied = refused("AccessDeniedException", theirs.get_secret_value, SecretId=secret["ARN"])
    missing = secret["ARN"].replace(name, "lab/nobody")
    assert denied == refused(
        "AccessDeniedException", theirs.get_secret_value, SecretId=missing
    ).replace("lab/nobody", name), "nothing is given away"
    partial = refused("AccessDeniedException", theirs.get_secret_value, SecretId=secret["ARN"][:-7])
    assert secret["ARN"] not in partial
    recorded = str(aws("cloudtrail", other).lookup_events(MaxResults=1)["Events"])
    assert name in recorded
    assert secret["ARN"] not in recorded
    secretsmanager.put_resource_policy(
        SecretId=name, ResourcePolicy=document({"AWS": other.account_id})
    )
    assert theirs.get_secret_value(SecretId=secret["ARN"])["SecretString"] == "first"
    refused("AccessDeniedException", theirs.describe_secret, SecretId=secret["ARN"])
    student = aws("secretsmanager", cloud.create_user("student", account=other.account_id))
    refused("AccessDeniedException", student.get_secret_value, SecretId=secret["ARN"])


def test_a_policy_lets_a_user_in_or_keeps_them_out(
    aws, cloud, account, secretsmanager, refused, secret, name
):
    user = cloud.create_user(f"u-{uuid.uuid4().hex[:8]}", account=account.account_id)
    client = aws("secretsmanager", user)
    refused("AccessDeniedException", client.get_secret_value, SecretId=name)
    secretsmanager.put_resource_policy(SecretId=name, ResourcePolicy=document({"AWS": user.arn}))
    assert client.get_secret_value(SecretId=name)["SecretString"] == "first"
    secretsmanager.put_resource_policy(
        SecretId=name, ResourcePolicy=document({"AWS": user.arn}, effect="Deny")
    )
    refused("AccessDeniedException", client.get_secret_value, SecretId=name)


def allow(action, resource="*", **more):
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ({"StringEquals": {"aws:ResourceTag/team": "ice"}}, True),
        ({"StringEquals": {"secretsmanager:ResourceTag/team": "ice"}}, True),
        ({"StringEquals": {"aws:ResourceTag/team": "sea"}}, False),
        ({"StringEquals": {"secretsmanager:VersionStage": "AWSPREVIOUS"}}, False),
        ({"StringLike": {"secretsmanager:SecretId": "lab/*"}}, True),
    ],
)
def test_conditions_count(aws, cloud, account, secretsmanager, name, condition, allowed):
    tags = [{"Key": "team", "Value": "ice"}]
    secretsmanager.create_secret(Name=name, SecretString="x", Tags=tags)
    policy = allow("secretsmanager:GetSecretValue", Condition=condition)
    user = cloud.create_user(
        f"u-{uuid.uuid4().hex[:8]}", account=account.account_id, policies=[policy]
    )
    client = aws("secretsmanager", user)
    assert is_refused(client, "get_secret_value", {"SecretId": name}) is not allowed


TAGS = [{"Key": "team", "Value": "ice"}]
POLICY = document({"AWS": "111111111111"})

# Operation: its parameters, and further actions that it needs.
OPERATIONS = {
    "batch_get_secret_value": (lambda at: {"SecretIdList": [at.name]}, ["GetSecretValue"]),
    "cancel_rotate_secret": (lambda at: at.secret, []),
    "create_secret": (lambda at: {"Name": f"{at.name}-new"}, []),
    "delete_resource_policy": (lambda at: at.secret, []),
    "delete_secret": (lambda at: at.secret, []),
    "describe_secret": (lambda at: at.secret, []),
    "get_random_password": (lambda at: {}, []),
    "get_resource_policy": (lambda at: at.secret, []),
    "get_secret_value": (lambda at: at.secret, []),
    "list_secret_version_ids": (lambda at: at.secret, []),
    "list_secrets": (lambda at: {}, []),
    "put_resource_policy": (lambda at: at.secret | {"ResourcePolicy": POLICY}, []),
    "put_secret_value": (lambda at: at.secret | {"SecretString": "y"}, []),
    "restore_secret": (lambda at: at.secret, []),
    "rotate_secret": (lambda at: at.secret, []),
    "tag_resource": (lambda at: at.secret | {"Tags": TAGS}, []),
    "untag_resource": (lambda at: at.secret | {"TagKeys": ["team"]}, []),
    "update_secret": (lambda at: at.secret | {"Description": "new"}, []),
    "update_secret_version_stage": (
        lambda at: at.secret | {"VersionStage": "blue", "MoveToVersionId": at.version},
        [],
    ),
    "validate_resource_policy": (lambda at: at.secret | {"ResourcePolicy": POLICY}, []),
}
WITHOUT_SECRET = {"get_random_password", "list_secrets", "batch_get_secret_value"}


@pytest.fixture
def at(secretsmanager, name):
    made = secretsmanager.create_secret(Name=name, SecretString="x", Type="RandomPassword")
    return SimpleNamespace(
        name=name, arn=made["ARN"], secret={"SecretId": name}, version=made["VersionId"]
    )


@pytest.fixture
def user(aws, cloud, account):
    """``user(*policies)``: Secrets Manager as a new user of the account."""

    def make(*policies):
        name = f"u-{uuid.uuid4().hex[:10]}"
        made = cloud.create_user(name, account=account.account_id, policies=policies)
        return aws("secretsmanager", made)

    return make


def is_refused(client, operation, parameters):
    try:
        answer = getattr(client, operation)(**parameters)
    except ClientError as error:
        if error.response["Error"]["Code"] == "AccessDeniedException":
            return True
        raise
    return any(each["ErrorCode"] == "AccessDeniedException" for each in answer.get("Errors", ()))


def test_every_operation_is_listed_here():
    services = {service.name: service for service in aws_services(build_in_memory())}
    assert set(OPERATIONS) == set(services["secretsmanager"].handlers)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_needs_its_action_on_its_secret_and_no_more(at, user, operation):
    parameters, further = OPERATIONS[operation]
    own = "".join(word.capitalize() for word in operation.split("_"))
    actions = [f"secretsmanager:{action}" for action in (own, *further)]
    assert is_refused(user(), operation, parameters(at))
    for missing in actions:
        others = {"Effect": "Allow", "NotAction": missing, "Resource": "*"}
        policy = {"Version": "2012-10-17", "Statement": [others]}
        assert is_refused(user(policy), operation, parameters(at)), f"without {missing}"
    resource = "*"
    if operation not in WITHOUT_SECRET:
        elsewhere = allow(actions, at.arn.replace(at.name, "lab/other"))
        assert is_refused(user(elsewhere), operation, parameters(at))
        resource = at.arn.replace(at.arn[-7:], "*")
    assert not is_refused(user(allow(actions, resource)), operation, parameters(at))


def test_tags_of_a_new_secret_need_a_permission_of_their_own(user, name):
    parameters = {"Name": name, "Tags": TAGS}
    client = user(allow("secretsmanager:CreateSecret"))
    assert is_refused(client, "create_secret", parameters)
    client = user(allow(["secretsmanager:CreateSecret", "secretsmanager:TagResource"]))
    assert not is_refused(client, "create_secret", parameters)


def test_who_may_not_know_of_a_secret_learns_nothing_of_it(user, refused, at):
    client = user(allow("secretsmanager:*", f"{at.arn[:-15]}*/elsewhere*"))
    there = refused("AccessDeniedException", client.get_secret_value, SecretId=at.name)
    missing = refused("AccessDeniedException", client.get_secret_value, SecretId="lab/nothing")
    assert at.arn in there
    assert "secret:lab/nothing-??????" in missing


def test_rotating_an_access_key_needs_the_right_to_make_it(
    aws, cloud, account, secretsmanager, user, name
):
    """Who may rotate secrets does not get the keys of an administrator by that."""
    aws("iam", account).create_user(UserName=f"admin-{name[4:]}")
    secretsmanager.create_secret(Name=name, Type="AccessKey")
    rotate = {
        "SecretId": name,
        "ExternalSecretRotationMetadata": [{"Key": "UserName", "Value": f"admin-{name[4:]}"}],
    }
    assert is_refused(user(allow("secretsmanager:*")), "rotate_secret", rotate)
    assert is_refused(
        user(allow(["secretsmanager:*", "iam:CreateAccessKey"])), "rotate_secret", rotate
    )
    enough = allow(["secretsmanager:*", "iam:CreateAccessKey", "iam:DeleteAccessKey"])
    assert not is_refused(user(enough), "rotate_secret", rotate)
