"""Pages of a website in a bucket that upload to another bucket and read from it."""

import json
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.config import Config
from playwright.sync_api import expect

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Upload</title><h1>Upload</h1>
<form method="post" enctype="multipart/form-data" action="{url}">{fields}
<label>File <input type="file" name="file"></label><button>Send</button></form></html>"""

PUT = """async ([url, text]) => {
    const headers = {"Content-Type": "text/plain", "x-amz-meta-place": "ice"};
    const answer = await fetch(url, {method: "PUT", headers, body: text});
    return [answer.status, answer.headers.get("ETag")];
}"""
GET = """async (url) => {
    const answer = await fetch(url);
    const told = [answer.headers.get("x-amz-meta-place"), answer.headers.get("x-amz-request-id")];
    return [answer.status, await answer.text(), ...told];
}"""
TRY = """async (url) => {
    try { return (await fetch(url)).status; } catch (error) { return error.name; }
}"""


@pytest.fixture(scope="module")
def s3(cloud):
    client = boto3.client("s3", **cloud.boto3(), config=Config(signature_version="s3v4"))
    yield client
    client.close()


@pytest.fixture(scope="module")
def origin(cloud, s3):
    """The origin of a public website."""
    s3.create_bucket(Bucket="pages")
    s3.put_bucket_website(
        Bucket="pages", WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}}
    )
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::pages/*",
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    s3.put_bucket_policy(Bucket="pages", Policy=json.dumps(policy))
    publish(s3, "index.html", "<!doctype html><title>Pages</title><h1>Pages</h1>")
    publish(s3, "done/index.html", "<!doctype html><title>Done</title><h1>Stored</h1>")
    return f"http://pages.s3-website.localhost:{cloud.configuration.port('aws')}"


def publish(s3, key, page):
    s3.put_object(Bucket="pages", Key=key, Body=page.encode(), ContentType="text/html")


@pytest.fixture(scope="module")
def incoming(s3, origin):
    """A bucket that pages of the website may use."""
    s3.create_bucket(Bucket="incoming")
    rule = {
        "AllowedOrigins": [origin],
        "AllowedMethods": ["GET", "PUT"],
        "AllowedHeaders": ["content-type", "x-amz-meta-*"],
        "ExposeHeaders": ["ETag", "x-amz-meta-place"],
    }
    s3.put_bucket_cors(Bucket="incoming", CORSConfiguration={"CORSRules": [rule]})
    return "incoming"


@pytest.fixture
def page(chromium):
    context = chromium.new_context(locale="en-GB")
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


def test_a_page_puts_and_gets_by_links(page, s3, origin, incoming):
    at = {"Bucket": incoming, "Key": "from/page.txt"}
    put = {**at, "ContentType": "text/plain", "Metadata": {"place": "ice"}}
    page.goto(origin)
    upload = s3.generate_presigned_url("put_object", put)
    status, etag = page.evaluate(PUT, [upload, "from a page"])
    found = s3.get_object(**at)
    assert (status, etag) == (200, found["ETag"])
    assert found["Body"].read() == b"from a page"
    assert (found["ContentType"], found["Metadata"]) == ("text/plain", {"place": "ice"})
    link = s3.generate_presigned_url("get_object", at)
    # What the rule does not expose, the page's script cannot see.
    assert page.evaluate(GET, link) == [200, "from a page", "ice", None]
    missing = s3.generate_presigned_url("get_object", {**at, "Key": "missing"})
    assert page.evaluate(TRY, missing) == 404
    assert page.evaluate(TRY, link + "x") == 403


def test_a_page_that_no_rule_allows_reads_nothing(page, s3, origin, incoming):
    s3.create_bucket(Bucket="closed")
    s3.put_object(Bucket="closed", Key="key", Body=b"data")
    page.goto(origin)
    link = s3.generate_presigned_url("get_object", {"Bucket": "closed", "Key": "key"})
    assert page.evaluate(TRY, link) == "TypeError"
    s3.put_object(Bucket=incoming, Key="key", Body=b"data")
    page.goto(origin.replace("pages.s3-website.localhost", "127.0.0.1") + "/")
    link = s3.generate_presigned_url("get_object", {"Bucket": incoming, "Key": "key"})
    there = link.replace("127.0.0.1", "localhost")
    assert page.evaluate(TRY, there) == "TypeError"


def test_a_form_uploads_and_comes_back(page, s3, origin, incoming, tmp_path):
    fields = {"success_action_redirect": f"{origin}/done/", "Content-Type": "text/csv"}
    conditions = [*({name: value} for name, value in fields.items())]
    conditions.append(["content-length-range", 1, 100_000])
    form = s3.generate_presigned_post(incoming, "forms/${filename}", fields, conditions)
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{value}">'
        for name, value in form["fields"].items()
    )
    publish(s3, "upload/index.html", PAGE.format(url=form["url"], fields=hidden))
    file = tmp_path / "größe 1.csv"
    file.write_text("a,b\n" * 10_000)
    page.goto(f"{origin}/upload")
    expect(page).to_have_url(f"{origin}/upload/")
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading")).to_have_text("Stored")
    key = "forms/größe 1.csv"
    found = s3.get_object(Bucket=incoming, Key=key)
    assert found["Body"].read() == file.read_bytes()
    assert found["ContentType"] == "text/csv"
    told = parse_qs(urlsplit(page.url).query)
    assert told == {"bucket": [incoming], "key": [key], "etag": [found["ETag"]]}


def test_a_form_that_is_too_large_is_told_so(page, s3, origin, incoming, tmp_path):
    limits = [["content-length-range", 0, 100_000]]
    form = s3.generate_presigned_post(incoming, "too-large", Conditions=limits)
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{value}">'
        for name, value in form["fields"].items()
    )
    publish(s3, "limited/index.html", PAGE.format(url=form["url"], fields=hidden))
    file = tmp_path / "large"
    file.write_bytes(b"x" * 5_000_000)
    page.goto(f"{origin}/limited/")
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Send").click()
    expect(page.locator("body")).to_contain_text("EntityTooLarge")


def test_an_error_page_runs_nothing(page, origin):
    ran = []
    page.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
    page.goto(f"{origin}/<script>alert(1)</script>/<img src=x onerror=alert(2)>")
    expect(page.get_by_role("heading", level=1)).to_have_text("403 Forbidden")
    assert ran == []
