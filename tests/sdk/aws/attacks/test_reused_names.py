"""A new user or role under an old name is not whom policies trusted under that name.

IAM User Guide, "AWS JSON policy elements: Principal".
"""

import json

import pytest

from lenticular.testing.policies import allow, policy

from ..statements import trusting, unique

READS = {"s3": "s3:GetObject", "secretsmanager": "secretsmanager:GetSecretValue"}


class Estate:
    """A role, an object and a secret of the first account, which may each trust somebody."""

    def __init__(self, aws, bucket, role):
        self.iam, self.s3 = aws("iam"), aws("s3")
        self.secrets = aws("secretsmanager")
        self.bucket, self.role = bucket, role
        self.s3.put_object(Bucket=bucket, Key="x", Body=b"x")
        self.secret = self.secrets.create_secret(Name=unique("secret"), SecretString="x")["ARN"]

    def trust(self, arn):
        """Let each say that it trusts a user or role."""
        self.put_role_trust(arn)
        self.put_bucket_policy(arn)
        self.put_resource_policy(arn)

    def put_role_trust(self, arn):
        self.iam.update_assume_role_policy(
            RoleName=self.role.rpartition("/")[2], PolicyDocument=json.dumps(trusting({"AWS": arn}))
        )

    def put_bucket_policy(self, arn):
        objects = f"arn:aws:s3:::{self.bucket}/*"
        self.s3.put_bucket_policy(Bucket=self.bucket, Policy=naming(arn, "s3", objects))

    def put_resource_policy(self, arn):
        self.secrets.put_resource_policy(
            SecretId=self.secret, ResourcePolicy=naming(arn, "secretsmanager", "*")
        )

    def documents(self):
        """Return what each says of whom it trusts, wherever that is told."""
        name = self.role.rpartition("/")[2]
        roles = self.iam.get_paginator("list_roles").paginate().search("Roles[]")
        reports = self.iam.get_paginator("get_account_authorization_details").paginate(
            Filter=["Role"]
        )
        return [
            self.iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"],
            *(each["AssumeRolePolicyDocument"] for each in roles if each["RoleName"] == name),
            *(
                each["AssumeRolePolicyDocument"]
                for each in reports.search("RoleDetailList[]")
                if each["RoleName"] == name
            ),
            json.loads(self.s3.get_bucket_policy(Bucket=self.bucket)["Policy"]),
            json.loads(self.secrets.get_resource_policy(SecretId=self.secret)["ResourcePolicy"]),
        ]

    def named(self):
        """Return whom each says that it trusts."""
        return [document["Statement"][0]["Principal"]["AWS"] for document in self.documents()]


def naming(arn, service, resource):
    return json.dumps(policy(allow(READS[service], resource=resource, Principal={"AWS": arn})))


@pytest.fixture
def estate(aws, bucket, make_role, cloud):
    return Estate(aws, bucket, make_role(trusting({"AWS": cloud.credentials.account_id})))


@pytest.fixture
def doors(estate):
    """Returns what somebody calls to be let in by each: the operation, and its parameters."""

    def made(client_of):
        return (
            (
                client_of("sts").assume_role,
                {"RoleArn": estate.role, "RoleSessionName": "work"},
            ),
            (client_of("s3").get_object, {"Bucket": estate.bucket, "Key": "x"}),
            (client_of("secretsmanager").get_secret_value, {"SecretId": estate.secret}),
        )

    return made


@pytest.fixture
def as_bob(aws, cloud):
    """Makes a user without policies; returns it, and a maker of its clients."""

    def clients(name):
        bob = cloud.create_user(name)
        return bob, lambda service: aws(service, bob)

    return clients


def deleted(iam, user):
    iam.delete_access_key(UserName=user.name, AccessKeyId=user.access_key_id)
    iam.delete_user(UserName=user.name)


def test_a_new_user_under_an_old_name(estate, doors, as_bob, refused):
    name = unique("bob")
    bob, client_of = as_bob(name)
    estate.trust(bob.arn)
    for operation, params in doors(client_of):
        operation(**params)
    assert set(estate.named()) == {bob.arn}
    user_id = estate.iam.get_user(UserName=name)["User"]["UserId"]
    deleted(estate.iam, bob)
    assert estate.named() == [user_id] * 5
    later, client_of = as_bob(name)
    assert later.arn == bob.arn
    for operation, params in doors(client_of):
        assert refused(operation, **params)[0] in ("AccessDenied", "AccessDeniedException")
    assert estate.named() == [user_id] * 5
    # Saved again, the policies mean whoever has the name now.
    estate.trust(later.arn)
    for operation, params in doors(client_of):
        operation(**params)


def test_a_new_role_under_an_old_name(estate, doors, aws, cloud, make_role, as_session, refused):
    account_id, sts = cloud.credentials.account_id, aws("sts", cloud.create_user(unique("ann")))
    trusts_ann = trusting({"AWS": sts.get_caller_identity()["Arn"]})
    arn = make_role(trusts_ann)
    name = arn.rpartition("/")[2]

    def in_role():
        issued = sts.assume_role(RoleArn=arn, RoleSessionName="work")
        return lambda service: as_session(service, issued)

    estate.trust(arn)
    for operation, params in doors(in_role()):
        operation(**params)
    role_id = estate.iam.get_role(RoleName=name)["Role"]["RoleId"]
    estate.iam.delete_role(RoleName=name)
    estate.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trusts_ann))
    assert arn == f"arn:aws:iam::{account_id}:role/{name}"
    for operation, params in doors(in_role()):
        assert refused(operation, **params)[0] in ("AccessDenied", "AccessDeniedException")
    assert estate.named() == [role_id] * 5


def test_a_user_under_a_new_name(estate, doors, as_bob, refused):
    """It is still trusted, and whoever takes its old name is not."""
    bob, client_of = as_bob(unique("bob"))
    estate.trust(bob.arn)
    new_name = unique("robert")
    estate.iam.update_user(UserName=bob.name, NewUserName=new_name, NewPath="/team/")
    for operation, params in doors(client_of):
        operation(**params)
    arn = estate.iam.get_user(UserName=new_name)["User"]["Arn"]
    assert arn.endswith(f"/team/{new_name}")
    assert estate.named() == [arn] * 5
    later, client_of = as_bob(bob.name)
    assert later.arn == bob.arn
    for operation, params in doors(client_of):
        assert refused(operation, **params)[0] in ("AccessDenied", "AccessDeniedException")


def test_a_policy_cannot_wait_for_a_name(estate, as_bob, refused):
    """What names nobody is refused, and what was there before stays."""
    bob, _ = as_bob(unique("bob"))
    estate.trust(bob.arn)
    before = estate.documents()
    for arn in (f"{bob.arn}by", bob.arn.replace(":user/", ":role/")):
        assert refused(estate.put_role_trust, arn=arn) == (
            "MalformedPolicyDocument",
            f'Invalid principal in policy: "AWS":"{arn}"',
        )
        assert refused(estate.put_bucket_policy, arn=arn) == (
            "MalformedPolicy",
            "Invalid principal in policy",
        )
        code, message = refused(estate.put_resource_policy, arn=arn)
        assert code == "MalformedPolicyDocumentException"
        assert "unsupported principal" in message
        code, _ = refused(
            estate.secrets.validate_resource_policy,
            ResourcePolicy=naming(arn, "secretsmanager", "*"),
        )
        assert code == "MalformedPolicyDocumentException"
        name = unique("role")
        trust = json.dumps(trusting({"AWS": [bob.arn, arn]}))
        refused(estate.iam.create_role, RoleName=name, AssumeRolePolicyDocument=trust)
        assert refused(estate.iam.get_role, RoleName=name)[0] == "NoSuchEntity"
    assert estate.documents() == before


def test_users_of_other_accounts(estate, doors, aws, cloud, other, refused):
    name, anything = unique("bob"), [policy(allow("*"))]
    bob = cloud.create_user(name, account=other.account_id, policies=anything)
    estate.trust(bob.arn)
    for operation, params in doors(lambda service: aws(service, bob)):
        operation(**params)
    theirs = aws("iam", other)
    for each in theirs.list_user_policies(UserName=name)["PolicyNames"]:
        theirs.delete_user_policy(UserName=name, PolicyName=each)
    deleted(theirs, bob)
    later = cloud.create_user(name, account=other.account_id, policies=anything)
    assert later.arn == bob.arn
    for operation, params in doors(lambda service: aws(service, later)):
        assert refused(operation, **params)[0] in ("AccessDenied", "AccessDeniedException")


def test_an_instance_profile_tells_of_its_role_as_iam_does(estate, as_bob):
    bob, _ = as_bob(unique("bob"))
    estate.put_role_trust(bob.arn)
    name, role = unique("profile"), estate.role.rpartition("/")[2]
    estate.iam.create_instance_profile(InstanceProfileName=name)
    estate.iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=role)
    user_id = estate.iam.get_user(UserName=bob.name)["User"]["UserId"]
    deleted(estate.iam, bob)
    [told] = estate.iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]["Roles"]
    assert told["AssumeRolePolicyDocument"] == trusting({"AWS": user_id})
