"""Redirect URIs: compared as they are, but for the port of an app's own machine."""

import pytest

from lenticular.primitives.oauth import EntryInvalid
from lenticular.primitives.oauth.redirects import check, is_protected, is_registered

REGISTERED = ("https://portal.example.org/callback", "http://localhost", "http://127.0.0.1/done")


@pytest.mark.parametrize("uri", REGISTERED)
def test_a_registered_one(uri):
    assert is_registered(uri, REGISTERED, native=False)


@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost:1",
        "http://localhost:54321",
        "http://localhost:54321/",
        "http://localhost/",
        "http://127.0.0.1:8080/done",
    ],
)
def test_an_app_listens_on_any_port(uri):
    assert is_registered(uri, REGISTERED, native=True)
    assert not is_registered(uri, REGISTERED, native=False)


@pytest.mark.parametrize(
    "uri",
    [
        # a prefix or a suffix of a registered one
        "https://portal.example.org/",
        "https://portal.example.org/callback/",
        "https://portal.example.org/callback/more",
        "https://portal.example.org/callbackx",
        "https://portal.example.org.evil.example/callback",
        "https://evil.example/https://portal.example.org/callback",
        # path traversal
        "https://portal.example.org/callback/../evil",
        "https://portal.example.org/x/../callback",
        "https://portal.example.org/%63allback",
        "http://localhost:1234/../evil",
        # user and password
        "https://portal.example.org@evil.example/callback",
        "https://user:password@portal.example.org/callback",
        "http://localhost:80@evil.example/",
        "http://localhost@evil.example",
        # fragment and query
        "https://portal.example.org/callback#",
        "https://portal.example.org/callback#fragment",
        "https://portal.example.org/callback?next=https://evil.example",
        "http://localhost:1234/#fragment",
        "http://localhost:1234/?next=evil",
        # other scheme, host, port, case
        "http://portal.example.org/callback",
        "https://portal.example.org:8443/callback",
        "https://PORTAL.example.org/callback",
        "https://portal.example.org./callback",
        "https://localhost:1234",
        "http://LOCALHOST:1234",
        "http://localhost.evil.example",
        "http://localhost:1234.evil.example",
        "http://localhost:123456",
        "http://localhost:",
        "http://127.0.0.1:8080/",
        "http://127.0.0.2:8080/done",
        "http://[::1]:8080/done",
        "http://0.0.0.0:8080/done",
        "http://2130706433/done",
        "http://127.1/done",
        # what browsers read in other ways
        "http://localhost\\@evil.example",
        "http://localhost:1234\\evil.example",
        "http:\\\\localhost",
        "//localhost",
        "http:localhost",
        " http://localhost",
        "http://localhost\n",
        "http://localhost:1234/\r\nLocation: https://evil.example",
        "",
    ],
)
def test_redirect_uri_tricks(uri):
    assert not is_registered(uri, REGISTERED, native=True)


@pytest.mark.parametrize(
    "uri",
    [
        "https://portal.example.org/callback",
        "https://portal.example.org/callback?tenant=1",
        "http://localhost:5000/callback",
        "http://portal.lab:4200/callback",
    ],
)
@pytest.mark.parametrize("native", [True, False])
def test_what_can_be_registered(uri, native):
    check(uri, native=native)


def test_an_app_may_have_a_scheme_of_its_own():
    check("org.example.app:/callback", native=True)
    with pytest.raises(EntryInvalid, match="an app may have"):
        check("org.example.app:/callback", native=False)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "/callback",
        "portal.example.org/callback",
        "https://",
        "https:///callback",
        "https://portal.example.org/#fragment",
        "https://*.example.org/callback",
        "https://user:password@portal.example.org/callback",
        "https://portal.example.org/a b",
        "https://portal.example.org/a\nb",
        "https://portal.example.org\\callback",
        "https://portal.example.org:99999/callback",
        "https://[portal/callback",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "https://portal.example.org/" + "a" * 3000,
    ],
)
@pytest.mark.parametrize("native", [True, False])
def test_what_cannot_be_registered(uri, native):
    with pytest.raises(EntryInvalid):
        check(uri, native=native)


@pytest.mark.parametrize(
    ("uri", "protected"),
    [
        ("https://portal.example.org/callback", True),
        ("http://localhost:5000/callback", True),
        ("http://127.0.0.1/callback", True),
        ("http://[::1]/callback", True),
        ("org.example.app:/callback", True),
        ("http://portal.example.org/callback", False),
        ("http://10.0.0.1/callback", False),
    ],
)
def test_what_others_can_read_on_the_way(uri, protected):
    assert is_protected(uri) is protected
