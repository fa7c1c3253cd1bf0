"""Signing in at an institution, whatever it says; linking what one has there."""

import time
import uuid

import pytest
from joserfc.jwk import OctKey, RSAKey

from lenticular.primitives.people import NewProvider

from .conftest import PASSWORD
from .institution import Institution


@pytest.fixture
def institution():
    made = Institution()
    yield made
    made.close()


@pytest.fixture
def provider(cloud, institution):
    """The institution, as this cloud knows it."""
    name = f"uni-{uuid.uuid4().hex[:8]}"
    made = enter(cloud, name, institution)
    yield made
    cloud.run(cloud.engines.people.providers.delete(name))


def enter(cloud, name, institution, **more):
    new = NewProvider(
        name=name,
        title="University of Examples",
        issuer=institution.issuer,
        client_id="lenticular",
        client_secret="their secret",
        domains=(f"{name}.example",),
        **more,
    )
    return cloud.run(cloud.engines.people.providers.create(new))


class Traveller:
    """A browser that goes to an institution and comes back."""

    def __init__(self, browser, provider, institution):
        self.browser = browser
        self.provider = provider
        self.institution = institution

    def leave(self, to="/sign-in/identities"):
        """Go there; return the query to come back with."""
        path = f"/sign-in/upstream/{self.provider.name}"
        answer = self.browser.open(path, params={"next": to})
        assert answer.status_code == 303, self.browser.words
        return self.institution.authorize(answer.headers["location"])

    def leave_to_link(self):
        self.browser.open("/sign-in/identities")
        answer = self.browser.submit(f"/sign-in/upstream/{self.provider.name}/link")
        assert answer.status_code == 200, self.browser.words
        return self.institution.authorize(answer.headers["refresh"].partition("url=")[2])

    def come_back(self, query):
        path = f"/sign-in/upstream/{self.provider.name}/callback"
        return self.browser.open(path, params=query)


@pytest.fixture
def traveller(browser, provider, institution):
    return lambda: Traveller(browser(), provider, institution)


@pytest.fixture
def linked(cloud, user, provider, institution):
    """A user who has linked the identity `s1` of the institution."""
    name = f"ada@{provider.name}.example"
    cloud.run(cloud.engines.people.link_username(user.identity_id, name))
    institution.person = institution.person | {"preferred_username": name}
    return user


def username(user):
    return f"{user.name}@lab.localhost"


def test_somebody_linked_signs_in(traveller, linked, institution, cloud):
    me = traveller()
    answer = me.come_back(me.leave())
    assert answer.headers["location"] == "/sign-in/identities"
    assert me.browser.signed_in_as[0] == username(linked)
    [asked] = institution.asked
    assert asked["code_challenge_method"] == "S256"
    assert asked["scope"] == "openid profile email"
    assert "prompt" not in asked
    [session] = cloud.run(cloud.engines.signin.sessions.of(linked.identity_id))
    assert session.authentications[0].identity_id != linked.identity_id
    assert session.authentications[0].provider_id == me.provider.provider_id


def test_the_sign_in_page_offers_institutions(browser, provider):
    me = browser()
    me.open("/sign-in", params={"next": "/v2/oauth2/authorize?a=b&prompt=login"})
    assert "Sign in with University of Examples" in me.words
    assert (
        f'href="/sign-in/upstream/{provider.name}?next=/v2/oauth2/authorize%3Fa%3Db%26prompt%3Dlogin"'
        in me.page.text
    )


def test_who_is_asked_again_here_is_asked_again_there(traveller, linked, institution):
    me = traveller()
    me.leave("/v2/oauth2/authorize?client_id=1&prompt=login")
    assert institution.asked[-1]["prompt"] == "login"


def test_a_stranger_is_turned_away(traveller, institution):
    me = traveller()
    answer = me.come_back(me.leave())
    assert answer.status_code == 403
    assert "is not linked to anybody here yet" in me.browser.words
    assert me.browser.cookie("session") is None


def test_a_stranger_becomes_a_user_where_that_is_wanted(cloud, browser, institution):
    account_id = cloud.credentials.account_id
    name = f"open-{uuid.uuid4().hex[:8]}"
    provider = enter(cloud, name, institution, admission="create", account_id=account_id)
    me = Traveller(browser(), provider, institution)
    assert me.come_back(me.leave()).status_code == 303
    assert me.browser.signed_in_as == [
        f"ada@uni.example@{name}.example@lab.localhost",
        f"ada@uni.example@{name}.example",
    ]
    cloud.run(cloud.engines.people.providers.delete(name))


def test_linking_and_unlinking(traveller, user, institution):
    me = traveller()
    me.browser.sign_in(user.name)
    answer = me.come_back(me.leave_to_link())
    assert answer.headers["location"] == "/sign-in/identities?done=linked"
    assert institution.asked[-1]["prompt"] == "login"
    assert len(me.browser.signed_in_as) == 2
    other = traveller()
    assert other.come_back(other.leave()).status_code == 303
    me.browser.open("/sign-in/identities")
    assert me.browser.submit("/sign-in/identities/unlink").status_code == 303
    assert me.browser.signed_in_as == [username(user)]
    assert other.browser.signed_in_as == [], "signed in with what was unlinked"
    assert other.come_back(other.leave()).status_code == 403


def test_linked_identity_takeover(traveller, linked, cloud):
    """Whoever can show the identity of somebody else cannot make it their own."""
    eve = cloud.create_user(f"eve-{uuid.uuid4().hex[:8]}", password=PASSWORD)
    me = traveller()
    me.browser.sign_in(eve.name)
    answer = me.come_back(me.leave_to_link())
    assert answer.status_code == 403
    assert "is linked to another person here" in me.browser.words
    assert me.browser.signed_in_as == [username(eve)]


def test_the_only_way_to_sign_in_stays(cloud, traveller, linked):
    cloud.run(cloud.engines.identities.logins.delete(linked.account_id, linked.name))
    me = traveller()
    me.come_back(me.leave())
    me.browser.open("/sign-in/identities")
    assert me.browser.submit("/sign-in/identities/unlink").status_code == 409
    assert len(me.browser.signed_in_as) == 2


def test_csrf_on_linking(traveller, user):
    """Nobody else's page links an identity to whoever has signed in, or takes one away."""
    me = traveller()
    me.browser.sign_in(user.name)
    start = f"/sign-in/upstream/{me.provider.name}/link"
    evil = {"Origin": "http://evil.example"}
    me.browser.open("/sign-in/identities")
    fields = me.browser.form(start)
    assert me.browser.http.get(start).status_code == 405
    assert me.browser.http.post(start).status_code == 403
    assert me.browser.http.post(start, data=fields, headers=evil).status_code == 403
    unlink = "/sign-in/identities/unlink"
    wanted = {"identity_id": user.identity_id}
    assert me.browser.http.post(unlink, data=wanted).status_code == 403
    assert me.browser.http.post(unlink, data=fields | wanted, headers=evil).status_code == 403


def test_linking_needs_a_recent_sign_in(traveller, user, monkeypatch):
    me = traveller()
    me.browser.sign_in(user.name)
    me.browser.open("/sign-in/identities")
    start = f"/sign-in/upstream/{me.provider.name}/link"
    fields = me.browser.form(start)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 901)
    assert me.browser.http.post(start, data=fields).status_code == 403
    me.browser.open("/sign-in/identities")
    assert "It is a while since you signed in." in me.browser.words


def test_upstream_state(traveller, linked):
    """An answer is good for the browser that was sent away, for what it was sent, and once."""
    me, eve = traveller(), traveller()
    hers = eve.leave()
    me.browser.open("/sign-in")
    assert me.come_back(hers).status_code == 403, "login CSRF: signed in as somebody else"
    mine = me.leave()
    assert me.come_back(mine | {"state": hers["state"]}).status_code == 403
    assert me.come_back({"code": mine["code"]}).status_code == 403
    assert me.come_back(mine | {"state": ""}).status_code == 403
    assert me.browser.cookie("session") is None
    assert me.come_back(mine).status_code == 303
    assert me.come_back(mine).status_code == 403, "replayed"


def test_an_errand_that_was_changed_or_is_too_old_is_none(cloud, traveller, linked, monkeypatch):
    me = traveller()
    query = me.leave()
    [kept] = [one for one in me.browser.http.cookies.jar if "upstream" in one.name]
    sealed = kept.value
    middle = len(sealed) // 2
    kept.value = sealed[:middle] + ("A" if sealed[middle] != "A" else "B") + sealed[middle + 1 :]
    assert me.come_back(query).status_code == 403
    kept.value = sealed
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 601)
    assert me.come_back(query).status_code == 403
    monkeypatch.setattr(time, "time", real)
    assert me.come_back(query).status_code == 303


def test_upstream_nonce(traveller, linked, institution):
    """A token that was made for another sign-in is refused."""
    for wrong in ("another", None, ""):
        me = traveller()
        institution.claims = {"nonce": wrong}
        assert me.come_back(me.leave()).status_code == 403
        assert me.browser.cookie("session") is None


def test_upstream_mix_up(cloud, browser, traveller, linked, institution):
    """The answer of one institution is not taken for another's (RFC 9700, section 4.4)."""
    evil = Institution()
    other = enter(cloud, f"evil-{uuid.uuid4().hex[:8]}", evil)
    try:
        me = traveller()
        query = me.leave()
        astray = Traveller(me.browser, other, evil)
        assert astray.come_back(query).status_code == 403, "sent to one, answered by another"
        assert me.come_back(query | {"iss": evil.issuer}).status_code == 403
        assert me.come_back(me.leave() | {"iss": institution.issuer}).status_code == 303
    finally:
        evil.close()
        cloud.run(cloud.engines.people.providers.delete(other.name))


def test_an_answer_without_the_issuer_that_was_announced(traveller, linked, institution):
    institution.metadata = {"authorization_response_iss_parameter_supported": True}
    me = traveller()
    assert me.come_back(me.leave()).status_code == 403
    query = me.leave()
    assert me.come_back(query | {"iss": institution.issuer}).status_code == 303


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": "another-client"},
        {"aud": None},
        {"aud": ["lenticular", "another-client"]},
        {"aud": ["lenticular", "another-client"], "azp": "another-client"},
        {"azp": "another-client"},
        {"exp": 1},
        {"exp": None},
        {"iat": 9_999_999_999},
        {"sub": None},
        {"sub": ""},
    ],
)
def test_what_an_institution_says_is_verified(traveller, linked, institution, claims):
    institution.claims = claims
    me = traveller()
    assert me.come_back(me.leave()).status_code == 403
    assert me.browser.cookie("session") is None


def test_a_token_that_somebody_else_signed(traveller, linked, institution, monkeypatch):
    real = institution.key
    me = traveller()
    forged = RSAKey.generate_key(2048, {"kid": "1"})
    token = institution.token

    def with_another_key(form, authorization):
        institution.key = forged
        try:
            return token(form, authorization)
        finally:
            institution.key = real

    monkeypatch.setattr(institution, "token", with_another_key)
    assert me.come_back(me.leave()).status_code == 403


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_token_that_needs_no_private_key(traveller, linked, institution, monkeypatch, algorithm):
    public = institution.key.as_pem(private=False)
    real, me = institution.key, traveller()
    token = institution.token

    def downgraded(form, authorization):
        institution.key = OctKey.import_key(public)
        institution.header = {"alg": algorithm, "kid": "1"}
        try:
            return token(form, authorization)
        finally:
            institution.key = real

    monkeypatch.setattr(institution, "token", downgraded)
    assert me.come_back(me.leave()).status_code == 403


def test_keys_that_were_replaced_are_fetched_again(traveller, linked, institution):
    me = traveller()
    assert me.come_back(me.leave()).status_code == 303
    institution.key = RSAKey.generate_key(2048, {"kid": "2"})
    institution.header = {"alg": "RS256", "kid": "2"}
    assert me.come_back(me.leave()).status_code == 303


def test_a_username_that_only_userinfo_tells(traveller, linked, institution):
    name = institution.person["preferred_username"]
    institution.person = {"sub": "s1"}
    institution.userinfo = {"sub": "s1", "preferred_username": name}
    me = traveller()
    assert me.come_back(me.leave()).status_code == 303


def test_userinfo_of_somebody_else(traveller, linked, institution):
    """What userinfo says does not replace what was signed (Core, section 5.3.2)."""
    name = institution.person["preferred_username"]
    institution.person = {"sub": "s2"}
    institution.userinfo = {"sub": "s1", "preferred_username": name}
    me = traveller()
    assert me.come_back(me.leave()).status_code == 403


def test_an_institution_that_refuses(traveller, linked):
    me = traveller()
    state = me.leave()["state"]
    answer = me.come_back({"error": "access_denied<script>", "state": state})
    assert answer.status_code == 403
    assert "did not sign you in (access_denied<script>)" in me.browser.words
    assert "<script>)" not in answer.text


def test_an_institution_that_is_down(traveller, linked, institution, browser, provider):
    institution.close()
    me = browser()
    assert me.open(f"/sign-in/upstream/{provider.name}").status_code == 502
    assert "does not answer" in me.words


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://elsewhere.example"},
        {"authorization_endpoint": "https://uni.example/\r\nSet-Cookie: a=b"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": 42},
    ],
)
def test_an_institution_that_describes_itself_badly(browser, provider, institution, metadata):
    institution.metadata = metadata
    assert browser().open(f"/sign-in/upstream/{provider.name}").status_code == 502


def test_an_institution_that_is_none(browser):
    assert browser().open("/sign-in/upstream/nowhere").status_code == 404
    assert browser().open("/sign-in/upstream/nowhere/callback").status_code == 404


def test_open_redirect_by_way_of_an_institution(cloud, traveller, linked):
    me = traveller()
    answer = me.come_back(me.leave(to="//evil.example"))
    assert answer.headers["location"] == f"{cloud.configuration.url('portal')}/sign-in"
