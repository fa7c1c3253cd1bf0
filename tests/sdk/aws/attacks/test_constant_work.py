"""How long a refusal takes tells nothing: secrets are compared whole, and nobody's too.

What is counted is work, not time: a clock in a test proves nothing.
"""

import hmac

import argon2
import pytest
from argon2.exceptions import VerifyMismatchError
from botocore.credentials import Credentials

from ..statements import allow
from .raw import FORM, Raw, credentials

PASSWORD = "Altocumulus-3-lenticularis"


@pytest.fixture
def compared(monkeypatch):
    """The pairs that are compared without telling how much of them is equal."""
    pairs = []
    compare = hmac.compare_digest

    def counting(one, other):
        pairs.append((one, other))
        return compare(one, other)

    monkeypatch.setattr(hmac, "compare_digest", counting)
    return pairs


@pytest.fixture
def hashed(monkeypatch):
    """The hashes that passwords are held against; none fits, and none is computed."""
    hashes = []

    def counting(self, known, password):
        hashes.append(known)
        raise VerifyMismatchError

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counting)
    return hashes


def who(cloud, keys):
    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    return Raw("POST", f"{cloud.url}/", FORM, body).signed(keys, "sts")


def test_signatures_are_compared_whole(cloud, make_user, compared):
    """Wherever the first wrong digit is."""
    signed = who(cloud, credentials(make_user()))
    authorization, _, right = signed.headers["Authorization"].rpartition("=")
    compared.clear()
    for place in (0, 31, 63):
        digit = "0" if right[place] != "0" else "1"
        wrong = f"{right[:place]}{digit}{right[place + 1 :]}"
        altered = signed.but(authorization=f"{authorization}={wrong}")
        assert altered.code() == "SignatureDoesNotMatch"
        assert (right.encode(), wrong.encode()) in compared


def test_session_tokens_are_compared_whole(cloud, session, compared):
    keys = credentials(session(allow("s3:*")))
    compared.clear()
    other = "0" if keys.token[-1] != "0" else "1"
    for wrong in ("x", keys.token[:-1], f"{other}{keys.token}", keys.token[:-1] + other):
        forged = Credentials(keys.access_key, keys.secret_key, wrong)
        assert who(cloud, forged).code() == "InvalidClientTokenId"
        assert (wrong.encode(), keys.token.encode()) in compared


def test_a_password_costs_one_hash_whoever_it_is_for(cloud, hashed):
    people, account_id = cloud.engines.people, cloud.credentials.account_id
    cloud.create_user("cirrus", password=PASSWORD, email="cirrus@example.org")
    cloud.create_user("stratus", email="stratus@example.org")
    for name, password in (
        ("cirrus", "wrong"),
        ("cirrus", ""),
        ("cirrus@example.org", "wrong"),
        (f"cirrus@{account_id}.localhost", "wrong"),
        ("stratus", "wrong"),
        ("stratus", PASSWORD),
        ("nimbus", "wrong"),
        ("nimbus@example.org", PASSWORD),
        ("nimbus@nowhere.localhost", PASSWORD),
        ("", PASSWORD),
        ("x" * 1000, "y" * 10_000),
    ):
        hashed.clear()
        assert cloud.run(people.sign_in(name, password)) is None
        assert len(hashed) == 1, name
        # The same kind of hash, which takes the same time.
        assert hashed[0].startswith("$argon2id$v=19$m=65536,t=3,p=4$")
