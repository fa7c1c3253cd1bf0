"""Whoever wants versions gone that are to be kept: without permission, by detours, as root.

Nothing here may free a version; what the tests lock they lock for long, in a cloud that is
thrown away.
"""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from ..statements import allow
from .raw import Raw

LATER = datetime(2140, 1, 1, tzinfo=UTC)
SOONER = datetime(2139, 1, 1, tzinfo=UTC)
WORDS = "Access Denied because object protected by object lock."


@pytest.fixture
def locked(s3):
    name = f"locked-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    return name


@pytest.fixture
def victim(s3, locked):
    """Puts a retained version and returns its place."""

    def put(mode, **lock):
        retention = {"ObjectLockMode": mode, "ObjectLockRetainUntilDate": LATER} if mode else {}
        place = {"Bucket": locked, "Key": "data"}
        version = s3.put_object(**place, Body=b"precious", **retention, **lock)["VersionId"]
        return place | {"VersionId": version}

    return put


def is_there(s3, place):
    return s3.get_object(**place)["Body"].read() == b"precious"


@pytest.mark.parametrize("bypass", [{}, {"BypassGovernanceRetention": True}])
def test_governance_is_not_bypassed_without_permission_and_word(
    aws, make_user, s3, victim, bypass, refused
):
    place = victim("GOVERNANCE")
    everything_else = {"Effect": "Allow", "NotAction": "s3:Bypass*", "Resource": "*"}
    # Root may bypass it, but has to say so.
    users = [aws("s3", make_user(everything_else)), *([] if bypass else [s3])]
    for user in users:
        assert refused(user.delete_object, **place, **bypass) == ("AccessDenied", WORDS)
        shorter = {"Mode": "GOVERNANCE", "RetainUntilDate": SOONER}
        for less in (shorter, {}, {"Mode": "COMPLIANCE", "RetainUntilDate": LATER}):
            answer = refused(user.put_object_retention, **place, Retention=less, **bypass)
            assert answer == ("AccessDenied", WORDS)
        entry = {"Key": place["Key"], "VersionId": place["VersionId"]}
        [error] = user.delete_objects(
            Bucket=place["Bucket"], Delete={"Objects": [entry]}, **bypass
        )["Errors"]
        assert (error["Code"], error["Message"]) == ("AccessDenied", WORDS)
    assert is_there(s3, place)


def test_compliance_binds_root(s3, victim, refused):
    place, bypass = victim("COMPLIANCE"), {"BypassGovernanceRetention": True}
    assert refused(s3.delete_object, **place, **bypass) == ("AccessDenied", WORDS)
    for less in (
        {"Mode": "COMPLIANCE", "RetainUntilDate": SOONER},
        {"Mode": "GOVERNANCE", "RetainUntilDate": LATER},
        {},
    ):
        answer = refused(s3.put_object_retention, **place, Retention=less, **bypass)
        assert answer == ("AccessDenied", WORDS)
    assert s3.head_object(**place)["ObjectLockRetainUntilDate"] == LATER
    assert is_there(s3, place)


def test_a_legal_hold_is_not_bypassed_and_only_lifted_by_who_may(
    aws, make_user, s3, victim, refused
):
    place = victim("", ObjectLockLegalHoldStatus="ON")
    bypass = {"BypassGovernanceRetention": True}
    assert refused(s3.delete_object, **place, **bypass) == ("AccessDenied", WORDS)
    user = aws("s3", make_user(allow("s3:DeleteObjectVersion", "s3:PutObjectRetention")))
    lifted = {"LegalHold": {"Status": "OFF"}}
    assert refused(user.put_object_legal_hold, **place, **lifted)[0] == "AccessDenied"
    assert refused(user.delete_object, **place)[0] == "AccessDenied"
    assert is_there(s3, place)


def test_what_is_locked_is_neither_overwritten_nor_lost_with_its_bucket(
    s3, locked, victim, refused
):
    place = victim("COMPLIANCE")
    s3.put_object(Bucket=locked, Key="data", Body=b"other")
    marker = s3.delete_object(Bucket=locked, Key="data")
    assert marker["DeleteMarker"]
    s3.delete_object(Bucket=locked, Key="data", VersionId=marker["VersionId"])
    assert refused(s3.delete_bucket, Bucket=locked)[0] == "BucketNotEmpty"
    suspended = {"VersioningConfiguration": {"Status": "Suspended"}}
    assert refused(s3.put_bucket_versioning, Bucket=locked, **suspended)[0] == "InvalidBucketState"
    assert is_there(s3, place)


def test_the_time_that_a_request_gives_itself_counts_for_nothing(s3, cloud, victim):
    place = victim("COMPLIANCE")
    s3.put_object(Bucket=place["Bucket"], Key="bait", Body=b"x")
    url = f"{cloud.configuration.url('aws')}/{place['Bucket']}/data?versionId={place['VersionId']}"
    late = {"date": "Wed, 01 Jan 2200 00:00:00 GMT"}
    keys = s3._request_signer._credentials
    answer = Raw("DELETE", url, late).signed(keys, "s3").send()
    assert (answer.status_code, WORDS in answer.text) == (403, True)
    ahead = Raw("DELETE", url).signed(keys, "s3", ago=-timedelta(days=365 * 200))
    assert ahead.status() == 403
    assert is_there(s3, place)


def test_locks_show_to_those_who_may_see_them(aws, make_user, s3, victim):
    place = victim("GOVERNANCE", ObjectLockLegalHoldStatus="OFF")
    shown = {
        (): set(),
        ("s3:GetObjectRetention",): {"ObjectLockMode", "ObjectLockRetainUntilDate"},
        ("s3:GetObjectLegalHold",): {"ObjectLockLegalHoldStatus"},
    }
    for further, expected in shown.items():
        user = aws("s3", make_user(allow("s3:GetObject", *further)))
        for read in (user.head_object, user.get_object):
            found = read(Bucket=place["Bucket"], Key="data")
            assert {name for name in found if name.startswith("ObjectLock")} == expected


@pytest.mark.parametrize(
    ("condition", "mode", "days", "allowed"),
    [
        ({"StringEquals": {"s3:object-lock-mode": "GOVERNANCE"}}, "GOVERNANCE", 5, True),
        ({"StringEquals": {"s3:object-lock-mode": "GOVERNANCE"}}, "COMPLIANCE", 5, False),
        (
            {"NumericLessThanEquals": {"s3:object-lock-remaining-retention-days": "10"}},
            "GOVERNANCE",
            10,
            True,
        ),
        (
            {"NumericLessThanEquals": {"s3:object-lock-remaining-retention-days": "10"}},
            "GOVERNANCE",
            11,
            False,
        ),
        (
            {"DateLessThan": {"s3:object-lock-retain-until-date": "2099-01-01T00:00:00Z"}},
            "GOVERNANCE",
            200 * 365,
            False,
        ),
    ],
)
def test_policies_bound_what_may_be_retained(
    aws, make_user, locked, condition, mode, days, allowed, refused
):
    statements = [
        allow("s3:PutObject", "s3:PutObjectRetention", Condition=condition),
        allow("s3:PutObject", Condition={"Null": {"s3:object-lock-mode": "true"}}),
    ]
    user = aws("s3", make_user(*statements))
    until = datetime.now(UTC) + timedelta(days=days) - timedelta(minutes=1)
    place = {"Bucket": locked, "Key": "k"}
    user.put_object(**place, Body=b"x")
    made = place | {"ObjectLockMode": mode, "ObjectLockRetainUntilDate": until}
    changed = place | {"Retention": {"Mode": mode, "RetainUntilDate": until}}
    if allowed:
        user.put_object(**made)
        user.put_object_retention(**changed)
    else:
        assert refused(user.put_object, **made)[0] == "AccessDenied"
        assert refused(user.put_object_retention, **changed)[0] == "AccessDenied"


def test_a_policy_that_lets_nobody_put_on_hold(aws, make_user, locked, refused):
    condition = {"StringEquals": {"s3:object-lock-legal-hold": "OFF"}}
    user = aws(
        "s3", make_user(allow("s3:PutObject"), allow("s3:PutObjectLegalHold", Condition=condition))
    )
    place = {"Bucket": locked, "Key": "k"}
    user.put_object(**place, Body=b"x", ObjectLockLegalHoldStatus="OFF")
    assert refused(user.put_object, **place, ObjectLockLegalHoldStatus="ON")[0] == "AccessDenied"
    held = {"LegalHold": {"Status": "ON"}}
    assert refused(user.put_object_legal_hold, **place, **held)[0] == "AccessDenied"
