"""No operation of IAM does anything for a user without policies."""

import string

import pytest
from botocore.exceptions import ClientError

from lenticular.apis.aws import iam as service
from lenticular.server.wiring import build_in_memory

from ..statements import unique

HANDLERS = service.service(build_in_memory().identities).handlers


@pytest.fixture(scope="module")
def nobody(cloud, aws):
    """IAM as a user without policies, in an account that has a victim of every kind."""
    return aws("iam", cloud.create_user(unique("nobody")))


@pytest.mark.parametrize("handler", sorted(HANDLERS))
def test_a_user_without_policies_is_denied(nobody, cloud, sampled, handler):
    operation, call, params = sampled(nobody, handler, cloud.credentials.account_id, "victim")
    with pytest.raises(ClientError) as caught:
        call(**params)
    error = caught.value.response["Error"]
    assert error["Code"] == "AccessDenied", error
    assert f"not authorized to perform: iam:{operation} " in error["Message"]


def test_every_operation_is_one_that_was_tried():
    assert len(HANDLERS) > 100
    assert all(set(handler) <= set(string.ascii_lowercase + "_") for handler in HANDLERS)
