"""Signatures of webhooks, as their receivers check them."""

import pytest

from lenticular.primitives.notices import is_secret, new_secret
from lenticular.primitives.notices.signatures import headers


def test_the_signature_of_the_known_example():
    # The example in Svix' "Verifying webhooks manually", which Standard Webhooks keeps to.
    made = headers(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert made == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_every_part_is_signed():
    secret = new_secret()
    whole = headers(secret, "a", 1, b"{}")["webhook-signature"]
    assert headers(secret, "b", 1, b"{}")["webhook-signature"] != whole
    assert headers(secret, "a", 2, b"{}")["webhook-signature"] != whole
    assert headers(secret, "a", 1, b"{ }")["webhook-signature"] != whole
    assert headers(new_secret(), "a", 1, b"{}")["webhook-signature"] != whole


def test_secrets_are_fresh_and_long_enough():
    assert is_secret(new_secret())
    assert new_secret() != new_secret()


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_c2hvcnQ=", "c2VjcmV0" * 8, "whsec_%%%%"])
def test_what_is_no_secret(text):
    assert not is_secret(text)
