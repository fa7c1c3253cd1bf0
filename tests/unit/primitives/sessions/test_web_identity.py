"""Tokens of OpenID Connect issuers: what is accepted, and every way in which one is refused."""

import base64
import hmac
import json
import time

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from lenticular.primitives.sessions import webidentity
from lenticular.primitives.sessions.errors import (
    WebIdentityExpired,
    WebIdentityInvalid,
    WebIdentityRejected,
)
from lenticular.primitives.sessions.webidentity import UnknownKey, issuer_of, verify

ISSUER = "https://login.example.org/lab"
NOW = int(time.time())
RSA = RSAKey.generate_key(2048, {"kid": "rsa"}, private=True)
CURVE = ECKey.generate_key("P-256", {"kid": "ec"}, private=True)
KEYS = KeySet([RSA, CURVE]).as_dict(private=False)
CLAIMS = {
    "iss": ISSUER,
    "sub": "alice",
    "aud": "telescope",
    "iat": NOW,
    "exp": NOW + 600,
}


def token(key=RSA, algorithm="RS256", kid=None, **changes):
    claims = {name: value for name, value in (CLAIMS | changes).items() if value is not None}
    header = {"alg": algorithm, "kid": kid or key.kid}
    return jwt.encode(header, claims, key, algorithms=[algorithm])


def check(text, now=NOW, audiences=("telescope", "radio")):
    return verify(text, ISSUER, KEYS, audiences, now)


@pytest.mark.parametrize(("key", "algorithm"), [(RSA, "RS256"), (RSA, "RS512"), (CURVE, "ES256")])
def test_a_token_in_order(key, algorithm):
    text = token(key, algorithm, amr=["pwd", "otp"])
    assert issuer_of(text) == ISSUER
    identity = check(text)
    assert (identity.issuer, identity.subject) == (ISSUER, "alice")
    assert identity.audience == "telescope"
    assert identity.methods == ("pwd", "otp")


def test_any_audience_that_is_registered_counts():
    assert check(token(aud=["else", "radio"])).audience == "radio"
    for audience in ("else", [], ["else"], "telescope2"):
        with pytest.raises(WebIdentityInvalid, match="Incorrect token audience"):
            check(token(aud=audience))


def test_time():
    with pytest.raises(WebIdentityExpired, match="must be before the expiration"):
        check(token(), now=NOW + 600)
    assert check(token(), now=NOW + 599).subject == "alice"
    for late in (token(nbf=NOW + 400), token(iat=NOW + 400)):
        with pytest.raises(WebIdentityInvalid, match="not valid yet"):
            check(late)
    for lacking in (token(exp=None), token(iat=None), token(exp="soon"), token(exp=True)):
        with pytest.raises(WebIdentityInvalid, match="exp and iat must be times"):
            check(lacking)


def test_altered_claims():
    head, payload, signature = token().split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["sub"] = "root"
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    with pytest.raises(WebIdentityInvalid, match="not a valid JWT"):
        check(f"{head}.{forged}.{signature}")


def test_no_signature_at_all():
    payload = token().split(".")[1]
    for name in ("none", "None", "NONE"):
        head = base64.urlsafe_b64encode(json.dumps({"alg": name, "kid": "rsa"}).encode())
        with pytest.raises(WebIdentityInvalid):
            check(f"{head.decode().rstrip('=')}.{payload}.")


def test_a_public_key_taken_for_a_shared_secret():
    """The classic confusion: HMAC with what everybody knows as the key."""
    for secret in (json.dumps(RSA.as_dict(private=False)).encode(), RSA.as_pem(private=False)):
        head = {"alg": "HS256", "kid": "rsa"}
        signed = b".".join(_base64(json.dumps(part).encode()) for part in (head, CLAIMS))
        seal = _base64(hmac.digest(secret, signed, "sha256"))
        with pytest.raises(WebIdentityInvalid):
            check(f"{signed.decode()}.{seal.decode()}")


def _base64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def test_a_key_of_somebody_else():
    stranger = RSAKey.generate_key(2048, {"kid": "rsa"}, private=True)
    with pytest.raises(WebIdentityInvalid, match="not a valid JWT"):
        check(token(stranger))
    with pytest.raises(UnknownKey):
        check(token(stranger, kid="rotated"))


def test_another_issuer_signed_it():
    with pytest.raises(WebIdentityInvalid, match="not from the issuer"):
        check(token(iss="https://login.example.org/other"))


@pytest.mark.parametrize("subject", [None, "", 7, ["alice"]])
def test_nobody(subject):
    with pytest.raises(WebIdentityRejected, match="names no subject"):
        check(token(sub=subject))


@pytest.mark.parametrize(
    "text", ["", "x", "a.b", "a.b.c", "a.b.c.d", "....", "é.é.é", "a.bnVsbA.c", "a.eyJpc3MiOjF9.c"]
)
def test_no_token(text):
    with pytest.raises(WebIdentityInvalid):
        issuer_of(text)
    with pytest.raises(WebIdentityInvalid):
        check(text)


def test_tags_and_source_identity():
    tags = {"principal_tags": {"team": ["radio"], "grant": "x1"}, "transitive_tag_keys": ["team"]}
    identity = check(token(**{webidentity._TAGS: tags, webidentity._SOURCE_IDENTITY: "alice@lab"}))
    assert identity.tags == (("team", "radio"), ("grant", "x1"))
    assert identity.transitive == ("team",)
    assert identity.source_identity == "alice@lab"


@pytest.mark.parametrize(
    "tags",
    [
        "team",
        {"principal_tags": ["team"]},
        {"principal_tags": {"team": ["a", "b"]}},
        {"principal_tags": {"team": 1}},
        {"transitive_tag_keys": 1},
        {"transitive_tag_keys": [1]},
    ],
)
def test_tags_that_are_none(tags):
    with pytest.raises(WebIdentityRejected):
        check(token(**{webidentity._TAGS: tags}))


def test_source_identity_that_is_none():
    with pytest.raises(WebIdentityRejected):
        check(token(**{webidentity._SOURCE_IDENTITY: ["alice"]}))


@pytest.mark.parametrize("keys", [{}, {"keys": []}, {"keys": 1}, {"keys": [{"kty": "RSA"}]}])
def test_keys_that_are_none(keys):
    with pytest.raises(WebIdentityInvalid):
        verify(token(), ISSUER, keys, ("telescope",), NOW)
