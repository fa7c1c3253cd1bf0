"""What the audit log has of somebody who comes with an issuer's token and no signature."""

import json

from botocore import UNSIGNED
from botocore.config import Config

from ..statements import trusting
from .conftest import CLIENT_ID


def test_a_web_identity_is_recorded_in_the_roles_account(aws, make_role, provider, sign):
    role = make_role(trusting({"Federated": provider}, "sts:AssumeRoleWithWebIdentity"))
    token = sign()
    sts = aws("sts", config=Config(signature_version=UNSIGNED))
    issued = sts.assume_role_with_web_identity(
        RoleArn=role, RoleSessionName="browser", WebIdentityToken=token
    )
    [event] = aws("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": role}]
    )["Events"][:1]
    record = json.loads(event["CloudTrailEvent"])
    assert record["userIdentity"] == {
        "type": "WebIdentityUser",
        "principalId": f"{provider}:{CLIENT_ID}:alice",
        "userName": "alice",
        "identityProvider": provider,
    }
    assert event["Username"] == "alice"
    assert record["recipientAccountId"] == role.split(":")[4]
    for secret in (token, issued["Credentials"]["SessionToken"]):
        assert secret not in event["CloudTrailEvent"]
