"""Fixtures: the cloud's own OpenID Connect issuer, trusted by the first account."""

import time

import pytest

CLIENT_ID = "telescope"
"""The audience that tokens are accepted for."""


@pytest.fixture(scope="session")
def issuer(cloud):
    """The URL of the cloud's own OpenID Connect issuer."""
    return cloud.configuration.url("globus")


@pytest.fixture(scope="session")
def provider(aws, issuer):
    """The ARN of that issuer as an identity provider of the first account."""
    made = aws("iam").create_open_id_connect_provider(Url=issuer, ClientIDList=[CLIENT_ID])
    return made["OpenIDConnectProviderArn"]


@pytest.fixture
def sign(cloud, issuer):
    """Makes an ID token of the cloud for somebody."""

    def make(subject="alice", **claims):
        now = int(time.time())
        usual = {"iss": issuer, "sub": subject, "aud": CLIENT_ID, "iat": now, "exp": now + 600}
        return cloud.run(cloud.engines.oauth.keys.sign(usual | claims))

    return make
