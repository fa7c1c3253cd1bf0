"""Each refusal has the code, status and words of the service that the request is for."""

import time
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from botocore.auth import HmacV1Auth, HmacV1QueryAuth, S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.refusals import refusals_for
from lenticular.apis.aws.wire.signatures import Credential, Verifier
from lenticular.apis.http import Body, BodyTooLarge, BufferedBody, Request
from lenticular.primitives.principals import Principal

KEYS = Credentials("AKID", "secret")
SESSION = Credentials("ASIA", "secret", "the token")
ALICE = Principal("123456789012", "arn:aws:iam::123456789012:root", "123456789012", "c" * 64)
JSON = {
    "x-amz-target": "DynamoDB_20120810.ListTables",
    "content-type": "application/x-amz-json-1.0",
}
FORM = {"content-type": "application/x-www-form-urlencoded"}


async def lookup(access_key_id: str) -> Credential | None:
    return {
        "AKID": Credential("AKID", "secret", ALICE),
        "ASIA": Credential("ASIA", "secret", ALICE, "the token", time.time() + 500),
    }.get(access_key_id)


def signed(signer, url="/", method="GET", headers=None, body=b"") -> Request:
    unsigned = AWSRequest(method, f"http://cloud{url}", headers=dict(headers or {}), data=body)
    signer.add_auth(unsigned)
    parts = urlsplit(unsigned.url)
    sent = {name.lower(): value for name, value in unsigned.headers.items()}
    if isinstance(signer, HmacV1QueryAuth):
        del sent["date"]
    sent.setdefault("host", "cloud")
    return Request("1", method, parts.path, parts.path, parts.query, sent, BufferedBody(body))


def s3(credentials=KEYS, **options) -> Request:
    return signed(S3SigV4Auth(credentials, "s3", "us-east-1"), **options)


def presigned(credentials=KEYS, expires=60, **options) -> Request:
    return signed(S3SigV4QueryAuth(credentials, "s3", "us-east-1", expires=expires), **options)


def dynamodb(credentials=KEYS) -> Request:
    return signed(
        SigV4Auth(credentials, "dynamodb", "us-east-1"), method="POST", headers=JSON, body=b"{}"
    )


def sts(credentials=KEYS) -> Request:
    body = b"Action=GetCallerIdentity"
    return signed(
        SigV4Auth(credentials, "sts", "us-east-1"), method="POST", headers=FORM, body=body
    )


def faas(credentials=KEYS) -> Request:
    return signed(SigV4Auth(credentials, "lambda", "us-east-1"), "/2015-03-31/functions/")


def with_headers(request: Request, **headers: str | None) -> Request:
    changed = {name.replace("_", "-"): value for name, value in headers.items()}
    kept = {name: value for name, value in request.headers.items() if name not in changed}
    return replace(request, headers=kept | {k: v for k, v in changed.items() if v is not None})


def with_authorization(request: Request, old: str, new: str) -> Request:
    text = request.headers["authorization"]
    assert old in text
    return with_headers(request, authorization=text.replace(old, new))


def with_query(request: Request, old: str, new: str) -> Request:
    assert old in request.raw_query
    return replace(request, raw_query=request.raw_query.replace(old, new))


async def refusal(request: Request, ahead: float = 0, service: str | None = None) -> AwsError:
    """Return the error of a request that comes when `ahead` seconds have passed."""
    verifier = Verifier(lookup, clock=lambda: time.time() + ahead)
    with pytest.raises(AwsError) as caught:
        await verifier.verify(request, service)
    return caught.value


def summary(error: AwsError) -> tuple[str, int]:
    return error.code, error.status


STRANGER = Credentials("AKNOBODY", "secret")
FORGER = Credentials("AKID", "guessed")
TODAY = time.strftime("%Y%m%d", time.gmtime())


@pytest.mark.parametrize(
    ("make", "unknown", "wrong", "incomplete"),
    [
        (
            s3,
            ("InvalidAccessKeyId", 403),
            ("SignatureDoesNotMatch", 403),
            ("AuthorizationHeaderMalformed", 400),
        ),
        (
            dynamodb,
            ("UnrecognizedClientException", 400),
            ("InvalidSignatureException", 400),
            ("IncompleteSignatureException", 400),
        ),
        (
            sts,
            ("InvalidClientTokenId", 403),
            ("SignatureDoesNotMatch", 403),
            ("IncompleteSignature", 400),
        ),
        (
            faas,
            ("UnrecognizedClientException", 403),
            ("InvalidSignatureException", 403),
            ("IncompleteSignatureException", 400),
        ),
    ],
)
async def test_codes_and_statuses(make, unknown, wrong, incomplete):
    assert summary(await refusal(make(STRANGER))) == unknown
    assert summary(await refusal(make(FORGER))) == wrong
    assert summary(await refusal(with_authorization(make(), "Signature=", "Sign="))) == incomplete
    broken = with_authorization(make(), "Credential=AKID/", "Credential=")
    routed = "lambda" if make is faas else None  # from its head alone it might be for S3
    assert summary(await refusal(broken, service=routed)) == incomplete


async def test_s3_shows_what_it_computed():
    error = await refusal(s3(FORGER, url="/bucket/key"))
    assert error.fields["AWSAccessKeyId"] == "AKID"
    assert len(error.fields["SignatureProvided"]) == 64
    assert error.fields["CanonicalRequest"].startswith("GET\n/bucket/key\n\nhost:cloud\n")
    assert error.fields["StringToSign"].startswith("AWS4-HMAC-SHA256\n20")
    assert bytes.fromhex(error.fields["StringToSignBytes"]).decode() == error.fields["StringToSign"]
    legacy = await refusal(signed(HmacV1Auth(FORGER), "/bucket/key"))
    assert legacy.code == "SignatureDoesNotMatch"
    assert legacy.fields["StringToSign"].startswith("GET\n\n\n")
    assert "CanonicalRequest" not in legacy.fields


async def test_other_services_show_it_in_the_message():
    error = await refusal(dynamodb(FORGER))
    assert "The Canonical String for this request should have been\n'POST\n/\n" in error.message
    assert "The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n" in error.message


# ---------------------------------------------------------------------- time


@pytest.mark.parametrize("ahead", [-1000, 1000])
async def test_skewed_clocks(ahead):
    error = await refusal(s3(), ahead)
    assert summary(error) == ("RequestTimeTooSkewed", 403)
    assert error.fields["MaxAllowedSkewMilliseconds"] == 900_000
    assert error.fields["RequestTime"].startswith("20")
    assert error.fields["ServerTime"].endswith("Z")
    words = "Signature expired: " if ahead > 0 else "Signature not yet current: "
    relation = "is now earlier than" if ahead > 0 else "is still later than"
    for make, code in ((dynamodb, "InvalidSignatureException"), (sts, "SignatureDoesNotMatch")):
        error = await refusal(make(), ahead)
        assert error.code == code
        assert error.message.startswith(words)
        assert relation in error.message
        assert error.message.endswith(f"{'-' if ahead > 0 else '+'} 15 min.)")
    error = await refusal(signed(HmacV1Auth(KEYS)), ahead)
    assert summary(error) == ("RequestTimeTooSkewed", 403)


@pytest.mark.parametrize("ahead", [-850, 850])
async def test_a_quarter_of_an_hour_is_allowed(ahead):
    verifier = Verifier(lookup, clock=lambda: time.time() + ahead)
    for request in (s3(), dynamodb(), sts(), faas(), signed(HmacV1Auth(KEYS))):
        assert (await verifier.verify(request)).principal is ALICE


async def test_presigned_requests_expire():
    error = await refusal(presigned(expires=60), 61)
    assert (error.code, error.message) == ("AccessDenied", "Request has expired")
    assert error.fields["X-Amz-Expires"] == 60
    assert error.fields["Expires"] < error.fields["ServerTime"]
    for ahead in (0, -100):
        error = await refusal(presigned(expires=0), ahead)
        assert (error.code, error.fields["X-Amz-Expires"]) == ("AccessDenied", 0)
    assert (await refusal(presigned(), -1000)).message == "Request is not yet valid"
    error = await refusal(signed(HmacV1QueryAuth(KEYS, 60)), 61)
    assert (error.code, error.status, error.message) == ("AccessDenied", 403, "Request has expired")
    verifier = Verifier(lookup, clock=lambda: time.time() + 604_700)
    assert (await verifier.verify(presigned(expires=604_800))).principal is ALICE


async def test_an_altered_expired_request_is_refused_as_altered():
    error = await refusal(with_query(presigned(), "X-Amz-Expires=60", "X-Amz-Expires=600"), 120)
    assert error.code == "SignatureDoesNotMatch"


# ---------------------------------------------------------------------- malformed credentials


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("Credential=AKID", "Credential=", "AuthorizationHeaderMalformed", "missing"),
        ("Credential=", "Nothing=", "AuthorizationHeaderMalformed", "missing Credential"),
        ("SignedHeaders=", "Headers=", "AuthorizationHeaderMalformed", "missing SignedHeaders"),
        ("Signature=", "Signature=,", "AuthorizationHeaderMalformed", "missing Signature"),
        ("/us-east-1", "", "AuthorizationHeaderMalformed", "the Credential is mal-formed"),
        ("aws4_request", "aws5", "AuthorizationHeaderMalformed", 'incorrect terminal "aws5"'),
        (TODAY, "20130524", "AuthorizationHeaderMalformed", 'credential date "20130524"'),
        ("HMAC-SHA256", "ECDSA-P256-SHA256", "InvalidRequest", "Please use AWS4-HMAC-SHA256."),
        ("AWS4-HMAC-SHA256", "Bearer", "InvalidArgument", "Unsupported Authorization Type"),
        ("AWS4-HMAC-SHA256", "AWS", "InvalidArgument", "Unsupported Authorization Type"),
        ("host;", "", "AccessDenied", "were not signed"),
        (";x-amz-date", "", "AccessDenied", "were not signed"),
    ],
)
async def test_malformed_s3_headers(old, new, code, words):
    if old == "Credential=AKID":
        words = "the Credential is mal-formed"
    error = await refusal(with_authorization(s3(), old, new))
    assert error.code == code
    assert words in error.message


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("Signature=", "Nothing=", "Authorization header requires 'Signature' parameter."),
        ("/us-east-1", "", "Credential must have exactly 5 slash-delimited elements"),
        ("aws4_request", "aws5", "valid terminator: 'aws4_request', not 'aws5'"),
        (TODAY, "20130524", f"'20130524' != '{TODAY}'"),
        ("AWS4-HMAC-SHA256", "Bearer", "Unsupported AWS 'algorithm': 'Bearer'"),
        ("AWS4-HMAC-SHA256", "AWS", "Unsupported AWS 'algorithm': 'AWS'"),
        (";x-amz-target", "", "'x-amz-target' must be a 'SignedHeader'"),
        ("host;", "", "'host' must be a 'SignedHeader'"),
    ],
)
async def test_malformed_headers_of_other_services(old, new, words):
    assert words in (await refusal(with_authorization(dynamodb(), old, new))).message


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("X-Amz-Algorithm=AWS4-HMAC-SHA256", "", "version 4 requires the X-Amz-Algorithm,"),
        ("X-Amz-Expires=60", "X-Amz-Expires=", "version 4 requires the X-Amz-Algorithm,"),
        ("AWS4-HMAC-SHA256", "AWS4-HMAC-MD5", "X-Amz-Algorithm only supports"),
        ("X-Amz-Expires=60", "X-Amz-Expires=soon", "X-Amz-Expires should be a number"),
        (f"X-Amz-Date={TODAY}", "X-Amz-Date=Fri,%2024%20May%202013%20", "ISO8601 Long Format"),
        ("X-Amz-Date=20", "X-Amz-Date=2O", "ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""),
        ("%2Fus-east-1", "", "the Credential is mal-formed; expecting"),
        ("aws4_request", "aws5", 'incorrect terminal "aws5"'),
        (f"AKID%2F{TODAY}", "AKID%2F20130524", 'Invalid credential date "20130524"'),
    ],
)
async def test_malformed_s3_queries(old, new, words):
    error = await refusal(with_query(presigned(), old, new))
    assert summary(error) == ("AuthorizationQueryParametersError", 400)
    assert words in error.message


@pytest.mark.parametrize(
    ("expires", "words"),
    [("-7", "must be non-negative"), ("604801", "must be less than a week (in seconds)")],
)
async def test_links_for_a_time_that_cannot_be(expires, words):
    error = await refusal(with_query(presigned(), "X-Amz-Expires=60", f"X-Amz-Expires={expires}"))
    assert summary(error) == ("AuthorizationQueryParametersError", 403)
    assert words in error.message


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("AWSAccessKeyId=AKID", "", "requires the Signature, Expires and AWSAccessKeyId"),
        ("Expires=", "Expires=x", "Invalid date (should be seconds since epoch): x"),
    ],
)
async def test_malformed_legacy_queries(old, new, words):
    error = await refusal(with_query(signed(HmacV1QueryAuth(KEYS)), old, new))
    assert summary(error) == ("AccessDenied", 403)
    assert words in error.message


@pytest.mark.parametrize("date", ["yesterday", "", "20131324T000000Z", "19500101T000000Z"])
async def test_requests_need_a_date(date):
    for request in (s3(), signed(HmacV1Auth(KEYS), headers={"x-amz-date": "x"})):
        error = await refusal(with_headers(request, x_amz_date=date, date=None))
        assert summary(error) == ("AccessDenied", 403)
        assert "valid Date or x-amz-date header" in error.message
    error = await refusal(with_headers(dynamodb(), x_amz_date=date))
    assert summary(error) == ("IncompleteSignatureException", 400)


async def test_only_one_signature():
    both = with_headers(presigned(), authorization=s3().headers["authorization"])
    error = await refusal(both)
    assert summary(error) == ("InvalidArgument", 400)
    assert error.message.startswith("Only one auth mechanism allowed")
    assert error.fields["ArgumentName"] == "Authorization"
    legacy = with_headers(signed(HmacV1QueryAuth(KEYS)), authorization="Basic YTpi")
    assert (await refusal(legacy)).code == "InvalidArgument"


async def test_s3_wants_the_hash_of_the_body():
    request = with_headers(s3(), x_amz_content_sha256=None)
    error = await refusal(request)
    assert error.code == "InvalidRequest"
    assert error.message.endswith("x-amz-content-sha256")


# ---------------------------------------------------------------------- sessions


async def test_session_tokens():
    verifier = Verifier(lookup)
    for request in (s3(SESSION), presigned(SESSION), dynamodb(SESSION)):
        assert (await verifier.verify(request)).principal is ALICE
    legacy = signed(HmacV1QueryAuth(SESSION))
    sent = with_headers(legacy, x_amz_security_token=None)
    assert "x-amz-security-token" in sent.raw_query
    assert (await verifier.verify(sent)).principal is ALICE


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (s3, "InvalidToken"),
        (presigned, "InvalidToken"),
        (dynamodb, "UnrecognizedClientException"),
        (sts, "InvalidClientTokenId"),
    ],
)
async def test_a_token_that_the_key_does_not_have(make, code):
    assert (await refusal(make(Credentials("AKID", "secret", "token")))).code == code
    assert (await refusal(make(Credentials("ASIA", "secret", "another")))).code == code


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (s3, ("ExpiredToken", 400)),
        (presigned, ("ExpiredToken", 400)),
        (dynamodb, ("ExpiredTokenException", 400)),
        (sts, ("ExpiredToken", 403)),
        (faas, ("ExpiredTokenException", 403)),
    ],
)
async def test_a_session_that_is_over(make, expected):
    request = make(SESSION, **({"expires": 3600} if make is presigned else {}))
    error = await refusal(request, 600)
    assert summary(error) == expected
    assert "expired" in error.message
    # Nobody learns of it without the session's secret.
    forged = make(Credentials("ASIA", "guessed", "the token"))
    assert "Signature" in (await refusal(forged, 600)).code


async def test_a_session_that_is_over_by_the_older_signature():
    assert summary(await refusal(signed(HmacV1Auth(SESSION)), 600)) == ("ExpiredToken", 400)


async def test_a_token_that_did_not_come():
    assert (await refusal(s3(Credentials("ASIA", "secret")))).code == "InvalidAccessKeyId"


# ---------------------------------------------------------------------- the rest


class Endless(Body):
    """A body of which no more is read than must be."""

    size = None
    given = 0

    async def __aiter__(self):
        while True:
            self.given += 1000
            yield bytes(1000)


async def test_other_services_read_no_more_than_a_limit_and_nothing_for_strangers():
    body = Endless()
    with pytest.raises(BodyTooLarge):
        await Verifier(lookup, buffer_limit=5000).verify(replace(dynamodb(), body=body))
    assert body.given <= 6000
    stranger = replace(dynamodb(STRANGER), body=Endless())
    assert (await refusal(stranger)).code == "UnrecognizedClientException"
    assert stranger.body.given == 0


def unsigned(method="GET", raw_path="/", raw_query="", headers=None) -> Request:
    return Request("1", method, raw_path, raw_path, raw_query, headers or {})


@pytest.mark.parametrize(
    ("request_", "service", "expected"),
    [
        (unsigned(raw_path="/bucket/key"), None, ("AccessDenied", 403)),
        (unsigned("PUT", "/bucket/key", headers=FORM), None, ("AccessDenied", 403)),
        (unsigned("POST", headers=JSON), None, ("MissingAuthenticationTokenException", 400)),
        (
            unsigned("POST", headers={"smithy-protocol": "rpc-v2-cbor"}),
            None,
            ("MissingAuthenticationTokenException", 400),
        ),
        (unsigned("POST", headers=FORM), None, ("MissingAuthenticationToken", 403)),
        (unsigned(raw_query="Action=ListUsers"), None, ("MissingAuthenticationToken", 403)),
        (unsigned(raw_path="/x"), "lambda", ("MissingAuthenticationTokenException", 403)),
    ],
)
def test_what_an_unsigned_request_is_told(request_, service, expected):
    assert summary(refusals_for(request_, service).unauthenticated()) == expected
