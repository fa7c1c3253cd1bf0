"""No operation of IAM does anything for a user without policies."""

import string

import pytest
from botocore.exceptions import ClientError

from lenticular.apis.aws import iam as service
from lenticular.server.wiring import build_in_memory

HANDLERS = service.service(build_in_memory().identities).handlers

# What a value must look like for the model, by the name of its shape.
TEXTS = {
    "arnType": "arn:aws:iam::{account}:policy/victim",
    "accountAliasType": "stratus",
    "pathType": "/x/",
    "pathPrefixType": "/x/",
    "policyDocumentType": '{{"Version": "2012-10-17", "Statement": []}}',
    "policyVersionIdType": "v1",
    "serialNumberType": "arn:aws:iam::{account}:mfa/victim",
    "authenticationCodeType": "123456",
    "accessKeyIdType": "AKIAVICTIMVICTIMVICT",
    "OpenIDConnectProviderUrlType": "https://victim.example",
    "passwordType": "Nimbus-rain-1",
    "thumbprintType": "ab" * 20,
    "ActionNameType": "s3:GetObject",
    "markerType": "dmljdGlt",
    "publicKeyMaterialType": "ssh-rsa AAAA",
    "publicKeyIdType": "APKAVICTIMVICTIMVICT",
}

MEMBERS = {
    "AWSServiceName": "spot.amazonaws.com",
    "PolicySourceArn": "arn:aws:iam::{account}:user/victim",
}


def sample(shape, account_id):
    """Return a value that the model allows."""
    match shape.type_name:
        case "structure":
            return {
                name: MEMBERS.get(name, "").format(account=account_id)
                or sample(shape.members[name], account_id)
                for name in shape.required_members
            }
        case "list":
            return [sample(shape.member, account_id)]
        case "integer":
            return shape.metadata.get("min", 1)
        case "boolean":
            return False
        case "string" if shape.enum:
            return shape.enum[0]
        case "string":
            text = TEXTS.get(shape.name, "victim").format(account=account_id)
            return text.ljust(shape.metadata.get("min", 0), "x")
    raise AssertionError(f"no sample of a {shape.type_name}")


@pytest.fixture(scope="module")
def nobody(cloud, aws):
    """IAM as a user without policies, in an account that has a victim of every kind."""
    return aws("iam", cloud.create_user("nobody"))


@pytest.mark.parametrize("handler", sorted(HANDLERS))
def test_a_user_without_policies_is_denied(nobody, cloud, handler):
    names = {method.replace("_", ""): method for method in dir(nobody)}
    method = names[handler.replace("_", "")]
    operation = nobody.meta.method_to_api_mapping[method]
    shape = nobody.meta.service_model.operation_model(operation).input_shape
    params = sample(shape, cloud.credentials.account_id) if shape else {}
    with pytest.raises(ClientError) as caught:
        getattr(nobody, method)(**params)
    error = caught.value.response["Error"]
    assert error["Code"] == "AccessDenied", error
    assert f"not authorized to perform: iam:{operation} " in error["Message"]


def test_every_operation_is_one_that_was_tried():
    assert len(HANDLERS) > 100
    assert all(set(handler) <= set(string.ascii_lowercase + "_") for handler in HANDLERS)
