"""Links that were signed for somebody: altered, kept too long, or robbed of their token."""

from datetime import timedelta
from unittest.mock import patch
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from botocore.compat import get_current_datetime
from botocore.config import Config

from ..statements import allow
from .raw import code_of, fetch


@pytest.fixture(params=["s3v4", "s3"])
def version(request):
    """The version of the signature: 4, or S3's older 2."""
    return request.param


@pytest.fixture
def links(version):
    return Links(version)


@pytest.fixture
def config(version):
    return Config(signature_version=version)


@pytest.fixture
def s3(aws, config):
    return aws("s3", config=config)


@pytest.fixture
def s3_of(as_session, config):
    """The S3 client of temporary credentials."""
    return lambda issued: as_session("s3", issued, config=config)


@pytest.fixture
def key(s3, bucket):
    s3.put_object(Bucket=bucket, Key="key", Body=b"data")
    return "key"


class Links:
    """Signs links, and alters them."""

    def __init__(self, version):
        newer = version == "s3v4"
        self.newer = newer
        self.token = "X-Amz-Security-Token" if newer else "x-amz-security-token"
        self.expires = "X-Amz-Expires" if newer else "Expires"

    def make(self, client, bucket, *, seconds=60, ago=0):
        """Return a link to an object, as if made some seconds `ago`."""
        moment = get_current_datetime(remove_tzinfo=False) - timedelta(seconds=ago)
        with patch("botocore.crt.auth.get_current_datetime", lambda **options: moment):
            return client.generate_presigned_url(
                "get_object",
                {"Bucket": bucket, "Key": "key"},
                ExpiresIn=seconds if self.newer else seconds - ago,
            )


def parameters(link):
    return {name: value for name, [value] in parse_qs(urlsplit(link).query).items()}


def changed(link, name, value):
    """Return a link with a parameter of its query replaced; None: left out."""
    query = parameters(link)
    assert name in query
    query[name] = value
    kept = {name: value for name, value in query.items() if value is not None}
    return urlsplit(link)._replace(query=urlencode(kept)).geturl()


def code(answer):
    assert answer.status_code in (400, 403)
    return code_of(answer)


def test_link_past_its_time(links, s3, bucket, key):
    assert fetch("GET", links.make(s3, bucket)).content == b"data"
    answer = fetch("GET", links.make(s3, bucket, seconds=60, ago=61))
    assert code(answer) == "AccessDenied"
    assert "<Message>Request has expired</Message>" in answer.text


def test_link_whose_time_is_made_longer(links, s3, bucket, key):
    late = links.make(s3, bucket, seconds=60, ago=61)
    longer = changed(late, links.expires, str(int(parameters(late)[links.expires]) + 600))
    assert code(fetch("GET", longer)) == "SignatureDoesNotMatch"
    if links.newer:
        date = parameters(links.make(s3, bucket))["X-Amz-Date"]
        assert code(fetch("GET", changed(late, "X-Amz-Date", date))) == "SignatureDoesNotMatch"


def test_link_for_something_else(links, s3, bucket, key):
    link = links.make(s3, bucket)
    assert code(fetch("GET", link.replace("/key?", "/other?"))) == "SignatureDoesNotMatch"
    assert code(fetch("DELETE", link)) == "SignatureDoesNotMatch"
    assert code(fetch("PUT", link, content=b"evil")) == "SignatureDoesNotMatch"
    assert code(fetch("GET", link + "&versionId=null")) == "SignatureDoesNotMatch"
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"data"


def test_link_without_its_session_token(links, session, s3_of, bucket, key):
    link = links.make(s3_of(session(allow("s3:*"))), bucket)
    assert fetch("GET", link).content == b"data"
    assert code(fetch("GET", changed(link, links.token, None))) == "InvalidAccessKeyId"


def test_link_with_the_token_of_another_session(links, session, s3_of, bucket, key):
    mine, other = session(allow("s3:*")), session(allow("s3:*"))
    link = links.make(s3_of(mine), bucket)
    lent = changed(link, links.token, other["Credentials"]["SessionToken"])
    assert code(fetch("GET", lent)) == "InvalidToken"
    # Nor does it help to send the right token beside the wrong one.
    right = {"x-amz-security-token": mine["Credentials"]["SessionToken"]}
    assert fetch("GET", lent, headers=right).status_code in (400, 403)


def test_link_outlives_its_session_by_nothing(links, session, s3_of, let_expire, bucket, key):
    """A link for a week, signed by a session for an hour, is one for an hour."""
    issued = session(allow("s3:*"))
    link = links.make(s3_of(issued), bucket, seconds=604_800)
    assert fetch("GET", link).content == b"data"
    let_expire(issued)
    assert code(fetch("GET", link)) == "ExpiredToken"


def test_link_dies_with_the_key_that_signed_it(links, aws, iam, config, make_user, bucket, key):
    alice = make_user(allow("s3:*"))
    link = links.make(aws("s3", alice, config=config), bucket)
    assert fetch("GET", link).content == b"data"
    iam.update_access_key(UserName=alice.name, AccessKeyId=alice.access_key_id, Status="Inactive")
    assert code(fetch("GET", link)) == "InvalidAccessKeyId"


def test_link_has_the_rights_of_its_signer_now(links, aws, iam, config, make_user, bucket, key):
    alice = make_user(allow("s3:*"))
    link = links.make(aws("s3", alice, config=config), bucket)
    assert fetch("GET", link).content == b"data"
    [name] = iam.list_user_policies(UserName=alice.name)["PolicyNames"]
    iam.delete_user_policy(UserName=alice.name, PolicyName=name)
    assert code(fetch("GET", link)) == "AccessDenied"
