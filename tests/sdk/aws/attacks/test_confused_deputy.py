"""A service that works for many must not be talked into using one customer's role for another.

IAM User Guide, "The confused deputy problem".
"""

import pytest

from ..statements import allow, trusting


@pytest.fixture
def deputy(cloud, other):
    """A service in its own account that takes the roles of its customers."""
    return cloud.create_user(
        "deputy",
        account=other.account_id,
        policies=[{"Version": "2012-10-17", "Statement": [allow("sts:AssumeRole")]}],
    )


@pytest.fixture
def customer_role(make_role, other):
    """Makes the role of a customer, who agreed on an external id with the deputy."""

    def make(external_id):
        condition = {"StringEquals": {"sts:ExternalId": external_id}}
        return make_role(trusting({"AWS": other.account_id}, Condition=condition), allow("s3:*"))

    return make


def test_external_id(aws, deputy, customer_role, refused):
    honest, victim = customer_role("customer-1"), customer_role("customer-2")
    assume = aws("sts", deputy).assume_role
    assume(RoleArn=honest, RoleSessionName="report", ExternalId="customer-1")
    # The mallicious customer names the victim's role, which is no secret; the deputy sends
    # the external id of whom it works for.
    for options in ({"ExternalId": "customer-1"}, {}, {"ExternalId": "CUSTOMER-2"}):
        code, message = refused(assume, RoleArn=victim, RoleSessionName="report", **options)
        assert code == "AccessDenied"
        assert "customer-2" not in message
        assert "external" not in message.lower()


def test_root_of_the_trusted_account_needs_its_own_policies_too(aws, other, customer_role, refused):
    arn = customer_role("customer-3")
    call = {"RoleArn": arn, "RoleSessionName": "x1", "ExternalId": "customer-3"}
    assert refused(aws("sts", other).assume_role, **call)[0] == "AccessDenied"


def test_a_stranger_with_the_external_id(aws, cloud, customer_role, refused):
    arn = customer_role("customer-4")
    stranger = cloud.create_account("stranger")
    mallory = cloud.create_user(
        "mallory",
        account=stranger.account_id,
        policies=[{"Version": "2012-10-17", "Statement": [allow("*")]}],
    )
    call = {"RoleArn": arn, "RoleSessionName": "x1", "ExternalId": "customer-4"}
    assert refused(aws("sts", mallory).assume_role, **call)[0] == "AccessDenied"
