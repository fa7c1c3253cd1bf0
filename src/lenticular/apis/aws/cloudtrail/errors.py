"""CloudTrail's errors: those of trails, in the words of its API reference."""

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.primitives.audit.trails import TooManyTrails, TrailExists, TrailNotFound
from lenticular.primitives.objects.deliveries import BucketRefused


def invalid_name(message: str) -> AwsError:
    """Return the error of a name that no trail can have."""
    return AwsError("InvalidTrailNameException", message)


def unsupported(parameter: str) -> AwsError:
    """Return the error of what this cloud's trails cannot do."""
    return AwsError(
        "UnsupportedOperationException",
        f"{parameter} is not supported here: trails deliver into buckets. Leave it out.",
    )


def invalid_selectors(message: str) -> AwsError:
    """Return the error of event selectors that make no sense."""
    return AwsError("InvalidEventSelectorsException", message)


def translate(error: Exception) -> AwsError | None:
    """Return what an error of the audit primitive is in CloudTrail; None: it is none of its."""
    match error:
        case TrailNotFound():
            return AwsError("TrailNotFoundException", f"Unknown trail: {error.name}")
        case TrailExists():
            return AwsError(
                "TrailAlreadyExistsException", f"Trail {error.name} already exists for customer"
            )
        case TooManyTrails():
            return AwsError(
                "MaximumNumberOfTrailsExceededException",
                "User already has the maximum number of trails in this region",
            )
        case BucketRefused(code="NoSuchBucket"):
            return AwsError("S3BucketDoesNotExistException", "The S3 bucket does not exist")
        case BucketRefused():
            return AwsError(
                "InsufficientS3BucketPolicyException",
                "Incorrect S3 bucket policy is detected for the bucket: it must allow "
                "cloudtrail.amazonaws.com s3:PutObject below the trail's prefix",
            )
    return None
