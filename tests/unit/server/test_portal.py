"""What the server hands to the portal, and to whom it refuses it."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from lenticular.portal.contract import Person
from lenticular.primitives.identities import USERS
from lenticular.server.configuration import Configuration
from lenticular.server.portal import CLIENT_ID, PortalPeople, open_portal
from lenticular.server.wiring import build_in_memory

OVER_STUDENTS = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "iam:*", "Resource": "arn:aws:iam::*:user/students/*"}
    ],
}


@pytest.fixture
async def cloud():
    made = build_in_memory()
    yield made
    await made.close()


@pytest.fixture
async def lab(cloud):
    """The cloud, what the portal knows of its people, and a tutor who administers students."""
    account_id = (await cloud.identities.first_account()).account_id
    users = cloud.identities.users
    tutor = await users.create(account_id, "tutor")
    await cloud.identities.inline_policies.put(
        USERS, account_id, "tutor", "students", json.dumps(OVER_STUDENTS)
    )
    await users.create(account_id, "grace", path="/students/")
    await users.create(account_id, "boss")
    people = PortalPeople(cloud)
    found = await people.find(tutor.identity_id)
    assert isinstance(found, Person)
    return people, found


async def test_a_person_is_found_by_identity(lab):
    people, tutor = lab
    assert (tutor.user_name, tutor.username) == ("tutor", "tutor@lab.localhost")
    assert await people.find("11111111-2222-3333-4444-555555555555") is None


async def test_who_may_set_a_users_password_makes_their_link(cloud, lab):
    people, tutor = lab
    link = urlsplit(await people.invite(tutor, "grace"))
    assert link.path == "/welcome"
    [token] = parse_qs(link.query)["token"]
    invitation = await cloud.signin.invitations.find(token)
    assert invitation.user_name == "grace"


@pytest.mark.parametrize("name", ["boss", "tutor", "nobody-of-this-name"])
async def test_nobody_else_does(lab, name):
    people, tutor = lab
    with pytest.raises(PermissionError, match="iam:UpdateLoginProfile"):
        await people.invite(tutor, name)
    with pytest.raises(PermissionError, match="iam:UpdateUser"):
        await people.describe(tutor, name, email="a@b.example", full_name="A")
    with pytest.raises(PermissionError, match="iam:DeleteLoginProfile"):
        await people.expel(tutor, name)


async def test_somebody_is_described(cloud, lab):
    people, tutor = lab
    await people.describe(tutor, "grace", email="grace@example.org", full_name="Grace Hopper")
    user = await cloud.identities.users.find(tutor.account_id, "grace")
    assert (user.email, user.full_name) == ("grace@example.org", "Grace Hopper")


async def test_lent_keys_and_sessions_end_with_everything_else(cloud, lab):
    people, tutor = lab
    lent = await people.lend(tutor, mfa_time=0)
    sessions = cloud.signin.sessions
    token = await sessions.create(tutor.identity_id, "pwd", kind="portal")
    assert await cloud.identities.signer(lent.access_key_id) is not None
    await people.end_everything(tutor)
    assert await cloud.identities.signer(lent.access_key_id) is None
    assert await sessions.find(token, "portal") is None


async def test_nothing_is_lent_to_a_user_who_is_gone(cloud, lab):
    people, tutor = lab
    gone = Person("id", tutor.account_id, "lab", "gone", "gone@lab.localhost")
    with pytest.raises(PermissionError):
        await people.lend(gone, mfa_time=0)


async def test_the_portal_is_a_client_that_follows_its_address(cloud):
    for base, domains in ((4200, ("localhost",)), (5200, ("lab.example.org",))):
        configuration = Configuration(port_base=base, domains=domains)
        async with open_portal(configuration, cloud, []):
            client = await cloud.oauth.clients.get(CLIENT_ID)
            assert client.trusted
            assert f"http://{domains[0]}:{base}/callback" in client.redirect_uris
            assert all(f":{base}/" in uri for uri in client.redirect_uris)
