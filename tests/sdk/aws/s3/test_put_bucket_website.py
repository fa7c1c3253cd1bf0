"""PutBucketWebsite, GetBucketWebsite, DeleteBucketWebsite."""

import pytest

INDEX = {"IndexDocument": {"Suffix": "index.html"}}


def put(s3, bucket, **configuration):
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=configuration)


def get(s3, bucket):
    found = s3.get_bucket_website(Bucket=bucket)
    del found["ResponseMetadata"]
    return found


@pytest.mark.parametrize(
    "configuration",
    [
        INDEX,
        {**INDEX, "ErrorDocument": {"Key": "errors/404.html"}},
        {"RedirectAllRequestsTo": {"HostName": "lab.example"}},
        {"RedirectAllRequestsTo": {"HostName": "lab.example:8080", "Protocol": "https"}},
        {
            **INDEX,
            "RoutingRules": [
                {
                    "Condition": {"KeyPrefixEquals": "old/"},
                    "Redirect": {"ReplaceKeyPrefixWith": "new/", "HttpRedirectCode": "301"},
                },
                {
                    "Condition": {
                        "HttpErrorCodeReturnedEquals": "404",
                        "KeyPrefixEquals": "a",
                    },
                    "Redirect": {
                        "HostName": "lab.example",
                        "Protocol": "https",
                        "ReplaceKeyWith": "missing.html",
                        "HttpRedirectCode": "307",
                    },
                },
                {"Redirect": {"HostName": "lab.example", "HttpRedirectCode": "302"}},
            ],
        },
    ],
)
def test_a_configuration_comes_back_as_it_was_set(s3, bucket, configuration):
    put(s3, bucket, **configuration)
    assert get(s3, bucket) == configuration


def test_without_one_there_is_no_configuration(s3, bucket, refused):
    with refused("NoSuchWebsiteConfiguration", 404):
        get(s3, bucket)
    s3.delete_bucket_website(Bucket=bucket)
    put(s3, bucket, **INDEX)
    s3.delete_bucket_website(Bucket=bucket)
    with refused("NoSuchWebsiteConfiguration", 404):
        get(s3, bucket)


def rule(condition=None, **redirect):
    made = {"Redirect": redirect}
    if condition is not None:
        made["Condition"] = condition
    return {**INDEX, "RoutingRules": [made]}


HOST = {"HostName": "lab.example"}


@pytest.mark.parametrize(
    ("configuration", "code"),
    [
        ({}, "InvalidArgument"),
        ({"ErrorDocument": {"Key": "a"}}, "InvalidArgument"),
        ({"IndexDocument": {"Suffix": ""}}, "InvalidArgument"),
        ({"IndexDocument": {"Suffix": "a/b"}}, "InvalidArgument"),
        ({**INDEX, "RedirectAllRequestsTo": HOST}, "InvalidRequest"),
        ({"RedirectAllRequestsTo": {**HOST, "Protocol": "javascript"}}, "InvalidRequest"),
        ({"RedirectAllRequestsTo": {"HostName": "lab.example/x"}}, "InvalidRequest"),
        ({"RedirectAllRequestsTo": {"HostName": "a@lab.example"}}, "InvalidRequest"),
        ({"RedirectAllRequestsTo": {"HostName": "lab.example\r\nA: b"}}, "InvalidRequest"),
        (rule({}, **HOST), "InvalidRequest"),
        (rule({"HttpErrorCodeReturnedEquals": "200"}, **HOST), "InvalidRequest"),
        (rule({"HttpErrorCodeReturnedEquals": "4O4"}, **HOST), "InvalidRequest"),
        (rule(HttpRedirectCode="300"), "InvalidRequest"),
        (rule(HttpRedirectCode="200"), "InvalidRequest"),
        (rule(ReplaceKeyWith="a", ReplaceKeyPrefixWith="b"), "InvalidRequest"),
        (rule(), "MalformedXML"),
        ({**INDEX, "RoutingRules": rule(**HOST)["RoutingRules"] * 51}, "InvalidRequest"),
    ],
)
def test_configurations_that_cannot_be(s3, bucket, refused, configuration, code):
    with refused(code):
        put(s3, bucket, **configuration)


def test_another_account_cannot_change_or_see_it(stranger, bucket, refused):
    for call in (stranger.get_bucket_website, stranger.delete_bucket_website):
        with refused("AccessDenied", 403):
            call(Bucket=bucket)
    with refused("AccessDenied", 403):
        put(stranger, bucket, **INDEX)
