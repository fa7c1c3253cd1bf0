"""The pages of an authorization: what they say, and what they let nobody do."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from lenticular.primitives.oauth import Dependency, NewScope
from lenticular.primitives.oauth.builtin import COMMAND_LINE_ID

from .conftest import CALLBACK, TRANSFER_ALL

AUTHORIZE = "/v2/oauth2/authorize"


@pytest.fixture
def signed_in(browse, new_person):
    browser = browse(new_person())
    browser.sign_in()
    return browser


@pytest.fixture
def client_id(new_client):
    return new_client("The <b>Weather</b> portal", privacy_policy="https://portal.example.org/p")[0]


def _url(client_id, **query):
    query = {
        "client_id": client_id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid",
        "state": "s",
    } | query
    return f"{AUTHORIZE}?{urlencode(query)}"


def test_the_consent_page_says_who_wants_what(cloud, signed_in, client_id):
    scope = f"https://auth.globus.org/scopes/{client_id}/run"
    new = NewScope(
        string=scope,
        client_id=client_id,
        description="Run forecasts for you.",
        dependencies=(Dependency(TRANSFER_ALL),),
    )
    cloud.run(cloud.engines.oauth.scopes.create(new))
    page = signed_in.get(
        _url(client_id, scope=f"{scope} *openid", access_type="offline", session_message="Why <i>")
    )
    for words in (
        "The <b>Weather</b> portal",
        "Run forecasts for you.",
        "For this, it uses in turn: Move, list, rename and delete files",
        "Know who you are",
        "You can withdraw this on its own.",
        "Also while you are away",
        "portal.example.org",
        "Why <i>",
    ):
        assert words in page.text
    assert "https://portal.example.org/p" in page.response.text


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        ("http://localhost:4711", "an app on this machine"),
        ("org.example.app:/done", "an app on this machine (org.example.app)"),
        ("page", "this page, for you to copy"),
    ],
)
def test_the_consent_page_says_where_the_answer_goes(cloud, new_client, signed_in, uri, place):
    client_id, _ = new_client(
        type="public_installed_client",
        redirect_uris=(
            "http://localhost",
            "org.example.app:/done",
            "https://auth.globus.org/v2/web/auth-code",
        ),
    )
    if uri == "page":
        uri = cloud.configuration.url("globus") + "/v2/web/auth-code"
    pkce = {"code_challenge": "c" * 43, "code_challenge_method": "S256"}
    page = signed_in.get(_url(client_id, redirect_uri=uri, **pkce))
    assert f"Your answer goes to {place}." in page.text


def test_an_instance_cannot_pass_for_another_application(cloud, signed_in):
    """Anybody can make one, with any name: people are asked about the template."""
    instance, _ = cloud.run(
        cloud.engines.oauth.clients.create_instance(COMMAND_LINE_ID, "Lenticular portal")
    )
    page = signed_in.get(_url(instance.client_id, redirect_uri="http://localhost:4711"))
    assert page.text.startswith("Globus CLI asks for your consent")
    assert "An installation of it that calls itself Lenticular portal." in page.text


def test_html_of_others_is_text(signed_in, client_id):
    """Cross-site scripting by a client's name, a message, or what comes in an address."""
    evil = "<script>alert(1)</script>\"'"
    shown = [
        signed_in.get(_url(client_id, session_message=evil, state=evil)),
        signed_in.get(f"/v2/web/auth-code?{urlencode({'code': evil, 'error_description': evil})}"),
        signed_in.get(f"/v2/web/device?{urlencode({'user_code': evil})}"),
        signed_in.get(
            f"/v2/web/logout?{urlencode({'redirect_name': evil, 'redirect_uri': 'javascript:1'})}"
        ),
    ]
    for page in shown:
        assert page.status == 200
        assert "<script>alert" not in page.response.text
        assert "javascript:1" not in page.response.text


def test_clickjacking(signed_in, client_id):
    for page in (
        signed_in.get(_url(client_id)),
        signed_in.get("/v2/web/device"),
        signed_in.get(AUTHORIZE),
    ):
        headers = page.response.headers
        assert headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "script-src 'self'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"


def test_the_form_may_lead_to_the_client_and_nowhere_else(signed_in, client_id):
    policy = signed_in.get(_url(client_id)).response.headers["content-security-policy"]
    assert "form-action 'self' https://portal.example.org;" in policy


def test_csrf_on_consent(browse, new_person, signed_in, client_id):
    """Without the token, with another person's, and from a page of another origin."""
    page = signed_in.get(_url(client_id))
    form = dict(page.form("allow").form_values()) | {"allow": "yes"}
    other = browse(new_person())
    other.sign_in()
    theirs = dict(other.get(_url(client_id)).form("allow").form_values())
    http = signed_in.http
    for data, headers in [
        ({**form, "csrf": ""}, {}),
        ({**form, "csrf": "AAAA"}, {}),
        ({**form, "csrf": theirs["csrf"]}, {}),
        (form, {"Origin": "https://evil.example"}),
        (form, {"Origin": "null"}),
        (form, {"Sec-Fetch-Site": "cross-site"}),
        (form, {"Sec-Fetch-Site": "same-site"}),
    ]:
        answer = http.post(AUTHORIZE, data=data, headers=headers)
        assert answer.status_code == 403, (data, headers)
        assert "location" not in answer.headers
    http_without_session = browse().http
    assert http_without_session.post(AUTHORIZE, data=form).status_code == 403
    answer = http.post(AUTHORIZE, data=form)
    assert answer.headers["location"].startswith(f"{CALLBACK}?code=")


def test_consent_cannot_be_given_by_an_address(signed_in, client_id):
    page = signed_in.get(_url(client_id, allow="yes"))
    assert page.status == 200
    assert page.form("allow") is not None


def test_no_wins_over_yes(signed_in, client_id):
    page = signed_in.get(_url(client_id))
    answer = signed_in.submit(page, "allow", {"allow": "yes", "deny": "yes"})
    assert "error=access_denied" in answer.response.headers["location"]


def test_what_is_posted_is_checked_again(signed_in, client_id, new_client):
    """A page for one client does not consent to another's request that is not in order."""
    page = signed_in.get(_url(client_id))
    forged = urlsplit(_url(client_id, redirect_uri="https://evil.example/")).query
    answer = signed_in.submit(page, "allow", {"allow": "yes", "request": forged})
    assert answer.status == 400
    assert "location" not in answer.response.headers


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "https://evil.example/",
        f"{CALLBACK}/../evil",
        f"{CALLBACK}.evil.example",
        f"{CALLBACK}#fragment",
        f"{CALLBACK}?next=https://evil.example",
        "https://portal.example.org@evil.example/callback",
        "http://localhost:4711",
        "/v2/web/auth-code",
        "//evil.example/v2/web/auth-code",
        "http://evil.example/v2/web/auth-code",
        "https://auth.globus.org/v2/web/auth-code",
        "javascript:alert(1)",
    ],
)
def test_redirect_uri_tricks(signed_in, client_id, uri):
    """Nothing is sent to where the client is not known to be: neither a code nor an error."""
    for more in ({}, {"response_type": "token"}, {"scope": "urn:unknown"}):
        page = signed_in.get(_url(client_id, redirect_uri=uri, **more))
        assert page.status == 400
        assert "location" not in page.response.headers
        assert "This request cannot be taken" in page.text


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "localhost.evil.example"])
def test_the_code_page_of_another_host(cloud, signed_in, native, host):
    """Whoever the request says it is for, the code stays with who was asked."""
    pkce = {"code_challenge": "c" * 43, "code_challenge_method": "S256"}
    page = signed_in.get(
        _url(native.client_id, redirect_uri=f"http://{host}/v2/web/auth-code", **pkce)
    )
    assert page.status == 400


def test_open_redirect_by_way_of_sign_in(browse, client_id):
    page = browse().get(_url(client_id, state="https://evil.example"))
    location = urlsplit(page.response.headers["location"])
    assert (location.netloc, location.path) == ("", "/sign-in")
    after = parse_qs(location.query)["next"][0]
    assert after.startswith(f"{AUTHORIZE}?client_id=")


def test_session_fixation(browse, new_person, client_id):
    """A session that somebody planted before signing in is not the person's afterwards."""
    attacker, victim = browse(new_person()), browse(new_person())
    attacker.sign_in()
    victim.http.cookies = attacker.http.cookies
    victim.sign_in()
    assert victim.get(_url(client_id)).status == 200
    planted = attacker.get(_url(client_id))
    assert planted.response.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "scope", "state"])
def test_parameters_given_twice(signed_in, client_id, name):
    page = signed_in.get(f"{_url(client_id)}&{name}=x")
    assert page.status == 400
    assert "more than once" in page.text


@pytest.mark.parametrize(
    "query", ["", "client_id=", "client_id=unknown", "client_id=%00", "%ff=%fe"]
)
def test_requests_of_nobody(signed_in, query):
    page = signed_in.get(f"{AUTHORIZE}?{query}")
    assert page.status == 400
    assert "not known here" in page.text


def test_signing_out(signed_in, client_id):
    query = {
        "client": client_id,
        "redirect_uri": "https://portal.example.org/bye",
        "redirect_name": "the portal",
    }
    page = signed_in.get(f"/v2/web/logout?{urlencode(query)}")
    assert "You are signed out" in page.text
    assert 'href="https://portal.example.org/bye"' in page.response.text
    assert signed_in.get(_url(client_id)).response.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize(
    "uri", ["https://evil.example/", "//evil.example", "https://portal.example.org@evil.example/"]
)
def test_open_redirect_by_signing_out(signed_in, client_id, uri):
    query = urlencode({"client": client_id, "redirect_uri": uri})
    page = signed_in.get(f"/v2/web/logout?{query}")
    assert page.status == 200
    assert "location" not in page.response.headers
    assert "evil.example" not in page.response.text


def test_a_token_in_an_address_is_none(http, grant, ada):
    """Addresses end up in logs and histories (RFC 6750, section 5.3)."""
    token = grant(ada, "openid")["auth.globus.org"].access_token
    for answer in (
        http.get("/v2/oauth2/userinfo", params={"access_token": token}),
        http.post("/v2/oauth2/userinfo", data={"access_token": token}),
    ):
        assert answer.status_code == 401


def test_secrets_are_in_no_log(cloud, confidential, browse, new_person, caplog):
    """Neither in the audit log nor anywhere else in the store, nor in the server's own log."""
    caplog.set_level("DEBUG", "lenticular")
    confidential.oauth2_start_flow(CALLBACK, "openid", refresh_tokens=True)
    code = browse(new_person()).code(confidential.oauth2_get_authorize_url())
    tokens = confidential.oauth2_exchange_code_for_tokens(code)
    refreshed = confidential.oauth2_refresh_token(tokens["refresh_token"])
    confidential.oauth2_token_introspect(refreshed["access_token"])
    confidential.oauth2_revoke_token(refreshed["access_token"])
    cloud.run(cloud.engines.audit.flush())
    pairs = cloud.run(cloud.engines.store.read(lambda reader: reader.range(b"\x00", b"\xff")))
    stored = b"".join(key + value for key, value in pairs)
    assert b"GetToken" in stored, "the calls themselves are there"
    secret = confidential.authorizer.header_val.removeprefix("Basic ")
    for gone in (
        code,
        tokens["access_token"],
        tokens["refresh_token"],
        tokens["id_token"],
        refreshed["access_token"],
        secret,
    ):
        assert gone.encode() not in stored
        assert gone not in caplog.text
