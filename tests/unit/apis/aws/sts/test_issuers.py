"""The keys of issuers: asked for over HTTPS only, seldom, and never trusted with more."""

import asyncio
import gzip
import json

import httpx
import pytest

from lenticular.apis.aws.sts import issuers
from lenticular.apis.aws.sts.issuers import Issuers
from lenticular.primitives.sessions import IssuerUnreachable

ISSUER = "https://login.example.org/lab"
CONFIGURATION = f"{ISSUER}/.well-known/openid-configuration"
KEYS_AT = "https://keys.example.org/jwks"
KEYS = {"keys": [{"kty": "RSA", "kid": "1"}]}


class Site:
    """Answers like an issuer, and notes what it was asked."""

    def __init__(self):
        self.asked = []
        self.answers = {
            CONFIGURATION: {"issuer": ISSUER, "jwks_uri": KEYS_AT},
            KEYS_AT: KEYS,
        }
        self.time = 0.0

    async def __call__(self, request):
        self.asked.append(str(request.url))
        await asyncio.sleep(0)
        answer = self.answers.get(str(request.url), httpx.Response(404))
        if isinstance(answer, Exception):
            raise answer
        if not isinstance(answer, httpx.Response):
            answer = httpx.Response(200, json=answer)
        sent = [item for item in answer.headers.multi_items() if item[0] != "content-length"]
        return httpx.Response(answer.status_code, headers=sent, content=stream(_sent(answer)))


def _sent(answer):
    """Return the bytes of an answer, compressed if it says so."""
    packed = answer.headers.get("content-encoding") == "gzip"
    return gzip.compress(answer.content) if packed else answer.content


async def stream(data):
    for at in range(0, len(data), 1000):
        yield data[at : at + 1000]


@pytest.fixture
def site():
    return Site()


@pytest.fixture
def known(site):
    return Issuers(transport=httpx.MockTransport(site), clock=lambda: site.time)


async def test_keys_are_found_by_the_configuration(site, known):
    assert await known.keys(ISSUER) == KEYS
    assert site.asked == [CONFIGURATION, KEYS_AT]


async def test_an_issuer_is_asked_seldom(site, known):
    found = await asyncio.gather(*(known.keys(ISSUER) for _ in range(20)))
    assert found == [KEYS] * 20
    site.time = issuers.KEPT - 1
    await known.keys(ISSUER)
    assert len(site.asked) == 2
    site.time = issuers.KEPT
    await known.keys(ISSUER)
    assert len(site.asked) == 4


async def test_new_keys_are_found_but_not_at_any_rate(site, known):
    await known.keys(ISSUER)
    rotated = {"keys": [{"kty": "RSA", "kid": "2"}]}
    site.answers[KEYS_AT] = rotated
    assert await known.keys(ISSUER, fresh=True) == KEYS
    site.time = issuers.ASKED_AGAIN
    assert await known.keys(ISSUER, fresh=True) == rotated
    for _ in range(20):
        await known.keys(ISSUER, fresh=True)
    assert len(site.asked) == 4


@pytest.mark.parametrize(
    ("at", "answer"),
    [
        (CONFIGURATION, httpx.Response(500)),
        (CONFIGURATION, httpx.Response(302, headers={"location": "https://elsewhere.example"})),
        (CONFIGURATION, httpx.ConnectError("no")),
        (CONFIGURATION, httpx.Response(200, content=b"<html>")),
        (CONFIGURATION, []),
        (CONFIGURATION, {"issuer": ISSUER}),
        (CONFIGURATION, {"issuer": ISSUER, "jwks_uri": 7}),
        (CONFIGURATION, {"issuer": "https://other.example", "jwks_uri": KEYS_AT}),
        (CONFIGURATION, {"issuer": ISSUER, "jwks_uri": "http://keys.example.org/jwks"}),
        (CONFIGURATION, {"issuer": ISSUER, "jwks_uri": "file:///etc/passwd"}),
        (KEYS_AT, {"keys": 1}),
        (KEYS_AT, httpx.Response(200, content=b" " * (issuers.LARGEST + 1) + b"{}")),
        (
            KEYS_AT,
            httpx.Response(
                200,
                content=gzip.compress(json.dumps(KEYS).encode()),
                headers={"content-encoding": "gzip"},
            ),
        ),
    ],
)
async def test_what_cannot_be_used(site, known, at, answer):
    site.answers[at] = answer
    with pytest.raises(IssuerUnreachable, match="Couldn't retrieve verification key"):
        await known.keys(ISSUER)
    # A stranger with tokens does not make the cloud ask again and again.
    asked = len(site.asked)
    with pytest.raises(IssuerUnreachable):
        await known.keys(ISSUER)
    assert len(site.asked) == asked
    site.time = issuers.ASKED_AGAIN
    site.answers |= {CONFIGURATION: {"issuer": ISSUER, "jwks_uri": KEYS_AT}, KEYS_AT: KEYS}
    assert await known.keys(ISSUER) == KEYS


@pytest.mark.parametrize(
    "issuer", ["http://login.example.org", "http://169.254.169.254", "file:///x", "login", ""]
)
async def test_only_https_is_asked(site, known, issuer):
    with pytest.raises(IssuerUnreachable):
        await known.keys(issuer)
    assert site.asked == []


async def test_an_issuer_that_never_answers(site, monkeypatch):
    async def wait(request):
        await asyncio.Event().wait()

    monkeypatch.setattr(issuers, "TIMEOUT", 0.01)
    with pytest.raises(IssuerUnreachable):
        await Issuers(transport=httpx.MockTransport(wait)).keys(ISSUER)


async def test_our_own_issuer_is_asked_directly(site):
    async def own(issuer):
        return KEYS if issuer == "http://127.0.0.1:4205" else None

    known = Issuers(own, transport=httpx.MockTransport(site))
    assert await known.keys("http://127.0.0.1:4205") == KEYS
    with pytest.raises(IssuerUnreachable):
        await known.keys("http://127.0.0.1:4206")
    assert site.asked == []


async def test_an_issuer_without_tls_is_asked_only_where_the_owner_says_so(site):
    issuer = ISSUER.replace("https://", "http://")
    site.answers = {
        f"{issuer}/.well-known/openid-configuration": {
            "issuer": issuer,
            "jwks_uri": f"{issuer}/keys",
        },
        f"{issuer}/keys": {"keys": []},
    }
    transport = httpx.MockTransport(site)
    with pytest.raises(IssuerUnreachable):
        await Issuers(transport=transport).keys(issuer)
    assert await Issuers(over_http=True, transport=transport).keys(issuer) == {"keys": []}
