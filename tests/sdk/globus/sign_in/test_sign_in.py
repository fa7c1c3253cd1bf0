"""Signing in and out as browsers do it, and as attackers would."""

import base64
import uuid

import httpx
import pytest

from lenticular.primitives.identities import USERS, PasswordPolicy
from lenticular.primitives.identities.onetime import STEP, code_at
from lenticular.testing.cloud import running_cloud

from .conftest import PASSWORD


def test_a_person_signs_in_and_out(browser, user):
    me = browser()
    assert me.sign_in(user.name) == "/sign-in/identities"
    assert me.signed_in_as == [f"{user.name}@lab.localhost"]
    me.open("/sign-in")
    answer = me.submit("/sign-out")
    assert answer.headers["location"] == "/sign-in?out"
    assert me.signed_in_as == []
    me.open("/sign-in?out")
    assert "You are signed out." in me.words


def test_without_a_place_to_go_one_comes_to_the_portal(cloud, browser, user):
    assert browser().sign_in(user.name, to="") == f"{cloud.configuration.url('portal')}/sign-in"


@pytest.mark.parametrize("form", ["{0}@lab.localhost", "{0}@example.net", "  {0} "])
def test_a_person_has_several_names(cloud, browser, form):
    name = f"user-{uuid.uuid4().hex[:8]}"
    cloud.create_user(name, email=f"{name}@example.net", password=PASSWORD)
    assert browser().sign_in(form.format(name))


def test_a_wrong_password_is_told_to_everybody_alike(browser, user):
    me = browser()
    assert me.sign_in(user.name, "wrong") is None
    assert me.page.status_code == 401
    assert 'role="alert"' in me.page.text
    assert "do not belong together" in me.words
    assert me.form("/sign-in")["username"] == user.name
    assert me.form("/sign-in")["next"] == "/sign-in/identities"
    assert "wrong" not in me.page.text.partition("<main")[2].replace("field wrong", "")


def test_user_enumeration(browser, cloud, user):
    """Nothing in the answer tells whether there is such a user, or whether it has a password."""
    cloud.create_user("without-password")
    seen = set()
    for name in (user.name, "without-password", "nobody", "nobody@lab.localhost", "a@b.c"):
        me = browser()
        me.sign_in(name, "wrong")
        headers = dict(me.page.headers)
        for changing in ("date", "x-request-id", "content-length"):
            headers.pop(changing)
        csrf = me.form("/sign-in")["csrf"]
        body = me.page.text.replace(csrf, "CSRF").replace(name, "NAME")
        seen.add((me.page.status_code, tuple(headers.items()), body))
    assert len(seen) == 1


def test_brute_force(browser, user):
    me = browser()
    for _ in range(5):
        me.sign_in(user.name, "wrong")
        assert me.page.status_code == 401
    me.sign_in(user.name)
    assert me.page.status_code == 429, "though the password was right"
    assert 0 < int(me.page.headers["retry-after"]) <= 1
    assert "Try again in" in me.words
    assert me.signed_in_as == []


def test_brute_force_does_not_tell_who_exists(browser):
    me = browser()
    for _ in range(5):
        me.sign_in("nobody", "wrong")
    me.sign_in("nobody", "wrong")
    assert me.page.status_code == 429


def test_session_fixation(browser, user):
    """A session that somebody planted in a browser is not the one that its person gets."""
    eve, victim = browser(), browser()
    eve.sign_in(user.name)
    planted = eve.cookie("session")
    for cookie in eve.http.cookies.jar:
        victim.http.cookies.jar.set_cookie(cookie)
    victim.sign_in(user.name)
    assert victim.cookie("session") not in (None, planted)
    assert eve.signed_in_as == [], "what was planted has ended"


def test_csrf_on_sign_in(browser, user):
    """Nobody else's page signs a browser in."""
    me, other = browser(), browser()
    me.open("/sign-in")
    other.open("/sign-in")
    foreign = {"Origin": "http://evil.example"}
    sibling = {"Origin": str(me.http.base_url).replace(":", ":1", 1).rstrip("/")}
    other_site = {"Sec-Fetch-Site": "cross-site"}
    given = {"username": user.name, "password": PASSWORD}
    attempts = [
        me.http.post("/sign-in", data=given),
        me.http.post("/sign-in", data=given | {"csrf": other.form("/sign-in")["csrf"]}),
        me.http.post("/sign-in", data=me.form("/sign-in") | given, headers=foreign),
        me.http.post("/sign-in", data=me.form("/sign-in") | given, headers=sibling),
        me.http.post("/sign-in", data=me.form("/sign-in") | given, headers=other_site),
        me.http.post("/sign-in", data=me.form("/sign-in") | given, headers={"Origin": "null"}),
        httpx.post(me.http.base_url.join("/sign-in"), data=me.form("/sign-in") | given),
    ]
    assert [answer.status_code for answer in attempts] == [403] * len(attempts)
    assert me.cookie("session") is None
    assert me.submit("/sign-in", **given).status_code == 303


def test_csrf_on_sign_out(browser, user):
    """Nobody else's page signs a person out."""
    me, other = browser(), browser()
    me.sign_in(user.name)
    other.open("/sign-in")
    csrf = other.form("/sign-in")["csrf"]
    assert me.http.post("/sign-out").status_code == 403
    assert me.http.post("/sign-out", data={"csrf": csrf}).status_code == 403
    me.open("/sign-in")
    assert me.submit("/sign-out", headers={"Origin": "http://evil.example"}).status_code == 403
    assert me.http.get("/sign-out").status_code == 405
    assert me.signed_in_as


@pytest.mark.parametrize(
    "to",
    [
        "//evil.example/",
        "https://evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        "///evil.example",
        "evil.example",
        " /x",
        "/é",
    ],
)
def test_open_redirect(cloud, browser, user, to):
    assert browser().sign_in(user.name, to=to) == f"{cloud.configuration.url('portal')}/sign-in"


def test_where_to_go_on_may_have_a_query(browser, user):
    to = "/v2/oauth2/authorize?client_id=1&state=a%2Fb&redirect_uri=https%3A%2F%2Fapp.example%2Fcb"
    me = browser()
    assert me.sign_in(user.name, to=to) == to


def test_the_form_may_lead_to_the_client_that_asked(browser):
    me = browser()
    me.open("/sign-in", params={"next": "/v2/oauth2/authorize?redirect_uri=https://app.example/cb"})
    policy = me.page.headers["content-security-policy"]
    assert "form-action 'self' https://app.example;" in policy
    me.open("/sign-in", params={"next": "/elsewhere?redirect_uri=https://app.example/cb"})
    assert "app.example" not in me.page.headers["content-security-policy"]


def test_nothing_from_a_request_becomes_markup(browser):
    me = browser()
    me.open("/sign-in", params={"next": '/"><script>alert(1)</script>'})
    assert "<script>alert" not in me.page.text
    me.submit("/sign-in", username='"><script>alert(2)</script>', password="x")
    assert "<script>alert" not in me.page.text


def test_cookies_are_not_for_scripts_and_not_for_other_sites(browser, user):
    me = browser()
    me.open("/sign-in")
    visit = me.page.headers["set-cookie"]
    me.submit("/sign-in", username=user.name, password=PASSWORD)
    session = me.page.headers["set-cookie"]
    for cookie in (visit, session):
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie


def test_under_tls_cookies_are_for_tls_and_this_host_only(browser):
    with running_cloud(tls=True) as cloud:
        cloud.create_user("ada", password=PASSWORD)
        me = browser(cloud)
        assert me.sign_in("ada")
        cookie = me.page.headers["set-cookie"]
        assert cookie.startswith("__Host-lenticular_session_")
        assert "Secure" in cookie
        assert me.signed_in_as == ["ada@lab.localhost"]
        me.http.close()


def test_a_changed_password_signs_out(cloud, browser, user):
    me = browser()
    me.sign_in(user.name)
    identities, where = cloud.engines.identities, (user.account_id, user.name)
    cloud.run(identities.set_password(*where, "Another-Horse-2"))
    # Sessions count seconds: let this one have begun in an earlier second.
    later = cloud.run(identities.logins.get(*where)).changed + 2000
    cloud.run(_changed_at(cloud, user, later))
    assert me.signed_in_as == []


async def _changed_at(cloud, user, moment):
    from msgspec.structs import replace

    from lenticular.primitives.identities import spaces
    from lenticular.primitives.identities.logins import find_login
    from lenticular.primitives.identities.records import encode

    def change(tx):
        found = USERS.get(tx, user.account_id, user.name)
        login = replace(find_login(tx, found), changed=moment)
        tx.set(spaces.LOGIN.pack(found.account_id, found.id), encode(login))

    await cloud.engines.store.transact(change)


def test_a_deleted_user_is_signed_out(cloud, browser, user):
    me = browser()
    me.sign_in(user.name)
    identities, where = cloud.engines.identities, (user.account_id, user.name)
    cloud.run(identities.logins.delete(*where))
    cloud.run(identities.keys.delete(*where, user.access_key_id))
    cloud.run(identities.users.delete(*where))
    assert me.signed_in_as == []


def test_a_password_that_must_be_changed_is(cloud, browser, user):
    where = user.account_id, user.name
    logins = cloud.engines.identities.logins
    cloud.run(logins.update(*where, reset_required=True))
    me = browser()
    onward = me.sign_in(user.name)
    assert onward.startswith("/welcome?token=")
    assert me.signed_in_as == []
    me.open(onward)
    answer = me.submit("/welcome", password="Another-Horse-2")
    assert answer.headers["location"] == "/sign-in/identities"
    assert me.signed_in_as
    assert browser().sign_in(user.name) is None
    assert browser().sign_in(user.name, "Another-Horse-2") == "/sign-in/identities"


def test_a_password_that_expired_for_good_lets_nobody_in(cloud, browser):
    account = cloud.create_account(f"strict-{uuid.uuid4().hex[:6]}")
    identities = cloud.engines.identities
    policy = PasswordPolicy(max_age=1, hard_expiry=True)
    cloud.run(identities.accounts.set_password_policy(account.account_id, policy))
    user = cloud.create_user("ada", account=account.account_id, password=PASSWORD)
    cloud.run(_changed_at(cloud, user, 1))
    name = cloud.run(cloud.engines.people.identity(user.identity_id)).username
    me = browser()
    assert me.sign_in(name) is None
    assert (me.page.status_code, me.cookie("session")) == (403, None)
    assert "expired" in me.words


class Device:
    """A virtual device of a user, with a clock of its own."""

    def __init__(self, cloud, user):
        self._devices = cloud.engines.identities.devices
        where = user.account_id, user.name
        made, self.seed = cloud.run(self._devices.create(user.account_id, f"of-{user.name}"))
        self.step = int(cloud.engines.identities._store.now() / 1000 // STEP)
        codes = self.code(-1), self.code(0)
        cloud.run(self._devices.enable(*where, made.serial_number, codes))

    def code(self, ahead=1):
        return code_at(self.seed, self.step + ahead)


def test_a_device_is_asked_for_after_the_password(cloud, browser, user):
    device = Device(cloud, user)
    me = browser()
    assert me.sign_in(user.name) is None
    assert me.page.status_code == 200
    assert me.signed_in_as == [], "the password alone is not enough"
    me.submit("/sign-in/code", code="000000")
    assert (me.page.status_code, me.signed_in_as) == (401, [])
    answer = me.submit("/sign-in/code", code=device.code())
    assert answer.headers["location"] == "/sign-in/identities"
    assert me.signed_in_as
    sessions = cloud.run(cloud.engines.signin.sessions.of(user.identity_id))
    assert sessions[0].methods == ("pwd", "otp", "mfa")


def test_the_step_after_the_password_is_not_for_another_browser_or_user(cloud, browser, user):
    device = Device(cloud, user)
    other = cloud.create_user(f"user-{uuid.uuid4().hex[:8]}", password=PASSWORD)
    Device(cloud, other)
    me, stranger = browser(), browser()
    me.sign_in(other.name)
    fields = me.form("/sign-in/code") | {"code": device.code()}
    stranger.open("/sign-in")
    csrf = stranger.form("/sign-in")["csrf"]
    forged = [
        me.http.post("/sign-in/code", data=fields | {"identity": user.identity_id}),
        me.http.post("/sign-in/code", data=fields | {"until": "99999999999"}),
        me.http.post("/sign-in/code", data=fields | {"step": fields["csrf"]}),
        stranger.http.post("/sign-in/code", data=fields | {"csrf": csrf}),
    ]
    assert [answer.status_code for answer in forged] == [403] * len(forged)
    assert me.signed_in_as == stranger.signed_in_as == []


def test_brute_force_of_codes(cloud, browser, user):
    Device(cloud, user)
    me = browser()
    me.sign_in(user.name)
    answers = [me.submit("/sign-in/code", code=f"{number:06}").status_code for number in range(5)]
    assert answers == [401] * 5
    assert me.submit("/sign-in/code", code="000006").status_code == 429
    me.sign_in(user.name)
    assert me.submit("/sign-in/code", code="000007").status_code == 429, (
        "the password resets nothing"
    )


def test_what_is_no_form_is_refused(browser):
    me = browser()
    url = str(me.http.base_url)
    body = base64.b64encode(b"x" * 100)
    assert (
        me.http.post("/sign-in", content=body, headers={"Content-Type": "text/plain"}).status_code
        == 403
    )
    assert me.http.post("/sign-in", data={"username": ["a", "b"]}).status_code == 400
    assert (
        me.http.post(
            "/sign-in",
            content=b"\xff=\xff",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        ).status_code
        == 400
    )
    assert httpx.request("PUT", f"{url}/sign-in").status_code == 405
