"""What signing in leaves in the audit log: who, when, from where; never a secret."""

import json
import uuid

import pytest

from lenticular.primitives.audit import CLOUD, HIDDEN
from lenticular.primitives.audit.lookup import Query

from .conftest import PASSWORD


@pytest.fixture
def account(cloud):
    return cloud.create_account(f"audited-{uuid.uuid4().hex[:8]}").account_id


@pytest.fixture
def events(cloud, account):
    """``events(account_id)``: what is recorded of the pages, oldest first."""

    def read(account_id=account):
        audit = cloud.engines.audit
        cloud.run(audit.flush())
        found = cloud.run(audit.look_up(Query(account_id, limit=10_000))).found
        read = [json.loads(one.document) for one in reversed(found)]
        return [one for one in read if one["eventSource"] == "sign-in.globus.org"]

    return read


def test_signing_in_and_out_is_recorded_with_who_it_was(cloud, browser, account, events):
    user = cloud.create_user("ada", account=account, password=PASSWORD)
    name = cloud.run(cloud.engines.people.identity(user.identity_id)).username
    me = browser()
    me.sign_in(name, "not the password")
    me.sign_in(name)
    me.open("/sign-in")
    me.submit("/sign-out")
    found = [(one["eventName"], one.get("errorCode"), one["readOnly"]) for one in events()]
    assert found == [
        ("SignIn", "FailedAuthentication", False),
        ("SignIn", None, False),
        ("SignOut", None, False),
    ]
    for one in events():
        assert one["userIdentity"]["userName"] == "ada"
        assert one["sourceIPAddress"] == "127.0.0.1"
    [failed, right, _] = events()
    assert failed["requestParameters"]["username"] == name
    assert failed["requestParameters"]["password"] == HIDDEN
    assert PASSWORD not in json.dumps(right)
    assert "not the password" not in json.dumps(failed)


def test_a_password_in_the_wrong_field_is_not_kept(browser, events):
    secret = f"Secret-{uuid.uuid4().hex}"
    me = browser()
    me.sign_in(secret, "x")
    last = events(CLOUD)[-1]
    assert (last["eventName"], last["errorCode"]) == ("SignIn", "FailedAuthentication")
    assert last["requestParameters"]["username"] == HIDDEN
    assert secret not in json.dumps(events(CLOUD))


def test_a_link_is_recorded_without_its_token(cloud, browser, account, events):
    user = cloud.create_user("ada", account=account)
    invitations = cloud.engines.signin.invitations
    token = cloud.run(invitations.create("password", account, user.name))
    me = browser()
    me.open(f"/welcome?token={token}")
    me.submit("/welcome", password=PASSWORD)
    [event] = events()
    assert event["eventName"] == "AcceptWelcome"
    assert event["userIdentity"]["userName"] == "ada"
    assert not {token, PASSWORD} & set(event["requestParameters"].values())


def test_looking_at_pages_is_not_recorded(browser, user, events):
    me = browser()
    me.sign_in(user.name)
    before = len(events(user.account_id)) + len(events(CLOUD))
    me.open("/sign-in")
    me.open("/sign-in/identities")
    me.open("/static/none")
    assert len(events(user.account_id)) + len(events(CLOUD)) == before
