"""What tests of Globus Auth share: clients that are held against globus-sdk's own fixtures."""

import globus_sdk
import pytest
from globus_sdk.testing import get_response_set

CALLBACK = "https://portal.example.org/callback"
TRANSFER_ALL = "urn:globus:auth:scope:transfer.api.globus.org:all"
GROUPS_ALL = "urn:globus:auth:scope:groups.api.globus.org:all"
AUTH = "urn:globus:auth:scope:auth.globus.org:"


def shape(document):
    """What a document is made of: the types of its members, for a list of its first."""
    if isinstance(document, dict):
        return {key: shape(value) for key, value in document.items()}
    if isinstance(document, list):
        return [shape(one) for one in document[:1]]
    return type(document)


@pytest.fixture(scope="session")
def fixture_of():
    """``fixture_of("auth.get_client")``: the document that globus-sdk is tested with."""
    return lambda name, case="default": get_response_set(name).lookup(case).json


@pytest.fixture
def auth_of(grant):
    """``auth_of(person, scopes)``: an AuthClient that acts for them."""
    made = []

    def client(person, scopes):
        token = grant(person, scopes)["auth.globus.org"].access_token
        authorizer = globus_sdk.AccessTokenAuthorizer(token)
        made.append(globus_sdk.AuthClient(authorizer=authorizer))
        return made[-1]

    yield client
    for one in made:
        one.close()
