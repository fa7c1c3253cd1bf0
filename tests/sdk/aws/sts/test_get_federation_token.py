"""GetFederationToken: somebody whom a user vouches for."""

import json

from ..statements import allow, document


def test_a_guest(aws, cloud, make_user, as_session, refused, bucket):
    alice = make_user(allow("sts:*", "s3:*", "iam:*"))
    policy = document(allow("s3:PutObject", resource=f"arn:aws:s3:::{bucket}/guest/*"))
    issued = aws("sts", alice).get_federation_token(
        Name="guest", Policy=json.dumps(policy), Tags=[{"Key": "team", "Value": "x"}]
    )
    account_id = cloud.credentials.account_id
    assert issued["FederatedUser"] == {
        "FederatedUserId": f"{account_id}:guest",
        "Arn": f"arn:aws:sts::{account_id}:federated-user/guest",
    }
    assert issued["PackedPolicySize"] > 0
    identity = as_session("sts", issued).get_caller_identity()
    assert identity["Arn"] == issued["FederatedUser"]["Arn"]
    s3 = as_session("s3", issued)
    s3.put_object(Bucket=bucket, Key="guest/x", Body=b"x")
    for operation, params in (
        (s3.put_object, {"Bucket": bucket, "Key": "else/x"}),
        (s3.get_object, {"Bucket": bucket, "Key": "guest/x"}),
        (as_session("iam", issued).list_users, {}),
        (as_session("sts", issued).assume_role, {"RoleArn": "a" * 20, "RoleSessionName": "xx"}),
    ):
        assert refused(operation, **params)[0] in {"AccessDenied", "ValidationError"}


def test_without_policies_a_guest_may_nothing(aws, as_session, refused):
    issued = aws("sts").get_federation_token(Name="guest")
    assert refused(as_session("s3", issued).list_buckets)[0] == "AccessDenied"


def test_it_needs_permission(aws, make_user, refused):
    code, message = refused(aws("sts", make_user()).get_federation_token, Name="guest")
    assert code == "AccessDenied"
    assert "sts:GetFederationToken" in message
