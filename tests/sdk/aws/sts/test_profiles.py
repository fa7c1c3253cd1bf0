"""Profiles of boto3's configuration file that take roles work unchanged."""

import boto3
import pytest

from ..statements import allow, trusting


@pytest.fixture
def configure(tmp_path, monkeypatch, cloud):
    """Writes a configuration file, and lets boto3 find it and the cloud."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.url)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    def write(profiles):
        lines = []
        for name, settings in profiles.items():
            lines.append(f"[profile {name}]")
            lines += [
                f"{key} = {value}" for key, value in {"region": "eu-test-1", **settings}.items()
            ]
        (tmp_path / "config").write_text("\n".join(lines))

    return write


@pytest.fixture
def whoami():
    """Returns the ARN that a profile's requests come from."""
    clients = []

    def ask(profile, service="sts"):
        client = boto3.Session(profile_name=profile).client(service)
        clients.append(client)
        return client.get_caller_identity()["Arn"]

    yield ask
    for client in clients:
        client.close()


def keys_of(user):
    return {
        "aws_access_key_id": user.access_key_id,
        "aws_secret_access_key": user.secret_access_key,
    }


def test_a_role_with_a_source_profile(configure, whoami, cloud, make_user, make_role):
    condition = {"StringEquals": {"sts:ExternalId": "agreed"}}
    arn = make_role(trusting({"AWS": cloud.credentials.account_id}, Condition=condition))
    configure(
        {
            "alice": keys_of(make_user(allow("sts:AssumeRole"))),
            "worker": {
                "role_arn": arn,
                "source_profile": "alice",
                "external_id": "agreed",
                "role_session_name": "nightly",
                "duration_seconds": 900,
            },
        }
    )
    assert "user/" in whoami("alice")
    assert whoami("worker").endswith(f":assumed-role/{arn.rpartition('/')[2]}/nightly")


def test_a_chain_of_profiles(configure, whoami, cloud, make_user, make_role):
    first = make_role(trusting({"AWS": cloud.credentials.account_id}), allow("sts:AssumeRole"))
    second = make_role(trusting({"AWS": first}))
    configure(
        {
            "alice": keys_of(make_user(allow("sts:AssumeRole"))),
            "first": {"role_arn": first, "source_profile": "alice"},
            "second": {"role_arn": second, "source_profile": "first", "role_session_name": "end"},
        }
    )
    assert whoami("second").endswith(f":assumed-role/{second.rpartition('/')[2]}/end")


def test_a_web_identity_token_in_a_file(configure, whoami, provider, sign, make_role, tmp_path):
    arn = make_role(trusting({"Federated": provider}, "sts:AssumeRoleWithWebIdentity"))
    token = tmp_path / "token"
    token.write_text(sign())
    configure(
        {"web": {"role_arn": arn, "web_identity_token_file": token, "role_session_name": "pod"}}
    )
    assert whoami("web").endswith("/pod")
