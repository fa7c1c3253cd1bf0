"""PutBucketLifecycleConfiguration, GetBucketLifecycleConfiguration, DeleteBucketLifecycle."""

from datetime import UTC, datetime
from urllib.parse import unquote

import pytest

RULES = [
    {
        "ID": "everything",
        "Status": "Enabled",
        "Filter": {},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
    },
    {
        "ID": "old form",
        "Status": "Disabled",
        "Prefix": "tmp/",
        "Expiration": {"Date": datetime(2030, 1, 1, tzinfo=UTC)},
        "Transitions": [
            {"Date": datetime(2029, 1, 1, tzinfo=UTC), "StorageClass": "GLACIER"},
        ],
    },
    {
        "ID": "both",
        "Status": "Enabled",
        "Filter": {
            "And": {
                "Prefix": "raw/",
                "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}],
                "ObjectSizeGreaterThan": 500,
                "ObjectSizeLessThan": 64000,
            }
        },
        "Expiration": {"Days": 365},
        "Transitions": [
            {"Days": 30, "StorageClass": "STANDARD_IA"},
            {"Days": 90, "StorageClass": "DEEP_ARCHIVE"},
        ],
        "NoncurrentVersionExpiration": {"NoncurrentDays": 60, "NewerNoncurrentVersions": 3},
        "NoncurrentVersionTransitions": [
            {"NoncurrentDays": 1, "StorageClass": "GLACIER", "NewerNoncurrentVersions": 2},
        ],
    },
    {
        "ID": "tag",
        "Status": "Enabled",
        "Filter": {"Tag": {"Key": "a", "Value": ""}},
        "Expiration": {"Days": 1},
    },
    {
        "ID": "markers",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "Expiration": {"ExpiredObjectDeleteMarker": True},
    },
]


def put(s3, bucket, *rules, **options):
    return s3.put_bucket_lifecycle_configuration(
        Bucket=bucket, LifecycleConfiguration={"Rules": list(rules)}, **options
    )


def a_rule(**changes):
    rule = {"Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}} | changes
    return {name: value for name, value in rule.items() if value is not None}


def test_rules_come_back_as_they_were_given(s3, bucket, refused):
    size = "TransitionDefaultMinimumObjectSize"
    assert put(s3, bucket, *RULES)[size] == "all_storage_classes_128K"
    got = s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    assert got["Rules"] == RULES
    assert got[size] == "all_storage_classes_128K"
    put(s3, bucket, a_rule(ID="only"), **{size: "varies_by_storage_class"})
    got = s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    assert [rule["ID"] for rule in got["Rules"]] == ["only"]
    assert got[size] == "varies_by_storage_class"
    for _ in range(2):
        answer = s3.delete_bucket_lifecycle(Bucket=bucket)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    with refused("NoSuchLifecycleConfiguration", 404):
        s3.get_bucket_lifecycle_configuration(Bucket=bucket)


def test_the_older_operations_are_the_same_requests(s3, bucket):
    rules = [{"ID": "old", "Status": "Enabled", "Prefix": "a", "Expiration": {"Days": 3}}]
    s3.put_bucket_lifecycle(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
    assert s3.get_bucket_lifecycle(Bucket=bucket)["Rules"] == rules


def test_rules_without_a_name_get_one(s3, bucket):
    put(s3, bucket, a_rule(), a_rule(ID=""))
    names = {rule["ID"] for rule in s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]}
    assert len(names) == 2
    assert all(30 < len(name) <= 255 for name in names)


MOVES = {"Expiration": None}


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("MalformedXML", {"Status": "enabled"}),
        ("MalformedXML", {"Prefix": "a"}),
        ("MalformedXML", {"Filter": None}),
        ("MalformedXML", {"Filter": {"Prefix": "a", "ObjectSizeLessThan": 4}}),
        ("MalformedXML", {"Filter": {"And": {}}}),
        ("MalformedXML", {"Expiration": {}}),
        ("MalformedXML", {"Expiration": {"Days": 1, "ExpiredObjectDeleteMarker": True}}),
        ("MalformedXML", {"Transitions": [{"StorageClass": "GLACIER"}]}),
        ("MalformedXML", {"Transitions": [{"Days": 0, "StorageClass": "STANDARD"}]}),
        ("MalformedXML", {"NoncurrentVersionExpiration": {"NewerNoncurrentVersions": 2}}),
        ("InvalidArgument", {"ID": "i" * 256}),
        ("InvalidArgument", {"Expiration": {"Days": 0}}),
        ("InvalidArgument", {"Expiration": {"Days": -1}}),
        ("InvalidArgument", {"Expiration": {"Date": datetime(2030, 1, 1, 1, tzinfo=UTC)}}),
        ("InvalidArgument", {"NoncurrentVersionExpiration": {"NoncurrentDays": 0}}),
        (
            "InvalidArgument",
            {"NoncurrentVersionExpiration": {"NoncurrentDays": 1, "NewerNoncurrentVersions": 101}},
        ),
        ("InvalidArgument", {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 0}}),
        ("InvalidArgument", {"Transitions": [{"Days": 2, "StorageClass": "GLACIER"}]}),
        ("InvalidArgument", MOVES | {"Transitions": [{"Days": 29, "StorageClass": "ONEZONE_IA"}]}),
        ("InvalidArgument", MOVES | {"Transitions": [{"Days": -1, "StorageClass": "GLACIER"}]}),
        (
            "InvalidArgument",
            MOVES
            | {
                "Transitions": [
                    {"Days": 40, "StorageClass": "STANDARD_IA"},
                    {"Days": 40, "StorageClass": "GLACIER"},
                ]
            },
        ),
        (
            "InvalidRequest",
            {
                "Transitions": [
                    {"Date": datetime(2030, 1, 1, tzinfo=UTC), "StorageClass": "GLACIER"}
                ]
            },
        ),
        (
            "InvalidRequest",
            MOVES
            | {
                "Transitions": [
                    {"Days": 4, "StorageClass": "GLACIER"},
                    {"Days": 5, "StorageClass": "GLACIER"},
                ]
            },
        ),
        ("InvalidRequest", {"Expiration": None}),
        (
            "InvalidRequest",
            {
                "Filter": {"Tag": {"Key": "a", "Value": "b"}},
                "Expiration": {"ExpiredObjectDeleteMarker": True},
            },
        ),
        (
            "InvalidRequest",
            {
                "Filter": {"ObjectSizeLessThan": 5},
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
            },
        ),
        (
            "InvalidRequest",
            {"Filter": {"And": {"ObjectSizeGreaterThan": 5, "ObjectSizeLessThan": 5}}},
        ),
        ("InvalidRequest", {"Filter": {"And": {"Tags": [{"Key": "a", "Value": "b"}] * 2}}}),
    ],
)
def test_what_cannot_be(s3, bucket, refused, code, changes):
    with refused(code):
        put(s3, bucket, a_rule(**changes))


def test_how_many_there_may_be(s3, bucket, refused):
    with refused("MalformedXML"):
        put(s3, bucket)
    put(s3, bucket, *(a_rule(ID=str(number)) for number in range(1000)))
    with refused("MalformedXML"):
        put(s3, bucket, *(a_rule(ID=str(number)) for number in range(1001)))
    with refused("InvalidArgument"):
        put(s3, bucket, a_rule(ID="same"), a_rule(ID="same"))
    with refused("InvalidArgument"):
        put(s3, bucket, a_rule(), TransitionDefaultMinimumObjectSize="none")


def test_strangers_have_no_say(s3, stranger, bucket, refused):
    with refused("AccessDenied", 403):
        put(stranger, bucket, a_rule())
    with refused("AccessDenied", 403):
        stranger.get_bucket_lifecycle_configuration(Bucket=bucket)
    with refused("AccessDenied", 403):
        stranger.delete_bucket_lifecycle(Bucket=bucket)


def expiration(answer):
    """Return the date and the rule that a header tells."""
    date, rule = answer["Expiration"].removeprefix('expiry-date="').split('", rule-id="')
    return datetime.strptime(date, "%a, %d %b %Y %H:%M:%S GMT"), unquote(rule.rstrip('"'))


def test_answers_tell_when_objects_expire(s3, bucket):
    put(s3, bucket, a_rule(ID="späť & <soon>", Filter={"Prefix": "logs/"}, Expiration={"Days": 3}))
    at = {"Bucket": bucket, "Key": "logs/1"}
    source = {"Bucket": bucket, "Key": "kept"}
    assert "Expiration" not in s3.put_object(**source, Body=b"x")
    answers = [s3.put_object(**at, Body=b"x"), s3.copy_object(**at, CopySource=source)]
    upload = s3.create_multipart_upload(**at)["UploadId"]
    part = s3.upload_part(**at, UploadId=upload, PartNumber=1, Body=b"x")["ETag"]
    answers.append(
        s3.complete_multipart_upload(
            **at,
            UploadId=upload,
            MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part}]},
        )
    )
    answers += [s3.head_object(**at), s3.get_object(**at)]
    made = answers[-1]["LastModified"].replace(tzinfo=None)
    for answer in answers:
        date, rule = expiration(answer)
        assert rule == "späť & <soon>"
        assert (date.hour, date.minute, date.second) == (0, 0, 0)
        assert (date - made).days == 3
    assert "Expiration" not in s3.head_object(**source)


def test_answers_tell_when_uploads_are_dropped(s3, bucket):
    put(s3, bucket, RULES[0])
    at = {"Bucket": bucket, "Key": "key"}
    begun = s3.create_multipart_upload(**at)
    assert begun["AbortRuleId"] == "everything"
    days = (begun["AbortDate"] - datetime.now(UTC)).days
    assert days == 7
    listed = s3.list_parts(**at, UploadId=begun["UploadId"])
    assert listed["AbortDate"] == begun["AbortDate"]


def test_objects_go_when_their_day_has_come(cloud, s3, bucket):
    s3.put_object(Bucket=bucket, Key="tmp/a", Body=b"x")
    s3.put_object(Bucket=bucket, Key="kept", Body=b"x")
    past = datetime(2020, 1, 1, tzinfo=UTC)
    put(s3, bucket, a_rule(Filter={"Prefix": "tmp/"}, Expiration={"Date": past}))
    cloud.run(cloud.engines.storage.lifecycles.worker.run())
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["kept"]


def test_dates_beyond_the_calendar_and_names_beyond_headers(s3, bucket):
    """What a rule says must not break the answers to those who write objects."""
    at = {"Bucket": bucket, "Key": "key"}
    name = 'line\nbreak "quoted" Ж'
    far = {"DaysAfterInitiation": 2**31 - 1}
    put(
        s3,
        bucket,
        a_rule(ID=name, Expiration={"Days": 2**31 - 1}, AbortIncompleteMultipartUpload=far),
    )
    date, rule = expiration(s3.put_object(**at, Body=b"x"))
    assert (date.year, rule) == (9999, name)
    begun = s3.create_multipart_upload(**at)
    assert (begun["AbortDate"].year, unquote(begun["AbortRuleId"])) == (9999, name)


@pytest.mark.parametrize("number", [2**31, 2**63, 10**30])
def test_numbers_beyond_the_model(s3, bucket, refused, number):
    with refused("MalformedXML"):
        put(s3, bucket, a_rule(Expiration={"Days": number}))
