"""Fixtures: what attackers start from."""

import json

import pytest
from msgspec.structs import replace

from lenticular.primitives.sessions import records

from ..statements import allow, trusting, unique


@pytest.fixture
def session(aws, cloud, make_user, make_role):
    """Makes temporary credentials of a fresh role that may do what its statements say."""

    def make(*statements, **options):
        arn = make_role(trusting({"AWS": cloud.credentials.account_id}), *statements)
        sts = aws("sts", make_user(allow("sts:AssumeRole")))
        return sts.assume_role(RoleArn=arn, RoleSessionName="work", **options)

    return make


@pytest.fixture
def let_expire(cloud):
    """Lets temporary credentials have expired a second ago."""

    def expire(issued):
        access_key_id = issued["Credentials"]["AccessKeyId"]

        def change(tx):
            session = records.find(tx, access_key_id)
            records.remove(tx, session)
            records.save(tx, replace(session, expires=session.begun - 1000))

        cloud.run(cloud.engines.identities.change(change))

    return expire


@pytest.fixture
def iam(aws):
    """IAM as the root identity of the first account."""
    return aws("iam")


@pytest.fixture
def make_policy(iam):
    """Makes a managed policy; returns its ARN."""

    def make(*statements):
        document = {"Version": "2012-10-17", "Statement": list(statements)}
        made = iam.create_policy(PolicyName=unique("policy"), PolicyDocument=json.dumps(document))
        return made["Policy"]["Arn"]

    return make
