"""The primitives' errors as S3's."""

import inspect

import pytest

from lenticular.apis.aws.s3.translation import translate
from lenticular.primitives.access import AccessDenied
from lenticular.primitives.objects import errors

EXAMPLES = [
    (AccessDenied("no"), "AccessDenied", 403),
    (errors.BucketNotFound("abc"), "NoSuchBucket", 404),
    (errors.BucketNotFound("A_b"), "InvalidBucketName", 400),
    (errors.BucketTaken("abc"), "BucketAlreadyExists", 409),
    (errors.BucketOwned("abc"), "BucketAlreadyOwnedByYou", 409),
    (errors.BucketNotEmpty("abc"), "BucketNotEmpty", 409),
    (errors.ObjectNotFound("k"), "NoSuchKey", 404),
    (errors.VersionNotFound("k", "v"), "NoSuchVersion", 404),
    (errors.VersionIsMarker("k", "v", 0), "MethodNotAllowed", 405),
    (errors.ConditionFailed("If-Match"), "PreconditionFailed", 412),
    (errors.UploadNotFound("u"), "NoSuchUpload", 404),
    (errors.PartInvalid(1, "it was not uploaded"), "InvalidPart", 400),
    (errors.PartOrderInvalid(), "InvalidPartOrder", 400),
    (errors.PartTooSmall(1, 2, "e", 3), "EntityTooSmall", 400),
    (errors.PartNumberMissing(3, 2), "InvalidPart", 400),
    (errors.SizeMismatch(1, 2), "InvalidRequest", 400),
    (errors.CustomerKeyMissing(), "InvalidRequest", 400),
    (errors.CustomerKeyUnwanted(), "InvalidRequest", 400),
    (errors.CustomerKeyWrong(), "InvalidRequest", 400),
    (errors.MethodUnavailable("aws:kms"), "NotImplemented", 501),
    (errors.UploadKeyMissing(), "InvalidRequest", 400),
    (errors.UploadKeyWrong(), "InvalidRequest", 400),
    (errors.ObjectLocked("v", "it is held"), "AccessDenied", 403),
    (errors.LockNotEnabled("abc"), "InvalidRequest", 400),
    (errors.LockMissing("k"), "ObjectLockConfigurationNotFoundError", 404),
    (errors.LockWithoutVersions("abc"), "InvalidBucketState", 409),
    (errors.BucketLocked("abc"), "InvalidBucketState", 409),
    (errors.RetentionPassed(0), "InvalidArgument", 400),
    (errors.DigestMissing(), "InvalidRequest", 400),
    (errors.ObjectArchived("k", "GLACIER"), "InvalidObjectState", 403),
    (errors.NotArchived("k", "STANDARD"), "InvalidObjectState", 403),
    (errors.RestorationRunning("k"), "RestoreAlreadyInProgress", 409),
    (errors.TierUnavailable("Expedited", "DEEP_ARCHIVE"), "InvalidArgument", 400),
    (errors.QuotaExceeded("the bucket abc", 1), "QuotaExceeded", 403),
    (errors.SettingTooLarge(1), "MaxMessageLengthExceeded", 400),
]


@pytest.mark.parametrize(("error", "code", "status"), EXAMPLES)
def test_codes_and_statuses(error, code, status):
    translated = translate(error)
    assert translated is not None
    assert (translated.code, translated.status) == (code, status)


def test_every_error_of_the_primitive_is_translated():
    here = {kind for _, kind in inspect.getmembers(errors, inspect.isclass)}
    answered_by_the_handler = {errors.NotModified}
    assert {type(error) for error, _, _ in EXAMPLES} >= here - answered_by_the_handler


def test_others_are_not_s3s_business():
    assert translate(RuntimeError("x")) is None


def test_a_delete_marker_tells_of_itself():
    told = translate(errors.ObjectNotFound("k", marker="m"))
    assert told is not None
    assert told.headers == {"x-amz-delete-marker": "true", "x-amz-version-id": "m"}
    told = translate(errors.VersionIsMarker("k", "v", 1000))
    assert told is not None
    assert told.headers["Allow"] == "DELETE"
    assert told.headers["Last-Modified"] == "Thu, 01 Jan 1970 00:00:01 GMT"
    assert told.headers["x-amz-delete-marker"] == "true"
