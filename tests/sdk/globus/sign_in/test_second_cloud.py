"""Two clouds of ours, one of which is the other's identity provider."""

import pytest

from lenticular.primitives.oauth import NewClient
from lenticular.primitives.people import NewProvider
from lenticular.testing.browser import Browser as Walker
from lenticular.testing.cloud import running_cloud

from .conftest import PASSWORD


@pytest.fixture(scope="module")
def university():
    """The other cloud, where Ada has a password."""
    with running_cloud() as running:
        running.create_user("ada", email="ada@uni.example", password=PASSWORD)
        yield running


@pytest.fixture(scope="module")
def provider(cloud, university):
    """The other cloud, as this one knows it."""
    here = cloud.configuration.url("globus")
    new = NewClient(
        name="The lab's cloud",
        account_id=university.credentials.account_id,
        redirect_uris=(f"{here}/sign-in/upstream/university/callback",),
    )
    client, secret = university.run(university.engines.oauth.clients.create(new))
    entered = NewProvider(
        name="university",
        title="The university",
        issuer=university.configuration.url("globus"),
        client_id=client.client_id,
        client_secret=secret.secret,
        domains=("uni.example",),
    )
    return cloud.run(cloud.engines.people.providers.create(entered))


@pytest.fixture
def ada_there(university):
    with Walker(university, "ada", PASSWORD) as walker:
        yield walker


def test_link_there_then_sign_in_there(cloud, browser, user, provider, ada_there):
    me = browser()
    me.sign_in(user.name)
    me.open("/sign-in/identities")
    me.submit("/sign-in/upstream/university/link")
    back = ada_there.authorize(me.page.headers["refresh"].partition("url=")[2])
    assert ada_there.asked == ["sign in", "allow"]
    assert me.open(back).headers["location"] == "/sign-in/identities?done=linked"
    names = [f"{user.name}@lab.localhost", "ada@lab.localhost@uni.example"]
    assert me.signed_in_as == names

    other = browser()
    other.open("/sign-in/upstream/university", params={"next": "/sign-in/identities"})
    back = ada_there.authorize(other.page.headers["location"])
    assert other.open(back).headers["location"] == "/sign-in/identities"
    assert other.signed_in_as == names
    assert other.open(back).status_code == 403, "the code and the errand are used up"
    [linked] = cloud.run(cloud.engines.people.identity_set(user.identity_id))[1:]
    assert (linked.name, linked.email) == ("ada", "ada@uni.example")
