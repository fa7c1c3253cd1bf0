"""SimulateCustomPolicy, SimulatePrincipalPolicy and the context keys that policies ask for."""

import json

import pytest
from botocore.exceptions import ClientError

OBJECT = "arn:aws:s3:::data/x"


def statement(effect="Allow", action="s3:GetObject", resource="*", **more):
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def document(*statements, **more):
    return json.dumps({"Version": "2012-10-17", "Statement": [*statements], **more})


def refused(call, code, says, **params):
    with pytest.raises(ClientError) as error:
        call(**params)
    assert error.value.response["Error"]["Code"] == code
    assert says in error.value.response["Error"]["Message"]


def decisions(answer):
    return [
        (each["EvalActionName"], each["EvalResourceName"], each["EvalDecision"])
        for each in answer["EvaluationResults"]
    ]


def test_given_policies_are_asked_about_every_action_and_resource(iam):
    answer = iam.simulate_custom_policy(
        PolicyInputList=[
            document(statement(resource="arn:aws:s3:::data/*")),
            document(statement("Deny", "s3:PutObject")),
        ],
        ActionNames=["s3:GetObject", "s3:PutObject"],
        ResourceArns=[OBJECT, "arn:aws:s3:::other/x"],
    )
    assert decisions(answer) == [
        ("s3:GetObject", OBJECT, "allowed"),
        ("s3:GetObject", "arn:aws:s3:::other/x", "implicitDeny"),
        ("s3:PutObject", OBJECT, "explicitDeny"),
        ("s3:PutObject", "arn:aws:s3:::other/x", "explicitDeny"),
    ]


def test_the_statements_that_decide_are_told_with_their_place(iam):
    policy = (
        '{"Version": "2012-10-17", "Id": "a \\"Statement\\": [",\n'
        ' "Statement": [\n'
        '  {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"},\n'
        '  {"Effect": "Allow", "Action": "s3:GetObject",\n'
        '   "Resource": "*"}\n'
        " ]}"
    )
    answer = iam.simulate_custom_policy(PolicyInputList=[policy], ActionNames=["s3:GetObject"])
    [result] = answer["EvaluationResults"]
    assert result["EvalResourceName"] == "*"
    assert result["MatchedStatements"] == [
        {
            "SourcePolicyId": "PolicyInputList.1",
            "SourcePolicyType": "none",
            "StartPosition": {"Line": 4, "Column": 3},
            "EndPosition": {"Line": 5, "Column": 20},
        }
    ]


def test_conditions_are_asked_with_the_given_keys(iam):
    policy = document(
        statement(
            resource="arn:aws:s3:::data/${aws:username}",
            Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
        )
    )
    question = {
        "PolicyInputList": [policy],
        "ActionNames": ["s3:GetObject"],
        "ResourceArns": ["arn:aws:s3:::data/ana"],
    }
    [missing] = iam.simulate_custom_policy(**question)["EvaluationResults"]
    assert missing["EvalDecision"] == "implicitDeny"
    assert missing["MissingContextValues"] == ["aws:SourceIp", "aws:username"]

    def entry(key, kind, value):
        return {"ContextKeyName": key, "ContextKeyType": kind, "ContextKeyValues": [value]}

    name = entry("aws:UserName", "string", "ana")
    for address, decision in (("192.0.2.7", "allowed"), ("198.51.100.7", "implicitDeny")):
        entries = [name, entry("aws:sourceip", "ip", address)]
        [result] = iam.simulate_custom_policy(**question, ContextEntries=entries)[
            "EvaluationResults"
        ]
        assert result["EvalDecision"] == decision
        assert result["MissingContextValues"] == []


def test_a_boundary_limits(iam):
    answer = iam.simulate_custom_policy(
        PolicyInputList=[document(statement(action="*"))],
        PermissionsBoundaryPolicyInputList=[document(statement(action="s3:*"))],
        ActionNames=["s3:GetObject", "iam:CreateUser"],
    )
    assert [each["EvalDecision"] for each in answer["EvaluationResults"]] == [
        "allowed",
        "implicitDeny",
    ]
    assert [each["PermissionsBoundaryDecisionDetail"] for each in answer["EvaluationResults"]] == [
        {"AllowedByPermissionsBoundary": True},
        {"AllowedByPermissionsBoundary": False},
    ]


def test_the_policy_of_a_resource_counts_for_the_caller(iam, cloud):
    account = cloud.credentials.account_id
    caller = f"arn:aws:iam::{account}:user/somebody"
    bucket = document(statement() | {"Principal": {"AWS": caller}})
    question = {
        "PolicyInputList": [document(statement(action="sqs:*"))],
        "ActionNames": ["s3:GetObject"],
        "ResourceArns": [OBJECT],
        "ResourcePolicy": bucket,
    }
    refused(iam.simulate_custom_policy, "InvalidInput", "CallerArn is required", **question)
    own = iam.simulate_custom_policy(**question, CallerArn=caller)
    assert decisions(own) == [("s3:GetObject", OBJECT, "allowed")]
    assert own["EvaluationResults"][0]["MatchedStatements"][0]["SourcePolicyType"] == "resource"
    foreign = iam.simulate_custom_policy(
        **question, CallerArn=caller, ResourceOwner="arn:aws:iam::123456789012:root"
    )
    assert decisions(foreign) == [("s3:GetObject", OBJECT, "implicitDeny")]


def test_what_a_user_a_group_and_a_role_may_do(iam, name, cloud):
    account = cloud.credentials.account_id
    managed = iam.create_policy(PolicyName=name, PolicyDocument=document(statement()))
    arn = managed["Policy"]["Arn"]
    iam.create_user(UserName=name)
    iam.attach_user_policy(UserName=name, PolicyArn=arn)
    iam.create_group(GroupName=name)
    iam.put_group_policy(
        GroupName=name, PolicyName="g", PolicyDocument=document(statement(action="s3:PutObject"))
    )
    iam.add_user_to_group(GroupName=name, UserName=name)
    trust = statement(action="sts:AssumeRole") | {"Principal": {"AWS": account}}
    del trust["Resource"]
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))
    iam.put_role_policy(
        RoleName=name, PolicyName="r", PolicyDocument=document(statement("Deny", "s3:*"))
    )
    actions = ["s3:GetObject", "s3:PutObject"]

    def asked(kind, **more):
        answer = iam.simulate_principal_policy(
            PolicySourceArn=f"arn:aws:iam::{account}:{kind}/{name}", ActionNames=actions, **more
        )
        return [
            (each["EvalDecision"], [m["SourcePolicyId"] for m in each["MatchedStatements"]])
            for each in answer["EvaluationResults"]
        ]

    assert asked("user") == [("allowed", [name]), ("allowed", ["g"])]
    assert asked("group") == [("implicitDeny", []), ("allowed", ["g"])]
    assert asked("role") == [("explicitDeny", ["r"])] * 2
    more = document(statement("Deny", "s3:PutObject"))
    assert asked("user", PolicyInputList=[more]) == [
        ("allowed", [name]),
        ("explicitDeny", ["PolicyInputList.1"]),
    ]
    group = {"PolicyName": "g", "AttachmentType": "group", "AttachmentName": name}
    excluded = [{"PolicyArn": arn}, {"InlinePolicyIdentifier": group}]
    assert asked("user", PolicyExclusionList=excluded) == [("implicitDeny", [])] * 2
    kinds = [{"PolicyType": "inline"}, {"PolicyType": "aws-managed"}]
    assert asked("user", PolicyExclusionList=kinds) == [("allowed", [name]), ("implicitDeny", [])]
    iam.put_user_permissions_boundary(UserName=name, PermissionsBoundary=arn)
    assert asked("user") == [("allowed", [name, name]), ("implicitDeny", [])]
    unbound = [{"PolicyType": "permission-boundary"}]
    assert asked("user", PolicyExclusionList=unbound) == [("allowed", [name]), ("allowed", ["g"])]


def test_answers_come_in_pages(iam):
    names = [f"s3:Operation{number}" for number in range(7)]
    pages = iam.get_paginator("simulate_custom_policy").paginate(
        PolicyInputList=[document(statement(action="*"))],
        ActionNames=names,
        PaginationConfig={"PageSize": 3},
    )
    assert list(pages.search("EvaluationResults[].EvalActionName")) == names


def test_the_keys_that_policies_ask_for(iam, name, cloud):
    policy = document(
        statement(
            resource=["arn:aws:s3:::${aws:username}/${*}", "arn:aws:s3:::x"],
            Condition={"StringLike": {"s3:prefix": ["${aws:PrincipalTag/team, 'x'}"]}},
        ),
        statement(Condition={"Bool": {"aws:SecureTransport": "true"}}),
    )
    answer = iam.get_context_keys_for_custom_policy(PolicyInputList=[policy])
    assert answer["ContextKeyNames"] == [
        "s3:prefix",
        "aws:username",
        "aws:principaltag/team",
        "aws:SecureTransport",
    ]
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy)
    arn = f"arn:aws:iam::{cloud.credentials.account_id}:user/{name}"
    again = iam.get_context_keys_for_principal_policy(PolicySourceArn=arn)
    assert again["ContextKeyNames"] == answer["ContextKeyNames"]
    older = json.dumps(json.loads(policy) | {"Version": "2008-10-17"})
    answer = iam.get_context_keys_for_custom_policy(PolicyInputList=[older])
    assert answer["ContextKeyNames"] == ["s3:prefix", "aws:SecureTransport"]


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"PolicyInputList": ["{"]}, "Invalid Input Policy PolicyInputList.1: the policy is not"),
        ({"ActionNames": ["GetObject"]}, "Invalid Action GetObject"),
        ({"ActionNames": ["s3:Get*"]}, "Invalid Action s3:Get*"),
        ({"ResourcePolicy": "{}"}, "Invalid Input Policy ResourcePolicy"),
        ({"CallerArn": "somebody"}, "Invalid CallerArn somebody"),
        ({"ResourceOwner": "somebody"}, "Invalid ResourceOwner somebody"),
        ({"PermissionsBoundaryPolicyInputList": [document(statement())] * 2}, "one at most"),
    ],
)
def test_bad_input_is_refused(iam, params, says):
    question = {"PolicyInputList": [document(statement())], "ActionNames": ["s3:GetObject"]}
    refused(iam.simulate_custom_policy, "InvalidInput", says, **question | params)


def test_a_source_is_a_user_a_group_or_a_role_of_the_account(iam, aws, other, name, cloud):
    root = f"arn:aws:iam::{cloud.credentials.account_id}:root"
    simulate = {"ActionNames": ["s3:GetObject"]}
    refused(
        iam.simulate_principal_policy,
        "InvalidInput",
        "Invalid Entity Arn",
        PolicySourceArn=root,
        **simulate,
    )
    missing = f"arn:aws:iam::{cloud.credentials.account_id}:user/{name}"
    refused(
        iam.simulate_principal_policy,
        "NoSuchEntity",
        "cannot be found",
        PolicySourceArn=missing,
        **simulate,
    )
    refused(
        aws("iam", other).simulate_principal_policy,
        "AccessDenied",
        "is not authorized",
        PolicySourceArn=missing,
        **simulate,
    )
