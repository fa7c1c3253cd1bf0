"""Every operation on policies asks for the action of its own name; and who may change some
policies cannot become who may do more.
"""

import json

import pytest
from botocore.exceptions import ClientError

from lenticular.testing.policies import allow, deny, policy

NOTHING = json.dumps(policy(allow("sqs:ListQueues")))
ALL = json.dumps(policy(allow("*")))
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def code_of(call, **params):
    try:
        call(**params)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


def camel(operation):
    return "".join(map(str.title, operation.split("_")))


OF_POLICY = {
    "get_policy": {},
    "get_policy_version": {"VersionId": "v1"},
    "list_policy_versions": {},
    "list_policy_tags": {},
    "list_entities_for_policy": {},
    "tag_policy": {"Tags": [{"Key": "a", "Value": "b"}]},
    "untag_policy": {"TagKeys": ["a"]},
    "create_policy_version": {"PolicyDocument": NOTHING},
    "set_default_policy_version": {"VersionId": "v1"},
    "delete_policy_version": {"VersionId": "v2"},
    "delete_policy": {},
}
OF_ENTITY = {
    "attach_{}_policy": {"PolicyArn": ADMINISTRATOR},
    "list_attached_{}_policies": {},
    "detach_{}_policy": {"PolicyArn": ADMINISTRATOR},
    "put_{}_policy": {"PolicyName": "p", "PolicyDocument": NOTHING},
    "get_{}_policy": {"PolicyName": "p"},
    "list_{}_policies": {},
    "delete_{}_policy": {"PolicyName": "p"},
}
OF_NOTHING = {
    "list_policies": {},
    "simulate_custom_policy": {"PolicyInputList": [NOTHING], "ActionNames": ["s3:GetObject"]},
    "get_context_keys_for_custom_policy": {"PolicyInputList": [NOTHING]},
}


@pytest.fixture
def person(aws, cloud, name):
    """A user that may do nothing, and what lets it do some things."""
    user = cloud.create_user(f"{name}-person")
    iam = aws("iam")

    def permit(*statements):
        iam.put_user_policy(
            UserName=user.name,
            PolicyName="given",
            PolicyDocument=json.dumps(policy(*statements)),
        )

    return aws("iam", user), permit


def test_operations_on_a_policy_ask_for_it(iam, name, person):
    client, permit = person
    arn = iam.create_policy(PolicyName=name, PolicyDocument=NOTHING)["Policy"]["Arn"]
    for operation, params in OF_POLICY.items():
        call = getattr(client, operation)
        permit(allow("iam:*", resource=f"{arn}-other"))
        assert code_of(call, PolicyArn=arn, **params) == "AccessDenied", operation
        missing = f"{arn}-missing"
        assert code_of(call, PolicyArn=missing, **params) == "AccessDenied", operation
        permit(allow(f"iam:{camel(operation)}", resource=arn))
        assert code_of(call, PolicyArn=arn, **params) is None, operation


@pytest.mark.parametrize("kind", ["user", "group", "role"])
def test_operations_on_the_policies_of_an_entity_ask_for_it(iam, name, person, kind, cloud, trust):
    client, permit = person
    named = {f"{kind.title()}Name": name}
    more = {"AssumeRolePolicyDocument": trust} if kind == "role" else {}
    getattr(iam, f"create_{kind}")(**named, **more)
    arn = f"arn:aws:iam::{cloud.credentials.account_id}:{kind}/{name}"
    for pattern, params in OF_ENTITY.items():
        operation = pattern.format(kind)
        call = getattr(client, operation)
        permit(allow("iam:*", resource=f"{arn}-other"))
        assert code_of(call, **named, **params) == "AccessDenied", operation
        missing = {f"{kind.title()}Name": f"{name}-missing"}
        assert code_of(call, **missing, **params) == "AccessDenied", operation
        permit(allow(f"iam:{camel(operation)}", resource=arn))
        assert code_of(call, **named, **params) is None, operation


def test_operations_on_nothing_in_particular_ask_too(person, cloud, iam, name):
    client, permit = person
    source = f"arn:aws:iam::{cloud.credentials.account_id}:user/{name}"
    iam.create_user(UserName=name)
    of_user = {"PolicySourceArn": source}
    asked = OF_NOTHING | {
        "create_policy": {"PolicyName": name, "PolicyDocument": NOTHING},
        "simulate_principal_policy": of_user | {"ActionNames": ["s3:GetObject"]},
        "get_context_keys_for_principal_policy": of_user,
    }
    for operation, params in asked.items():
        call = getattr(client, operation)
        permit(allow("s3:*"))
        assert code_of(call, **params) == "AccessDenied", operation
        permit(allow(f"iam:{camel(operation)}"))
        assert code_of(call, **params) is None, operation


def test_a_policy_with_tags_needs_the_right_to_tag_it(person, name):
    client, permit = person
    tagged = {
        "PolicyName": name,
        "PolicyDocument": NOTHING,
        "Tags": [{"Key": "team", "Value": "ice"}],
    }
    permit(allow("iam:CreatePolicy"))
    assert code_of(client.create_policy, **tagged) == "AccessDenied"
    of_team = {"StringEquals": {"aws:RequestTag/team": "snow"}}
    permit(allow("iam:CreatePolicy", "iam:TagPolicy", Condition=of_team))
    assert code_of(client.create_policy, **tagged) == "AccessDenied"
    permit(allow("iam:CreatePolicy", "iam:TagPolicy"))
    assert code_of(client.create_policy, **tagged) is None


def test_escalation_by_a_version_of_ones_own_policy(aws, cloud, iam, name):
    """Who may do all with policies but those of a path cannot rewrite what limits them."""
    arn = iam.create_policy(PolicyName=name, Path="/limits/", PolicyDocument=NOTHING)["Policy"][
        "Arn"
    ]
    user = cloud.create_user(
        f"{name}-person",
        policies=[
            policy(
                allow("iam:*Policy*"),
                deny("iam:*", resource="arn:aws:iam::*:policy/limits/*"),
            )
        ],
    )
    iam.attach_user_policy(UserName=user.name, PolicyArn=arn)
    client = aws("iam", user)
    for operation, params in OF_POLICY.items():
        code = code_of(getattr(client, operation), PolicyArn=arn, **params)
        assert code == "AccessDenied", operation
    # Nor under another writing of the ARN.
    for written in (arn.replace("limits", "LIMITS"), arn.replace("/limits/", "//limits/")):
        code = code_of(
            client.create_policy_version,
            PolicyArn=written,
            PolicyDocument=ALL,
            SetAsDefault=True,
        )
        assert code in ("AccessDenied", "NoSuchEntity", "InvalidInput")
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v1"


def test_escalation_by_attaching_another_policy_than_allowed(person, iam, name, cloud):
    """The condition key iam:PolicyARN holds an attacher to some policies."""
    client, permit = person
    iam.create_user(UserName=name)
    only = {"ArnLike": {"iam:PolicyARN": "arn:aws:iam::aws:policy/*ReadOnlyAccess"}}
    permit(allow("iam:AttachUserPolicy", "iam:DetachUserPolicy", Condition=only))
    reading = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    assert code_of(client.attach_user_policy, UserName=name, PolicyArn=reading) is None
    denied = code_of(client.attach_user_policy, UserName=name, PolicyArn=ADMINISTRATOR)
    assert denied == "AccessDenied"
    listed = iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]
    assert [each["PolicyArn"] for each in listed] == [reading]


def test_escalation_by_taking_off_ones_boundary(aws, cloud, iam, name):
    """An administrator within a boundary that forbids to touch boundaries stays within."""
    fence = policy(
        allow("*"),
        deny("iam:*PermissionsBoundary", "sqs:*"),
        deny("iam:*PolicyVersion", "iam:DeletePolicy", resource=f"arn:aws:iam::*:policy/{name}"),
    )
    arn = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(fence))["Policy"]["Arn"]
    user = cloud.create_user(f"{name}-person", policies=[json.loads(ALL)])
    iam.put_user_permissions_boundary(UserName=user.name, PermissionsBoundary=arn)
    client = aws("iam", user)
    assert code_of(client.list_users) is None
    me = {"UserName": user.name}
    attempts = [
        (client.delete_user_permissions_boundary, me),
        (client.put_user_permissions_boundary, me | {"PermissionsBoundary": ADMINISTRATOR}),
        (client.create_policy_version, {"PolicyArn": arn, "PolicyDocument": ALL}),
        (client.set_default_policy_version, {"PolicyArn": arn, "VersionId": "v1"}),
        (client.delete_policy, {"PolicyArn": arn}),
    ]
    for call, params in attempts:
        assert code_of(call, **params) == "AccessDenied", call
    assert code_of(client.attach_user_policy, **me, PolicyArn=ADMINISTRATOR) is None
    [result] = iam.simulate_principal_policy(
        PolicySourceArn=user.arn, ActionNames=["sqs:ListQueues"]
    )["EvaluationResults"]
    assert result["EvalDecision"] == "explicitDeny"
