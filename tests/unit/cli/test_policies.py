"""``policy explain``: the verdict, and the statement that decided."""

import asyncio
import json

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from lenticular.cli import CommandError
from lenticular.cli.application import application
from lenticular.primitives.identities import ROLES, USERS
from lenticular.server.configuration import Configuration
from lenticular.server.wiring import open_cloud
from lenticular.testing.policies import allow, deny, policy

READER = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
OBJECT = "arn:aws:s3:::samples/run-1.csv"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a user, a role and a bucket that has a policy; and its account."""
    data = tmp_path_factory.mktemp("cloud")

    async def fill():
        async with open_cloud(Configuration(data=data)) as cloud:
            identities = cloud.identities
            account = (await identities.first_account()).account_id
            await identities.users.create(account, "ana", email="ana@example.org")
            await identities.attachments.attach(USERS, account, "ana", READER)
            own = policy(
                allow("s3:PutObject", Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}),
                deny("s3:*", resource="arn:aws:s3:::secret/*", Sid="NoSecrets"),
            )
            await identities.inline_policies.put(USERS, account, "ana", "own", json.dumps(own))
            trust = allow("sts:AssumeRole", Principal={"AWS": account})
            del trust["Resource"]
            await identities.roles.create(account, "lab", json.dumps(policy(trust)))
            everything = json.dumps(policy(allow("s3:*")))
            await identities.inline_policies.put(ROLES, account, "lab", "all", everything)
            root = await identities.read(lambda reader: identities.root_principal(reader, account))
            await cloud.storage.buckets.create(root, "samples", region="us-east-1")
            shut = deny("s3:DeleteObject", resource=OBJECT, Sid="Keep it", Principal="*")
            document = json.dumps(policy(shut))
            await cloud.storage.buckets.change(
                root,
                "samples",
                lambda bucket: replace(bucket, policy=document),
                "s3:PutBucketPolicy",
            )
            return account

    return data, asyncio.run(fill())


@pytest.fixture
def explain(folder):
    """``explain("ana", "s3:GetObject", OBJECT)``: what the command prints."""

    def run(*arguments, status=0):
        command = ["policy", "explain", *arguments, "--data", str(folder[0])]
        found = CliRunner().invoke(application, command)
        assert isinstance(found.exception, SystemExit | None), found.exception
        assert found.exit_code == status
        return found.stdout

    return run


def test_the_verdict_and_the_statement_that_decided_come_first(explain):
    assert explain("ana", "s3:GetObject", OBJECT).splitlines() == [
        "allowed",
        f"  statement 1 of {READER} (identity-based policy)",
        "other statements:",
        "  statement 1 of inline policy own of user ana (identity-based policy): "
        "it is about other actions",
        "  statement NoSecrets of inline policy own of user ana (identity-based policy): "
        "it is about other resources",
        "  statement Keep it of the policy of the bucket samples (resource-based policy): "
        "it is about other actions",
    ]


def test_a_denial_says_what_the_user_is_told(explain, folder):
    user = f"arn:aws:iam::{folder[1]}:user/ana"
    secret = "arn:aws:s3:::secret/x"
    assert explain("ana", "s3:GetObject", secret).splitlines()[:2] == [
        f"denied: User: {user} is not authorized to perform: s3:GetObject on resource: {secret} "
        f"with an explicit deny in an identity-based policy",
        "  statement NoSecrets of inline policy own of user ana (identity-based policy)",
    ]
    assert explain(user, "sqs:ListQueues", "*").splitlines()[:2] == [
        f"denied: User: {user} is not authorized to perform: sqs:ListQueues because no "
        f"identity-based policy allows the sqs:ListQueues action",
        "other statements:",
    ]


def test_conditions_are_asked_with_the_given_keys(explain):
    outside = json.loads(explain("ana", "s3:PutObject", OBJECT, "--json"))
    assert not outside["allowed"]
    assert outside["verdict"] == "implicitDeny"
    assert [each.get("reason") for each in outside["considered"]][1] == (
        "IpAddress aws:SourceIp expects 192.0.2.0/24, and it is not there"
    )
    address = ("--context", "aws:SourceIP=192.0.2.7")
    inside = json.loads(explain("ana", "s3:PutObject", OBJECT, *address, "--json"))
    assert inside["verdict"] == "allowed"
    assert inside["statements"] == [
        {
            "policy": "inline policy own of user ana",
            "policy_type": "identity-based policy",
            "statement": "1",
            "effect": "Allow",
            "applies": True,
        }
    ]


def test_a_role_and_a_root_are_asked_for_by_their_arns(explain, folder):
    account = folder[1]
    role = json.loads(
        explain(f"arn:aws:iam::{account}:role/lab", "s3:DeleteObject", OBJECT, "--json")
    )
    assert role["principal"] == f"arn:aws:sts::{account}:assumed-role/lab/explained"
    assert role["verdict"] == "explicitDeny"
    assert [each["statement"] for each in role["statements"]] == ["Keep it"]
    assert explain(f"arn:aws:iam::{account}:root", "s3:GetObject", OBJECT).startswith("allowed")


def test_the_trust_policy_of_a_role_is_asked(explain, folder):
    role = f"arn:aws:iam::{folder[1]}:role/lab"
    told = explain("ana@example.org", "sts:AssumeRole", role)
    assert "statement 1 of the trust policy of role lab (role trust policy): allow" in told
    assert told.startswith("denied:")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("bob", "s3:GetObject", "*"), "nobody is called 'bob'"),
        (("ana", "GetObject", "*"), "'GetObject' is no action"),
        (("ana", "s3:GetObject", "samples"), "'samples' is no resource"),
        (("ana", "s3:GetObject", "*", "--context", "x"), "--context x: expected KEY=VALUE"),
        (("arn:aws:iam::000000000000:user/ana", "s3:GetObject", "*"), "no account"),
    ],
)
def test_what_cannot_be_asked_is_told(folder, arguments, says):
    command = ["policy", "explain", *arguments, "--data", str(folder[0])]
    found = CliRunner().invoke(application, command)
    assert isinstance(found.exception, CommandError)
    assert says in str(found.exception)
