"""Tokens of forms, and where a form came from."""

import pytest

from lenticular.apis.http import Request
from lenticular.pages import FormTokens, is_same_origin

KEY = bytes(range(32))


@pytest.fixture
def tokens():
    return FormTokens(KEY)


def test_a_token_fits_its_session_only(tokens):
    token = tokens.token("session a")
    assert tokens.check("session a", token)
    assert not tokens.check("session b", token)
    assert not FormTokens(KEY[::-1]).check("session a", token)


def test_each_token_is_written_differently(tokens):
    assert tokens.token("session a") != tokens.token("session a")


@pytest.mark.parametrize("token", ["", "x", "====", "\N{SNOWMAN}", "A" * 64, "A" * 63, "A" * 999])
def test_what_is_not_a_token_is_refused(tokens, token):
    assert not tokens.check("session a", token)
    assert not tokens.is_visit(token)


def test_an_altered_token_is_refused(tokens):
    token = tokens.token("session a")
    for place in (0, 20, 40):
        changed = "A" if token[place] != "A" else "B"
        assert not tokens.check("session a", token[:place] + changed + token[place + 1 :])


def test_a_session_without_a_secret_has_no_tokens(tokens):
    assert not tokens.check("", tokens.token(""))


def test_a_visit_is_signed_and_no_token(tokens):
    visit = tokens.new_visit()
    assert tokens.is_visit(visit)
    assert not tokens.check("", visit)
    assert not tokens.is_visit(tokens.token(""))
    assert not FormTokens(KEY[::-1]).is_visit(visit)


def test_a_short_key_is_refused():
    with pytest.raises(ValueError, match="32 bytes, not 16"):
        FormTokens(bytes(16))


def post(**headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("1", "POST", "/", "/", "", {"host": "lab.example.org:4200"} | named)


@pytest.mark.parametrize(
    ("headers", "same"),
    [
        ({"origin": "http://lab.example.org:4200"}, True),
        ({"origin": "http://lab.example.org:4201"}, False),
        ({"origin": "https://lab.example.org:4200"}, False),
        ({"origin": "http://evil.example.org"}, False),
        ({"origin": "null"}, False),
        ({"sec_fetch_site": "same-origin"}, True),
        ({"sec_fetch_site": "same-site"}, False),
        ({"sec_fetch_site": "cross-site"}, False),
        ({}, True),
    ],
)
def test_a_form_must_come_from_where_it_is_posted_to(headers, same):
    assert is_same_origin(post(**headers)) is same
