"""Buckets as websites: what visitors see, and what they must not."""

import http.client
import json
import uuid

import boto3
import httpx
import pytest

from lenticular.testing.cloud import running_cloud

XSS = "<script>alert(1)</script>"
LAB = "lab.example"


@pytest.fixture(scope="module")
def browser(cloud):
    with httpx.Client(verify=cloud.trusted or True, trust_env=False) as client:
        yield client


@pytest.fixture
def visit(browser, cloud):
    """``visit(bucket, "/path")``: a request to a bucket's website, following no redirect."""

    def visit(bucket, path="/", method="GET", host=None, **options):
        port = cloud.configuration.port("aws")
        host = host or f"{bucket}.s3-website.localhost:{port}"
        headers = {"Host": host, **options.pop("headers", {})}
        return browser.request(method, f"{cloud.url}{path}", headers=headers, **options)

    return visit


def pages(s3, bucket, *keys, **attributes):
    for key in keys:
        kind = {"ContentType": "text/html", **attributes}
        s3.put_object(Bucket=bucket, Key=key, Body=f"page {key}".encode(), **kind)


def public(s3, bucket, pattern="*", *actions):
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["s3:GetObject"],
        "Resource": f"arn:aws:s3:::{bucket}/{pattern}",
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    if "s3:ListBucket" in actions:
        lists = {**statement, "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}"}
        document["Statement"].append(lists)
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))


def configure(s3, bucket, **more):
    configuration = {"IndexDocument": {"Suffix": "index.html"}, **more}
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=configuration)


@pytest.fixture
def site(s3, bucket):
    """A public website of some pages, of which visitors may know which there are."""
    configure(s3, bucket)
    public(s3, bucket, "*", "s3:ListBucket")
    pages(s3, bucket, "index.html", "docs/index.html", "docs/a.html", "plain")
    return bucket


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/", "page index.html"),
        ("/index.html", "page index.html"),
        ("/docs/", "page docs/index.html"),
        ("/docs/a.html", "page docs/a.html"),
        ("/docs%2Fa.html", "page docs/a.html"),
        ("/plain?versionId=1&acl&response-content-type=text/evil&list-type=2", "page plain"),
    ],
)
def test_pages_and_the_indices_of_folders(visit, site, path, page):
    answer = visit(site, path)
    assert (answer.status_code, answer.text) == (200, page)
    assert answer.headers["content-type"] == "text/html"
    head = visit(site, path, "HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == answer.headers["content-length"]


@pytest.mark.parametrize(
    "label", ["s3-website", "s3-website-us-east-1", "s3-website-eu-west-3", "s3-website.eu-west-3"]
)
def test_the_hosts_of_websites(visit, site, label):
    assert visit(site, "/plain", host=f"{site}.{label}.localhost").text == "page plain"
    amazon = f"{site}.{label}.amazonaws.com"
    assert visit(site, "/plain", host=amazon).text == "page plain"


def test_a_bucket_named_like_the_host(visit, s3, browser, cloud):
    name = f"{uuid.uuid4().hex[:8]}.lab.example"
    s3.create_bucket(Bucket=name)
    public(s3, name)
    pages(s3, name, "index.html")
    listing = visit(name, "/", host=name)
    assert (listing.status_code, listing.headers["content-type"]) == (403, "application/xml")
    configure(s3, name)
    assert visit(name, "/", host=f"{name}:8080").text == "page index.html"
    assert visit(name, "/", "POST", host=name).headers["content-type"].startswith("text/html")
    signed = s3.generate_presigned_url("get_object", {"Bucket": name, "Key": "index.html"})
    assert browser.get(signed).text == "page index.html"


def test_a_folder_without_its_slash(visit, site):
    answer = visit(site, "/docs")
    assert (answer.status_code, answer.headers["location"]) == (302, "/docs/")
    assert visit(site, "/doc").status_code == 404


def test_ranges_and_conditions(visit, site):
    whole = visit(site, "/plain")
    part = visit(site, "/plain", headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.text) == (206, "page")
    same = visit(site, "/plain", headers={"If-None-Match": whole.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    beyond = visit(site, "/plain", headers={"Range": "bytes=99-"})
    assert (beyond.status_code, beyond.headers["content-type"]) == (416, "text/html; charset=utf-8")


def test_cache_control_is_the_page_s(visit, s3, site):
    pages(s3, site, "cached", CacheControl="max-age=60")
    assert visit(site, "/cached").headers["cache-control"] == "max-age=60"


def test_an_error_is_a_page(visit, site):
    answer = visit(site, "/missing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["x-amz-error-code"] == "NoSuchKey"
    assert "<h1>404 Not Found</h1>" in answer.text
    assert "<li>Code: NoSuchKey</li>" in answer.text
    assert "<li>Key: missing</li>" in answer.text
    assert visit(site, "/missing", "HEAD").content == b""


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
def test_a_website_is_only_read(visit, site, method):
    answer = visit(site, "/plain", method)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert "<li>Code: MethodNotAllowed</li>" in answer.text


def test_no_website_and_no_bucket(visit, bucket):
    assert "Code: NoSuchWebsiteConfiguration" in visit(bucket).text
    assert visit(bucket).status_code == 404
    assert "Code: NoSuchBucket" in visit(f"{bucket}-not").text


def test_an_error_document_keeps_the_status(visit, s3, site):
    configure(s3, site, ErrorDocument={"Key": "errors/any.html"})
    failed = visit(site, "/missing")
    assert failed.status_code == 404
    assert "An Error Occurred While Attempting to Retrieve a Custom Error Document" in failed.text
    assert "<li>Key: errors/any.html</li>" in failed.text
    pages(s3, site, "errors/any.html")
    for headers in ({}, {"Range": "bytes=0-1"}, {"If-None-Match": "*"}):
        answer = visit(site, "/missing", headers=headers)
        assert (answer.status_code, answer.text) == (404, "page errors/any.html")
    head = visit(site, "/missing", "HEAD")
    assert (head.status_code, head.content) == (404, b"")
    assert head.headers["x-amz-error-code"] == "NoSuchKey"


def test_a_redirect_of_an_object(visit, s3, site):
    for key, target in (("moved", "/docs/a.html"), ("away", "https://lab.example/x")):
        pages(s3, site, key, WebsiteRedirectLocation=target)
        answer = visit(site, f"/{key}")
        assert (answer.status_code, answer.headers["location"]) == (301, target)


def test_everything_may_be_elsewhere(visit, s3, bucket):
    redirect = {"HostName": LAB, "Protocol": "https"}
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration={"RedirectAllRequestsTo": redirect})
    answer = visit(bucket, "/a%20b/c?d=e")
    assert (answer.status_code, answer.headers["location"]) == (301, f"https://{LAB}/a%20b/c?d=e")


def rules(s3, bucket, *given, **more):
    made = [
        {"Redirect": redirect, **({"Condition": condition} if condition else {})}
        for condition, redirect in given
    ]
    configure(s3, bucket, RoutingRules=made, **more)


def test_routing_rules(visit, s3, site):
    rules(
        s3,
        site,
        ({"KeyPrefixEquals": "old/"}, {"ReplaceKeyPrefixWith": "new/"}),
        ({"KeyPrefixEquals": "one"}, {"ReplaceKeyWith": "plain", "HttpRedirectCode": "302"}),
        ({"KeyPrefixEquals": "far/"}, {"HostName": LAB, "Protocol": "https"}),
        ({"HttpErrorCodeReturnedEquals": "404"}, {"HostName": LAB, "ReplaceKeyPrefixWith": "?k="}),
    )

    def moved(path):
        answer = visit(site, path)
        return answer.status_code, answer.headers.get("location")

    assert moved("/old/a b") == (301, "/new/a%20b")
    assert moved("/one-more") == (302, "/plain")
    assert moved("/far/x") == (301, f"https://{LAB}/far/x")
    assert moved("/missing") == (301, f"http://{LAB}/%3Fk=missing")
    assert moved("/plain") == (200, None)


def test_pages_of_other_origins_read_websites(visit, s3, site):
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}
    s3.put_bucket_cors(Bucket=site, CORSConfiguration={"CORSRules": [rule]})
    origin = {"Origin": "https://lab.example"}
    for path in ("/", "/missing"):
        assert visit(site, path, headers=origin).headers["access-control-allow-origin"] == "*"
    asked = {**origin, "Access-Control-Request-Method": "GET"}
    assert visit(site, "/", "OPTIONS", headers=asked).status_code == 200


def test_a_page_named_health_is_the_website_s(visit, s3, site):
    pages(s3, site, "health")
    assert visit(site, "/health").text == "page health"
    assert visit(site, "/metrics").status_code == 404


# Attacks.


def test_a_visitor_sees_only_what_everybody_may(visit, s3, bucket):
    configure(s3, bucket, ErrorDocument={"Key": "secret/error.html"})
    pages(s3, bucket, "index.html", "secret/key", "secret/index.html", "secret/error.html")
    public(s3, bucket, "index.html")
    assert visit(bucket, "/").text == "page index.html"
    for path in ("/secret/key", "/secret/", "/secret", "/nothing"):
        answer = visit(bucket, path)
        assert answer.status_code == 403
        assert "page" not in answer.text


def test_a_signature_opens_nothing_on_a_website(visit, s3, bucket, cloud):
    configure(s3, bucket)
    pages(s3, bucket, "secret")
    signed = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "secret"})
    query = signed.partition("?")[2]
    assert visit(bucket, f"/secret?{query}").status_code == 403
    headers = {"Authorization": "AWS4-HMAC-SHA256 Credential=a/20200101/us-east-1/s3/aws4_request"}
    assert visit(bucket, "/secret", headers=headers).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        f"/{XSS}",
        f"/{XSS}/",
        "/%3Cscript%3Ealert(1)%3C/script%3E",
        "/%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E",
        "/%ff%3Cscript%3E",
        "/" + "%3Cscript%3E" * 300,
    ],
)
def test_an_error_page_runs_no_script_of_the_path(visit, site, path):
    answer = visit(site, path)
    assert answer.status_code in (400, 404)
    assert "<script" not in answer.text
    assert "<img" not in answer.text
    assert answer.headers["content-security-policy"] == "default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("//evil.example", "/%2Fevil.example/"),
        ("/%2Fevil.example", "/%2Fevil.example/"),
        ("/%5Cevil.example", "/%5Cevil.example/"),
        ("/a%0D%0ASet-Cookie:%20b", "/a%0D%0ASet-Cookie:%20b/"),
    ],
)
def test_a_folder_s_redirect_stays_on_its_host(visit, s3, site, path, location):
    for key in ("/evil.example", "\\evil.example", "a\r\nSet-Cookie: b"):
        pages(s3, site, f"{key}/index.html")
    answer = visit(site, path)
    assert (answer.status_code, answer.headers["location"]) == (302, location)
    assert "set-cookie" not in answer.headers


def test_a_rule_s_redirect_goes_where_the_rule_says(visit, s3, site):
    rules(
        s3,
        site,
        ({"KeyPrefixEquals": "r/"}, {"ReplaceKeyPrefixWith": ""}),
        ({"KeyPrefixEquals": "h/"}, {"HostName": LAB, "ReplaceKeyPrefixWith": ""}),
    )
    assert visit(site, "/r//evil.example").headers["location"] == "/%2Fevil.example"
    assert visit(site, "/h/@evil.example").headers["location"] == f"http://{LAB}/@evil.example"
    answer = visit(site, "/h/a%0D%0ASet-Cookie:%20b")
    assert answer.headers["location"] == f"http://{LAB}/a%0D%0ASet-Cookie:%20b"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/docs/../plain", "/./plain", "/docs/%2e%2e/plain", "//plain"])
def test_a_path_is_a_key_and_no_way_through_folders(cloud, s3, site, path):
    connection = http.client.HTTPConnection("127.0.0.1", cloud.configuration.port("aws"))
    connection.request("GET", path, headers={"Host": f"{site}.s3-website.localhost"})
    answer = connection.getresponse()
    assert (answer.status, b"page" in answer.read()) == (404, False)
    connection.close()


def test_a_bucket_named_like_the_cloud_takes_none_of_its_requests():
    with running_cloud(public_host="cloud.lab.example", domains=["s3.lab.example"]) as cloud:
        local = f"http://127.0.0.1:{cloud.configuration.port('aws')}"
        s3 = boto3.client("s3", **cloud.boto3() | {"endpoint_url": local})
        for name in ("cloud.lab.example", "s3.lab.example"):
            s3.create_bucket(Bucket=name)
            configure(s3, name)
            public(s3, name)
            pages(s3, name, "index.html")
            answer = httpx.get(local, headers={"Host": name}, trust_env=False)
            assert (answer.status_code, answer.headers["content-type"]) == (403, "application/xml")
        s3.close()


def test_a_strange_host_names_no_website(visit, site):
    for host in (f"{site}.s3-website.localhost.evil.example", f"{site}.s3-website.evil.example"):
        answer = visit(site, "/plain", host=host)
        assert "page plain" not in answer.text
    for host in (".s3-website.localhost", "s3-website.localhost", "..s3-website.localhost"):
        assert visit(site, "/plain", host=host).status_code < 500
