"""A secret that is rotated must not become an access key of somebody else."""

import asyncio

import pytest

from lenticular.primitives.secrets import ACCESS_KEY, RANDOM
from lenticular.primitives.secrets.errors import RotationImpossible
from lenticular.primitives.secrets.records import Rotation, SecretName

from ..statements import allow, unique


@pytest.fixture
def admin(iam):
    """The user whose key is wanted; its path says that it is none of the attacker's."""
    name = unique("admin")
    iam.create_user(UserName=name, Path="/admins/")
    return name


def rotating(user):
    return {
        "RotationRules": {"AutomaticallyAfterDays": 30},
        "ExternalSecretRotationMetadata": [{"Key": "UserName", "Value": user}],
    }


@pytest.fixture
def mallory(aws, cloud, make_user, admin):
    """May do all with secrets, and make keys of users, but not of administrators."""
    users = f"arn:aws:iam::{cloud.credentials.account_id}:user"
    return aws(
        "secretsmanager",
        make_user(
            allow("secretsmanager:*"),
            allow("iam:CreateAccessKey", "iam:DeleteAccessKey", resource=f"{users}/*"),
            {"Effect": "Deny", "Action": "iam:*", "Resource": f"{users}/admins/*"},
        ),
    )


@pytest.mark.parametrize("spelled", [str, str.upper])
def test_a_key_of_a_user_whose_path_is_denied(mallory, iam, admin, refused, spelled):
    name = unique("secret")
    mallory.create_secret(Name=name, SecretString="{}", Type="AccessKey")
    code, _ = refused(mallory.rotate_secret, SecretId=name, **rotating(spelled(admin)))
    assert code == "AccessDeniedException"
    assert iam.list_access_keys(UserName=admin)["AccessKeyMetadata"] == []


def test_the_type_of_a_secret_changes_while_its_rotation_begins(cloud, iam, admin, refused, aws):
    # Checked as a password, begun as an access key: the two requests cross each other.
    name = unique("secret")
    secrets = cloud.engines.secrets
    made = aws("secretsmanager").create_secret(Name=name, SecretString="x", Type=RANDOM)
    account = cloud.credentials.account_id
    where = SecretName(account, cloud.configuration.region, name)

    async def race():
        seen = await secrets.find(where)
        assert seen.kind == RANDOM
        aws_call = asyncio.to_thread(
            aws("secretsmanager").update_secret, SecretId=made["ARN"], Type=ACCESS_KEY
        )
        await aws_call
        wanted = Rotation(True, 30, "", "", {"UserName": admin})
        await secrets.rotations.begin(seen, wanted, "v" * 32)

    with pytest.raises(RotationImpossible):
        cloud.run(race())
    assert iam.list_access_keys(UserName=admin)["AccessKeyMetadata"] == []
