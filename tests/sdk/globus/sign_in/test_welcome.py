"""Links for one use: the first administrator, and passwords for others."""

import boto3
import pytest

from lenticular.testing.cloud import running_cloud

from .conftest import PASSWORD


@pytest.fixture
def fresh():
    """A cloud that nobody can sign in to yet."""
    with running_cloud() as running:
        yield running


def first_link(cloud):
    token = cloud.run(cloud.engines.signin.welcome.invite_administrator())
    return f"/welcome?token={token}"


def link_for(cloud, user):
    token = cloud.run(
        cloud.engines.signin.invitations.create("password", user.account_id, user.name)
    )
    return f"/welcome?token={token}"


def test_the_first_administrator_chooses_name_and_password(fresh, browser):
    me, link = browser(fresh), first_link(fresh)
    me.open(link)
    assert "you will be this cloud's administrator" in me.words
    answer = me.submit("/welcome", username="ada", full_name="Ada", password=PASSWORD)
    assert answer.headers["location"] == f"{fresh.configuration.url('portal')}/sign-in"
    assert me.signed_in_as == ["ada@lab.localhost"]
    assert browser(fresh).sign_in("ada")
    iam = boto3.client("iam", **fresh.boto3())
    attached = iam.list_attached_user_policies(UserName="ada")["AttachedPolicies"]
    assert [policy["PolicyName"] for policy in attached] == ["AdministratorAccess"]
    # One-time link reuse: for another name, by another browser.
    eve = browser(fresh)
    assert eve.open(link).status_code == 410
    data = me_form(browser(fresh)) | {"token": link.partition("=")[2]}
    assert eve.http.post("/welcome", data=data | {"username": "eve"}).status_code == 410
    assert eve.open(first_link(fresh)).status_code == 410, "somebody can sign in: none is needed"


def me_form(browser):
    browser.open("/sign-in")
    return browser.form("/sign-in") | {"password": PASSWORD}


def test_what_cannot_be_chosen_leaves_the_link_as_it_was(fresh, browser):
    me = browser(fresh)
    me.open(first_link(fresh))
    for fields, said in (
        ({"username": "a b", "password": PASSWORD}, "A user name has"),
        ({"username": "", "password": PASSWORD}, "A user name has"),
        ({"username": "ada", "password": "short"}, "minimum length"),
        ({"username": "ada", "password": "x" * 129}, "maximum length"),
    ):
        me.submit("/welcome", **fields)
        assert me.page.status_code == 400
        assert said in me.words
        assert me.form("/welcome")["username"] == fields["username"]
        assert me.form("/welcome")["password"] == "", "it is not sent back"
    assert me.submit("/welcome", username="ada", password=PASSWORD).status_code == 303


def test_an_invited_user_sets_a_password_once(cloud, browser, user):
    link = link_for(cloud, user)
    me = browser()
    me.open(link)
    assert user.name in me.words
    assert me.submit("/welcome", password="Another-Horse-2").status_code == 303
    assert me.signed_in_as == [f"{user.name}@lab.localhost"]
    assert browser().sign_in(user.name) is None
    assert browser().sign_in(user.name, "Another-Horse-2")
    assert me.open(link).status_code == 410


def test_a_new_password_ends_the_sessions_of_whoever_knew_the_old_one(cloud, browser, user):
    thief, me = browser(), browser()
    thief.sign_in(user.name)
    me.open(link_for(cloud, user))
    me.submit("/welcome", password="Another-Horse-2")
    assert me.signed_in_as
    assert thief.signed_in_as == []


def test_one_time_link_reuse(cloud, browser, user):
    """Two browsers have the page; the second to post gets nothing."""
    link, me, eve = link_for(cloud, user), browser(), browser()
    me.open(link)
    eve.open(link)
    assert me.submit("/welcome", password="Another-Horse-2").status_code == 303
    assert eve.submit("/welcome", password="Evil-Horse-3").status_code == 410
    assert browser().sign_in(user.name, "Evil-Horse-3") is None


def test_csrf_on_welcome(cloud, browser, user):
    me = browser()
    me.open(link_for(cloud, user))
    fields = me.form("/welcome") | {"password": "Another-Horse-2"}
    assert me.http.post("/welcome", data=fields | {"csrf": "x"}).status_code == 403
    evil = {"Origin": "http://evil.example"}
    assert me.http.post("/welcome", data=fields, headers=evil).status_code == 403
    assert browser().sign_in(user.name, "Another-Horse-2") is None


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "é", "%00"])
def test_a_link_that_never_was(browser, token):
    me = browser()
    assert me.open("/welcome", params={"token": token}).status_code == 410
    assert "used already" in me.words
