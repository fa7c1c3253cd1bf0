"""Inline policies: PutUserPolicy, GetRolePolicy, ListGroupPolicies, DeleteUserPolicy, ..."""

import json

import pytest
from botocore.exceptions import ClientError

READ = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
}
SIZES = {"user": 2048, "group": 5120, "role": 10240}


def refused(call, code, says, **params):
    with pytest.raises(ClientError) as error:
        call(**params)
    assert error.value.response["Error"]["Code"] == code
    assert says in error.value.response["Error"]["Message"]


@pytest.fixture(params=SIZES)
def entity(request, iam, name, trust):
    """The kind of an entity, and the parameter that names it."""
    kind = request.param
    more = {"AssumeRolePolicyDocument": trust} if kind == "role" else {}
    getattr(iam, f"create_{kind}")(**{f"{kind.title()}Name": name}, **more)
    return kind, {f"{kind.title()}Name": name}


def test_policies_are_put_told_listed_and_deleted(iam, entity):
    kind, named = entity
    put, get = getattr(iam, f"put_{kind}_policy"), getattr(iam, f"get_{kind}_policy")
    for policy in ("b", "a", "c"):
        put(**named, PolicyName=policy, PolicyDocument=json.dumps(READ))
    again = READ | {"Id": "changed"}
    put(**named, PolicyName="b", PolicyDocument=json.dumps(again, indent=4))
    told = get(**named, PolicyName="b")
    assert told["PolicyDocument"] == again
    assert told["PolicyName"] == "b"
    assert named.items() <= told.items()
    pages = iam.get_paginator(f"list_{kind}_policies").paginate(
        **named, PaginationConfig={"PageSize": 2}
    )
    assert list(pages.search("PolicyNames[]")) == ["a", "b", "c"]
    delete = getattr(iam, f"delete_{kind}_policy")
    delete(**named, PolicyName="b")
    missing = f"The {kind} policy with name b cannot be found."
    refused(get, "NoSuchEntity", missing, **named, PolicyName="b")
    refused(delete, "NoSuchEntity", missing, **named, PolicyName="b")
    assert getattr(iam, f"list_{kind}_policies")(**named)["PolicyNames"] == ["a", "c"]


def test_what_is_no_policy_is_refused(iam, entity):
    kind, named = entity
    refused(
        getattr(iam, f"put_{kind}_policy"),
        "MalformedPolicyDocument",
        "statement 1: Effect is",
        **named,
        PolicyName="p",
        PolicyDocument='{"Statement": {"Effect": "Grant"}}',
    )


def test_all_of_them_together_have_a_size(iam, name, entity):
    kind, named = entity
    put, limit = getattr(iam, f"put_{kind}_policy"), SIZES[kind]
    statement = READ["Statement"][0]

    def document(size):
        empty = json.dumps(READ | {"Statement": [statement | {"Resource": "arn:aws:s3:::"}]})
        room = size - sum(map(len, empty.split()))
        return empty.replace("arn:aws:s3:::", "arn:aws:s3:::" + "x" * room)

    put(**named, PolicyName="first", PolicyDocument=document(1000))
    put(**named, PolicyName="second", PolicyDocument=document(limit - 1000))
    refused(
        put,
        "LimitExceeded",
        f"Maximum policy size of {limit} bytes exceeded for {kind} {name}",
        **named,
        PolicyName="second",
        PolicyDocument=document(limit - 999),
    )
    told = getattr(iam, f"get_{kind}_policy")(**named, PolicyName="second")
    assert len("".join(json.dumps(told["PolicyDocument"]).split())) == limit - 1000


def test_whoever_is_not_there_has_no_policies(iam, name):
    refused(
        iam.put_user_policy,
        "NoSuchEntity",
        f"The user with name {name} cannot be found.",
        UserName=name,
        PolicyName="p",
        PolicyDocument=json.dumps(READ),
    )
