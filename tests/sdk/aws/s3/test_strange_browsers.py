"""Whatever a browser, or what says that it is one, may send: no answer is a fault of ours."""

import http.client
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SITE, PAGES = "strange-site", "strange-pages"
PATHS = st.text(max_size=40).map(lambda text: "/" + quote(text, safe="/%?&=+;@<>'\"()"))
VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40)
FIELDS = st.sampled_from(
    [
        "key",
        "acl",
        "policy",
        "tagging",
        "bucket",
        "file",
        "expires",
        "Content-Type",
        "Content-MD5",
        "x-amz-meta-a",
        "redirect",
        "success_action_redirect",
        "success_action_status",
        "AWSAccessKeyId",
        "signature",
        "x-amz-algorithm",
        "x-amz-date",
        "x-amz-credential",
        "x-amz-signature",
        "x-amz-checksum-crc32",
        "x-amz-storage-class",
        "x-amz-server-side-encryption",
        "x-amz-server-side-encryption-customer-key",
        "x-amz-object-lock-mode",
        "x-amz-expected-bucket-owner",
        "x-amz-grant-read",
    ]
)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "Origin",
            "Access-Control-Request-Method",
            "Access-Control-Request-Headers",
            "Range",
            "If-Match",
            "If-None-Match",
            "If-Modified-Since",
            "Authorization",
            "Cookie",
            "x-amz-acl",
        ]
    ),
    VALUES | st.sampled_from(["GET", "PUT", "https://lab.example", "bytes=0-1", "*"]),
    max_size=4,
)
hurried = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def port(cloud, aws):
    s3 = aws("s3")
    for bucket in (SITE, PAGES):
        s3.create_bucket(Bucket=bucket, ACL="public-read-write")
        rule = {"AllowedMethods": ["GET", "POST"], "AllowedOrigins": ["https://*", "*"]}
        s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
    rules = [
        {"Condition": {"KeyPrefixEquals": "a"}, "Redirect": {"ReplaceKeyPrefixWith": "/b"}},
        {"Condition": {"HttpErrorCodeReturnedEquals": "404"}, "Redirect": {"HostName": "x.y"}},
    ]
    s3.put_bucket_website(
        Bucket=SITE,
        WebsiteConfiguration={"IndexDocument": {"Suffix": "i"}, "RoutingRules": rules},
    )
    return cloud.configuration.port("aws")


def ask(port, method, path, headers, body=None):
    """Return the status of an answer, whose headers must be readable."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": f"127.0.0.1:{port}", **headers}.items():
            connection.putheader(name, value.encode("latin-1"))
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        answer.read()
    finally:
        connection.close()
    assert answer.getheader("Set-Cookie") is None
    return answer.status


@hurried
@given(
    host=st.sampled_from([f"{SITE}.s3-website.localhost", f"{PAGES}.s3-website-x.localhost", "a.b"])
    | st.text("abc-.:9", min_size=1, max_size=30),
    method=st.sampled_from(["GET", "HEAD", "POST", "OPTIONS", "PUT"]),
    path=PATHS,
    headers=HEADERS,
)
def test_visits_of_websites(port, host, method, path, headers):
    assert ask(port, method, path, {"Host": host, **headers}) < 500


@hurried
@given(bucket=st.sampled_from([SITE, "none", "%ff"]), path=PATHS, headers=HEADERS)
def test_questions_before_requests(port, bucket, path, headers):
    assert ask(port, "OPTIONS", f"/{bucket}{path}", headers) < 500


@hurried
@given(
    fields=st.lists(st.tuples(FIELDS, VALUES | st.binary(max_size=20)), max_size=8),
    key=st.text(min_size=1, max_size=10),
    end=st.sampled_from([b"--b--\r\n", b"--b--", b"", b"--b\r\n"]),
    headers=HEADERS,
)
def test_forms(port, fields, key, end, headers):
    body = b""
    for name, value in [("key", key), *fields, ("file", "bytes")]:
        content = value if isinstance(value, bytes) else value.encode()
        head = f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        body += head.encode() + content + b"\r\n"
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    status = ask(port, "POST", f"/{PAGES}", headers | kind, body + end)
    assert status < 500 or status == 501
