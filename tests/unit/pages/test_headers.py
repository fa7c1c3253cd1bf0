"""What a browser is told that a page may do."""

import pytest

from lenticular.pages import security_headers, target


def policy(*form_targets):
    text = dict(security_headers(form_targets))["Content-Security-Policy"]
    return dict(directive.split(" ", 1) for directive in text.split("; "))


def test_a_page_may_load_only_what_is_its_own():
    assert policy() == {
        "default-src": "'none'",
        "style-src": "'self'",
        "script-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }


def test_forms_may_lead_to_the_places_that_are_named():
    targets = [target("https://app.example.org/callback?x=1"), target("http://localhost:7777/")]
    expected = "'self' https://app.example.org http://localhost:7777"
    assert policy(*targets, targets[0])["form-action"] == expected


def test_pages_are_not_kept_and_tell_nobody_where_one_came_from():
    headers = dict(security_headers())
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Strict-Transport-Security" not in headers


def test_strict_transport_is_for_clouds_with_tls():
    headers = dict(security_headers(strict_transport=True))
    assert headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("https://App.Example.org:8443/cb?a=b#c", "https://app.example.org:8443"),
        ("http://127.0.0.1:5000/cb", "http://127.0.0.1:5000"),
        ("http://[::1]:5000/cb", "http:"),
        ("org.example.app:/callback", "org.example.app:"),
        ("https://a;script-src *.evil/", "https:"),
        ("https://user@app.example.org/", "https://app.example.org"),
        ("https://a'self' b/", "https:"),
    ],
)
def test_a_target_is_an_origin_or_only_a_scheme(uri, expected):
    assert target(uri) == expected


@pytest.mark.parametrize("uri", ["/callback", "//host/callback", "", "a b:c", "1:2"])
def test_a_target_must_be_absolute(uri):
    with pytest.raises(ValueError, match="absolute"):
        target(uri)
