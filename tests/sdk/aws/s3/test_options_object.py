"""What browsers ask before a request from a page of another origin, and learn after it."""

from xml.etree import ElementTree

import httpx
import pytest

LAB = "https://lab.example"
CORS = ("origin", "methods", "headers", "expose-headers", "max-age", "credentials")


@pytest.fixture(scope="module")
def browser(cloud):
    with httpx.Client(verify=cloud.trusted or True, trust_env=False) as client:
        yield client


@pytest.fixture
def shared(s3, bucket):
    """A bucket that pages of the lab may use."""
    rules = [
        {
            "AllowedMethods": ["GET", "PUT", "HEAD"],
            "AllowedOrigins": [LAB],
            "AllowedHeaders": ["Content-Type", "x-amz-*"],
            "ExposeHeaders": ["ETag", "x-amz-version-id"],
            "MaxAgeSeconds": 600,
        },
        {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]},
    ]
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": rules})
    s3.put_object(Bucket=bucket, Key="key", Body=b"data")
    return bucket


@pytest.fixture
def ask(browser, cloud):
    """``ask("/b/k", "PUT", headers="x-amz-acl")``: a preflight request of a page."""

    def ask(path, method=None, origin=LAB, headers=None):
        asked = {
            "Origin": origin,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": headers,
        }
        sent = {name: value for name, value in asked.items() if value is not None}
        return browser.request("OPTIONS", f"{cloud.url}{path}", headers=sent)

    return ask


def told(answer):
    """Return what an answer tells of CORS."""
    prefix = "access-control-"
    return {
        name.removeprefix(prefix).removeprefix("allow-"): value
        for name, value in answer.headers.items()
        if name.startswith(prefix)
    }


def test_a_request_that_a_rule_allows(ask, shared):
    for path in (f"/{shared}", f"/{shared}/", f"/{shared}/a/b", f"/{shared}?uploads&x=y"):
        answer = ask(path, "PUT", headers="content-type, X-Amz-Meta-A")
        assert (answer.status_code, answer.content) == (200, b"")
        assert told(answer) == {
            "origin": LAB,
            "methods": "GET, PUT, HEAD",
            "headers": "content-type, x-amz-meta-a",
            "expose-headers": "ETag, x-amz-version-id",
            "max-age": "600",
            "credentials": "true",
        }
        assert "Origin" in answer.headers["vary"]


def test_an_origin_of_anywhere_gets_no_credentials(ask, shared):
    answer = ask(f"/{shared}/key", "GET", "https://other.example")
    assert told(answer) == {"origin": "*", "methods": "GET"}


def test_a_bucket_in_the_host(browser, cloud, shared):
    host = f"{shared}.localhost:{cloud.configuration.port('aws')}"
    headers = {"Host": host, "Origin": LAB, "Access-Control-Request-Method": "PUT"}
    answer = browser.request("OPTIONS", f"{cloud.url}/key", headers=headers)
    assert (answer.status_code, told(answer)["origin"]) == (200, LAB)


@pytest.mark.parametrize(
    ("asked", "status", "code", "reason"),
    [
        ({"method": "DELETE"}, 403, "AccessForbidden", "not allowed"),
        ({"method": "PUT", "origin": "http://lab.example"}, 403, "AccessForbidden", "not allowed"),
        ({"method": "PUT", "headers": "x-other"}, 403, "AccessForbidden", "not allowed"),
        ({"method": "PUT", "headers": "x-amz-{}"}, 403, "AccessForbidden", "not allowed"),
        ({"method": "PATCH"}, 400, "BadRequest", "PATCH"),
        ({}, 400, "BadRequest", "null"),
        ({"method": "PUT", "origin": None}, 400, "BadRequest", "Origin"),
    ],
)
def test_a_request_that_no_rule_allows(ask, shared, asked, status, code, reason):
    answer = ask(f"/{shared}/key", **asked)
    document = ElementTree.fromstring(answer.content)
    assert (answer.status_code, document.findtext("Code")) == (status, code)
    assert reason in document.findtext("Message")
    assert told(answer) == {}


def test_a_bucket_without_rules_and_none_at_all(ask, bucket):
    for name in (bucket, f"{bucket}-not"):
        answer = ask(f"/{name}/key", "GET")
        assert answer.status_code == 403
        assert ElementTree.fromstring(answer.content).findtext("Code") == "AccessForbidden"
    assert ask("/", "GET").status_code == 405


def test_answers_tell_it_whatever_they_are(browser, s3, shared):
    def get(key, **headers):
        url = s3.generate_presigned_url("get_object", {"Bucket": shared, "Key": key})
        return browser.get(url, headers=headers)

    expected = {"origin": LAB, "methods": "GET, PUT, HEAD"}
    found = get("key", Origin=LAB)
    assert (found.status_code, found.content) == (200, b"data")
    assert told(found).items() >= expected.items()
    assert "Origin" in found.headers["vary"]
    same = get("key", **{"Origin": LAB, "If-None-Match": found.headers["etag"]})
    for answer, status in (
        (same, 304),
        (get("key", Origin=LAB, Range="bytes=1-2"), 206),
        (get("key", Origin=LAB, Range="bytes=9-"), 416),
        (get("missing", Origin=LAB), 404),
    ):
        assert answer.status_code == status
        assert told(answer).items() >= expected.items()


def test_a_refusal_tells_it(browser, cloud, shared):
    answer = browser.get(f"{cloud.url}/{shared}/key", headers={"Origin": LAB})
    assert (answer.status_code, told(answer)["origin"]) == (403, LAB)
    answer = browser.get(f"{cloud.url}/{shared}/key?X-Amz-Signature=1", headers={"Origin": LAB})
    assert (answer.status_code, told(answer)["origin"]) == (400, LAB)


def test_nothing_is_told_to_who_tells_no_origin(browser, s3, shared):
    url = s3.generate_presigned_url("get_object", {"Bucket": shared, "Key": "key"})
    answer = browser.get(url)
    assert told(answer) == {}
    assert "vary" not in answer.headers


def test_a_put_from_a_page(browser, s3, shared):
    url = s3.generate_presigned_url("put_object", {"Bucket": shared, "Key": "new"})
    answer = browser.put(url, content=b"x", headers={"Origin": LAB})
    assert (answer.status_code, told(answer)["expose-headers"]) == (200, "ETag, x-amz-version-id")
    answer = browser.put(url, content=b"x", headers={"Origin": "https://other.example"})
    assert (answer.status_code, told(answer)) == (200, {})
