"""What requests say of encryption, and by which way a customer's key may come."""

from base64 import b64encode
from hashlib import md5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenticular.apis.aws.s3.encryption import (
    BUCKET_KEY,
    CONTEXT,
    KMS_KEY,
    METHOD,
    Encrypting,
    customer_key_of,
    wanted_by,
)
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.http import Request
from lenticular.primitives.objects import AS_BUCKET, Wanted

KEY = bytes(range(32))
CUSTOMER = {
    f"{METHOD}-customer-algorithm": "AES256",
    f"{METHOD}-customer-key": b64encode(KEY).decode(),
    f"{METHOD}-customer-key-md5": b64encode(md5(KEY).digest()).decode(),
}


def test_what_is_asked_for_is_read_from_headers_or_fields():
    context = b64encode(b'{"team": "ice"}').decode()
    kms = {METHOD: "aws:kms", KMS_KEY: "alias/a", CONTEXT: context, BUCKET_KEY: "true"}
    assert wanted_by({}) == AS_BUCKET
    assert wanted_by({METHOD: "AES256"}) == Wanted("AES256")
    assert wanted_by(kms) == Wanted("aws:kms", "alias/a", {"team": "ice"}, bucket_key=True)
    assert wanted_by(CUSTOMER) == Wanted("customer", customer_key=KEY)


def read(headers):
    try:
        return wanted_by(headers)
    except AwsError as error:
        return error


names = st.sampled_from([METHOD, KMS_KEY, CONTEXT, BUCKET_KEY, *CUSTOMER])
values = st.sampled_from(["", "AES256", "aws:kms", "true", "e30=", *CUSTOMER.values()]) | st.text()


@given(st.dictionaries(names, values))
def test_whatever_comes_is_understood_or_refused(headers):
    outcome = read(headers)
    if isinstance(outcome, AwsError):
        assert outcome.status in (400, 501)
    else:
        assert outcome.method in ("", "AES256", "aws:kms", "customer")
        assert (outcome.method == "customer") is bool(outcome.customer_key)


def test_a_key_is_not_shown_where_requests_are():
    assert KEY.hex() not in repr(wanted_by(CUSTOMER))
    assert repr(KEY) not in repr(wanted_by(CUSTOMER))


def request_from(client, scheme="http"):
    return Request("id", "GET", "/", "/", "", CUSTOMER, scheme=scheme, client=client)


@pytest.mark.parametrize(
    ("client", "scheme", "over_http", "taken"),
    [
        ("127.0.0.1", "http", False, True),
        ("::1", "http", False, True),
        ("192.0.2.7", "https", False, True),
        ("192.0.2.7", "http", True, True),
        ("192.0.2.7", "http", False, False),
        ("", "http", False, False),
    ],
)
def test_a_customers_key_comes_by_no_way_that_others_hear(client, scheme, over_http, taken):
    encrypting = Encrypting(None, customer_keys_over_http=over_http)
    request = request_from(client, scheme)
    if taken:
        assert encrypting.customer_key(request) == customer_key_of(CUSTOMER) == KEY
        return
    with pytest.raises(AwsError, match="secure connection") as caught:
        encrypting.customer_key(request)
    assert caught.value.code == "InvalidRequest"
