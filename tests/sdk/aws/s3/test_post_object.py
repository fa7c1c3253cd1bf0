"""Uploads from HTML forms, as boto3 signs them and as somebody would like to misuse them."""

import hashlib
import hmac
import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import httpx
import pytest
from botocore.config import Config

XSS = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def browser(cloud):
    """Something that posts forms and follows no redirect."""
    with httpx.Client(verify=cloud.trusted or True, trust_env=False) as client:
        yield client


@pytest.fixture
def post(browser, cloud):
    """``post(form, file)``: posts what `generate_presigned_post` returned; returns the answer."""

    def post(form, file=b"data", *, filename="a.txt", **options):
        files = {"file": (filename, file)}
        return browser.post(form["url"], data=form["fields"], files=files, **options)

    return post


@pytest.fixture(params=["s3", "s3v4"])
def signer(request, aws):
    """S3 with each version of the signature; the older one is what boto3 signs forms with."""
    return aws("s3", config=Config(signature_version=request.param))


@pytest.fixture
def unsigned(cloud):
    """A form that nobody signed."""

    def unsigned(bucket, **fields):
        return {
            "url": f"{cloud.url}/{bucket}",
            "fields": {name.replace("_", "-"): value for name, value in fields.items()},
        }

    return unsigned


@pytest.fixture
def legacy(cloud):
    """A form that is signed with Signature Version 2."""

    def legacy(bucket, conditions, **fields):
        expiration = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        document = {"expiration": expiration, "conditions": [{"bucket": bucket}, *conditions]}
        policy = b64encode(json.dumps(document).encode()).decode()
        secret = cloud.credentials.secret_access_key.encode()
        signature = b64encode(hmac.digest(secret, policy.encode(), "sha1")).decode()
        return {
            "url": f"{cloud.url}/{bucket}",
            "fields": {
                "AWSAccessKeyId": cloud.credentials.access_key_id,
                "policy": policy,
                "signature": signature,
                **fields,
            },
        }

    return legacy


def error_of(answer):
    """Return status, code and message of an error's document."""
    document = ElementTree.fromstring(answer.content)
    return answer.status_code, document.findtext("Code"), document.findtext("Message")


def test_a_form_that_boto3_signed(s3, signer, bucket, post, body):
    extra = {"Content-Type": "text/plain", "x-amz-meta-place": "fjörd", "acl": "private"}
    conditions = [{name: value} for name, value in extra.items()]
    form = signer.generate_presigned_post(bucket, "notes/${filename}", extra, conditions)
    answer = post(form, b"from a browser", filename="C:\\work\\may 5.txt")
    assert (answer.status_code, answer.content) == (204, b"")
    found = s3.get_object(Bucket=bucket, Key="notes/may 5.txt")
    assert body(found) == b"from a browser"
    assert found["ContentType"] == "text/plain"
    assert found["ResponseMetadata"]["HTTPHeaders"]["x-amz-meta-place"].startswith("=?UTF-8?B?")
    assert answer.headers["etag"] == found["ETag"]
    assert answer.headers["location"] == form["url"].rstrip("/") + "/notes/may%205.txt"


def test_a_bucket_in_the_host(cloud, s3, bucket, post, body):
    form = s3.generate_presigned_post(bucket, "key")
    form["url"] = cloud.url + "/"
    host = f"{bucket}.localhost:{cloud.configuration.port('aws')}"
    answer = post(form, headers={"Host": host})
    assert answer.status_code == 204
    assert answer.headers["location"] == f"http://{host}/key"
    assert body(s3.get_object(Bucket=bucket, Key="key")) == b"data"


def test_a_large_file_comes_through(s3, bucket, post):
    data = hashlib.sha256(b"seed").digest() * 100_000
    assert post(s3.generate_presigned_post(bucket, "large"), data).status_code == 204
    found = s3.head_object(Bucket=bucket, Key="large", ChecksumMode="ENABLED")
    assert found["ContentLength"] == len(data)
    assert found["ETag"] == f'"{hashlib.md5(data).hexdigest()}"'
    assert found["ChecksumCRC64NVME"]


@pytest.mark.parametrize(
    ("asked", "status"), [("200", 200), ("201", 201), ("204", 204), ("404", 204), ("", 204)]
)
def test_the_status_of_success(s3, bucket, post, asked, status):
    fields = {"success_action_status": asked}
    form = s3.generate_presigned_post(bucket, "a&b", fields, [fields])
    answer = post(form)
    assert answer.status_code == status
    if status == 201:
        document = ElementTree.fromstring(answer.content)
        assert document.tag == "PostResponse"
        assert [(child.tag, child.text) for child in document] == [
            ("Location", answer.headers["location"]),
            ("Bucket", bucket),
            ("Key", "a&b"),
            ("ETag", answer.headers["etag"]),
        ]
    else:
        assert answer.content == b""


@pytest.mark.parametrize(
    ("asked", "target"),
    [
        ("https://lab.example/done", "https://lab.example/done?{}"),
        ("https://lab.example/done?a=1#top", "https://lab.example/done?a=1&{}#top"),
    ],
)
def test_a_redirect_tells_what_was_stored(s3, bucket, post, asked, target):
    fields = {"success_action_redirect": asked}
    answer = post(s3.generate_presigned_post(bucket, "a b/c", fields, [fields]))
    assert answer.status_code == 303
    etag = hashlib.md5(b"data").hexdigest()
    told = f"bucket={bucket}&key=a+b%2Fc&etag=%22{etag}%22"
    assert answer.headers["location"] == target.format(told)


@pytest.mark.parametrize(
    "asked",
    [
        "javascript:alert(1)",
        "/somewhere",
        "//evil.example",
        "https://lab.example/\r\nSet-Cookie: a=b",
        "https://lab.example/a b",
        "https://",
    ],
)
def test_a_redirect_that_is_no_url_is_as_none(s3, bucket, post, asked):
    fields = {"success_action_redirect": asked}
    answer = post(s3.generate_presigned_post(bucket, "key", fields, [fields]))
    assert answer.status_code == 204
    assert answer.headers["location"].endswith(f"{bucket}/key")
    assert "set-cookie" not in answer.headers


def test_tags_and_storage_class_come_from_fields(s3, bucket, post):
    tagging = "<Tagging><TagSet><Tag><Key>a b</Key><Value>1=2</Value></Tag></TagSet></Tagging>"
    fields = {"tagging": tagging, "x-amz-storage-class": "STANDARD_IA"}
    assert post(s3.generate_presigned_post(bucket, "key", fields, [fields])).status_code == 400
    conditions = [{name: value} for name, value in fields.items()]
    form = s3.generate_presigned_post(bucket, "key", fields, conditions)
    assert post(form).status_code == 204
    found = s3.get_object_tagging(Bucket=bucket, Key="key")
    assert found["TagSet"] == [{"Key": "a b", "Value": "1=2"}]
    assert s3.head_object(Bucket=bucket, Key="key")["StorageClass"] == "STANDARD_IA"


@pytest.mark.parametrize("tagging", ["<Tagging>", "<Tagging/>", "no XML", f"<!DOCTYPE a>{XSS}"])
def test_tags_that_are_no_document(s3, bucket, post, tagging):
    form = s3.generate_presigned_post(bucket, "k", {"tagging": tagging}, [{"tagging": tagging}])
    assert error_of(post(form))[:2] == (400, "MalformedXML")


def test_a_checksum_is_held_against_the_file(s3, bucket, post):
    digest = b64encode(hashlib.sha256(b"data").digest()).decode()
    form = s3.generate_presigned_post(bucket, "key", {"x-amz-checksum-sha256": digest})
    assert post(form, b"other").status_code == 400
    assert error_of(post(form, b"other"))[1] == "BadDigest"
    assert post(form, b"data").status_code == 204
    found = s3.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
    assert found["ChecksumSHA256"] == digest


@pytest.mark.parametrize(
    ("size", "code"), [(9, "EntityTooSmall"), (10, None), (20, None), (21, "EntityTooLarge")]
)
def test_the_policy_limits_the_size(s3, bucket, post, size, code):
    limits = [["content-length-range", 10, 20]]
    answer = post(s3.generate_presigned_post(bucket, "key", Conditions=limits), b"x" * size)
    if code is None:
        assert answer.status_code == 204
    else:
        assert error_of(answer)[:2] == (400, code)
        assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_large_file_above_the_limit_is_refused_and_leaves_nothing(s3, bucket, post):
    limits = [["content-length-range", 0, 1_000_000]]
    form = s3.generate_presigned_post(bucket, "key", Conditions=limits)
    assert error_of(post(form, b"x" * 3_000_000))[:2] == (400, "EntityTooLarge")
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_temporary_credentials_need_their_token(aws, as_session, bucket, post, version):
    config = Config(signature_version=version)
    client = as_session("s3", aws("sts").get_session_token(), config=config)
    form = client.generate_presigned_post(bucket, "key")
    assert post(form).status_code == 204
    del form["fields"]["x-amz-security-token"]
    assert error_of(post(form))[:2] == (403, "InvalidAccessKeyId")
    form["fields"]["x-amz-security-token"] = "made up"
    assert error_of(post(form))[:2] == (400, "InvalidToken")


def test_the_signer_must_be_allowed_it(aws, make_user, bucket, post):
    resource = f"arn:aws:s3:::{bucket}/incoming/*"
    user = make_user({"Effect": "Allow", "Action": "s3:PutObject", "Resource": resource})
    client = aws("s3", user)
    assert post(client.generate_presigned_post(bucket, "incoming/a")).status_code == 204
    refused = error_of(post(client.generate_presigned_post(bucket, "other")))
    assert refused[:2] == (403, "AccessDenied")
    public = {"acl": "public-read"}
    form = client.generate_presigned_post(bucket, "incoming/a", public, [public])
    assert error_of(post(form))[:2] == (403, "AccessDenied")


def test_policies_see_how_a_form_is_signed(aws, make_user, bucket, post):
    condition = {"StringEquals": {"s3:authType": "POST"}}
    user = make_user({"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": condition})
    client = aws("s3", user)
    assert post(client.generate_presigned_post(bucket, "key")).status_code == 204
    with pytest.raises(client.exceptions.ClientError):
        client.put_object(Bucket=bucket, Key="key")


def test_nobody_may_post_where_everybody_may_write(s3, bucket, post, unsigned, body):
    form = unsigned(bucket, key="key", acl="public-read")
    assert error_of(post(form))[:2] == (403, "AccessDenied")
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read-write")
    assert post(form).status_code == 204
    assert body(s3.get_object(Bucket=bucket, Key="key")) == b"data"


def test_signature_version_2(s3, bucket, post, legacy):
    assert post(legacy(bucket, [{"key": "key"}], key="key")).status_code == 204
    form = legacy(bucket, [{"key": "key"}], key="key")
    form["fields"]["signature"] = form["fields"]["signature"][::-1]
    assert error_of(post(form))[:2] == (403, "SignatureDoesNotMatch")
    for name in ("signature", "AWSAccessKeyId", "policy"):
        form = legacy(bucket, [{"key": "key"}], key="key")
        del form["fields"][name]
        status, code, message = error_of(post(form))
        assert (status, code) == (400, "InvalidArgument")
        assert f"'{name}'" in message


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("key", "InvalidArgument"),
        ("policy", "InvalidArgument"),
        ("x-amz-signature", "InvalidArgument"),
        ("x-amz-credential", "InvalidArgument"),
        ("x-amz-algorithm", "InvalidArgument"),
        ("x-amz-date", "InvalidArgument"),
    ],
)
def test_a_form_that_lacks_a_field(aws, bucket, post, field, code):
    client = aws("s3", config=Config(signature_version="s3v4"))
    form = client.generate_presigned_post(bucket, "key")
    del form["fields"][field]
    status, found, message = error_of(post(form))
    assert (status, found) == (400, code)
    assert message.startswith(f"Bucket POST must contain a field named '{field}'.")


def test_no_bucket(s3, bucket, post):
    form = s3.generate_presigned_post(f"{bucket}-not", "key")
    assert error_of(post(form))[:2] == (404, "NoSuchBucket")


# Attacks.


def test_a_policy_for_another_bucket(s3, bucket, post):
    other = f"{bucket}-other"
    s3.create_bucket(Bucket=other)
    form = s3.generate_presigned_post(bucket, "key")
    form["url"] = form["url"].replace(bucket, other)
    status, code, message = error_of(post(form))
    assert (status, code) == (403, "AccessDenied")
    assert message.startswith("Invalid according to Policy: Policy Condition failed")
    form["fields"]["bucket"] = bucket
    assert error_of(post(form))[:2] == (403, "AccessDenied")


def test_a_policy_for_another_key(s3, bucket, post):
    form = s3.generate_presigned_post(bucket, "mine/${filename}")
    form["fields"]["key"] = "yours/a"
    assert error_of(post(form))[:2] == (403, "AccessDenied")


def test_a_file_name_that_leaves_its_folder(s3, bucket, post):
    form = s3.generate_presigned_post(bucket, "mine/${filename}")
    assert post(form, filename="../yours/a").status_code == 204
    assert [at["Key"] for at in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["mine/a"]


def test_a_form_used_after_its_time(signer, bucket, post):
    form = signer.generate_presigned_post(bucket, "key", ExpiresIn=-10)
    status, code, message = error_of(post(form))
    assert (status, code) == (403, "AccessDenied")
    assert message == "Invalid according to Policy: Policy expired."


@pytest.mark.parametrize(
    "field", ["acl", "x-amz-meta-a", "Content-Type", "success_action_redirect", "tagging"]
)
def test_a_field_that_no_condition_covers(s3, bucket, post, field):
    form = s3.generate_presigned_post(bucket, "key")
    form["fields"][field] = "public-read"
    status, code, message = error_of(post(form))
    assert (status, code) == (403, "AccessDenied")
    assert message == f"Invalid according to Policy: Extra input fields: {field.lower()}"


def test_a_policy_that_was_altered(signer, bucket, post):
    form = signer.generate_presigned_post(bucket, "key")
    wider = {"expiration": "2099-01-01T00:00:00Z", "conditions": [["starts-with", "$key", ""]]}
    form["fields"]["policy"] = b64encode(json.dumps(wider).encode()).decode()
    assert error_of(post(form))[:2] == (403, "SignatureDoesNotMatch")


def test_headers_of_the_request_say_nothing_of_the_object(s3, bucket, post):
    form = s3.generate_presigned_post(bucket, "key")
    headers = {"x-amz-acl": "public-read", "x-amz-meta-a": "1", "cache-control": "no-store"}
    assert post(form, headers=headers).status_code == 204
    found = s3.head_object(Bucket=bucket, Key="key")
    assert found["Metadata"] == {}
    assert "CacheControl" not in found
    assert len(s3.get_object_acl(Bucket=bucket, Key="key")["Grants"]) == 1


@pytest.mark.parametrize("field", ["Content-Type", "Cache-Control", "x-amz-meta-a"])
def test_a_field_that_would_end_a_header(s3, bucket, post, nobody, field):
    fields = {field: "text/html\r\nSet-Cookie: a=b"}
    answer = post(s3.generate_presigned_post(bucket, "key", fields, [fields]))
    if answer.status_code == 204:
        found = s3.head_object(Bucket=bucket, Key="key")["ResponseMetadata"]["HTTPHeaders"]
        assert "set-cookie" not in found
    else:
        assert error_of(answer)[:2] == (400, "InvalidArgument")


def test_an_error_is_a_document_that_nobody_runs(s3, bucket, post):
    answer = post(s3.generate_presigned_post(bucket, XSS), b"", filename=XSS)
    assert answer.status_code == 204
    form = s3.generate_presigned_post(bucket, "key")
    form["fields"]["key"] = XSS
    answer = post(form)
    assert answer.headers["content-type"] == "application/xml"
    assert b"<script>" not in answer.content


def test_what_is_no_form(browser, cloud, bucket):
    def code(content, content_type):
        headers = {"content-type": content_type}
        answer = browser.post(f"{cloud.url}/{bucket}", content=content, headers=headers)
        return error_of(answer)[:2]

    assert code(b"a=b", "application/x-www-form-urlencoded") == (412, "PreconditionFailed")
    assert code(b"a=b", "multipart/form-data") == (400, "MalformedPOSTRequest")
    assert code(b"--b\r\n\r\n", "multipart/form-data; boundary=b") == (400, "MalformedPOSTRequest")
    no_file = b'--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nk\r\n--b--\r\n'
    assert code(no_file, "multipart/form-data; boundary=b") == (400, "InvalidArgument")


def test_posts_are_counted(s3, bucket, post, browser, cloud):
    assert post(s3.generate_presigned_post(bucket, "key")).status_code == 204
    assert 'operation="PostObject"' in browser.get(f"{cloud.url}/metrics").text
