"""S3's errors that this service raises itself.

Codes, statuses and messages are those of the Amazon S3 API Reference, "Error responses".
"""

from lenticular.apis.aws.wire.errors import AwsError

MAX_PUT_SIZE = 5 * 1024**3
"""Most bytes that one request may bring."""


def access_denied(message: str = "") -> AwsError:
    """The caller may not do this, whatever exists."""
    return AwsError("AccessDenied", message or "Access Denied", 403)


def invalid_argument(message: str, name: str, value: object) -> AwsError:
    """A parameter has a value that S3 does not take."""
    return AwsError(
        "InvalidArgument", message, fields={"ArgumentName": name, "ArgumentValue": value}
    )


def invalid_request(message: str) -> AwsError:
    """Parameters that do not go together."""
    return AwsError("InvalidRequest", message)


def malformed_xml() -> AwsError:
    """A document that is not of its schema."""
    return AwsError(
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )


def not_implemented(name: str) -> AwsError:
    """A header (`name` in lower case), or an element of a document, asks for something that is
    not built: refused, never ignored."""
    what, fields = ("A header", {"Header": name}) if name.islower() else ("An element", {})
    return AwsError(
        "NotImplemented",
        f"{what} you provided implies functionality that is not implemented: {name}. "
        "Send the request without it.",
        501,
        fields=fields,
    )


def bad_digest(name: str) -> AwsError:
    """The bytes are not those that a checksum was made of."""
    if name == "Content-MD5":
        return AwsError(
            "BadDigest", "The Content-MD5 you specified did not match what we received."
        )
    return AwsError("BadDigest", f"The {name} you specified did not match the calculated checksum.")


def entity_too_large(size: int, limit: int = MAX_PUT_SIZE) -> AwsError:
    """More bytes than one request may bring."""
    return AwsError(
        "EntityTooLarge",
        "Your proposed upload exceeds the maximum allowed size",
        fields={"ProposedSize": size, "MaxSizeAllowed": limit},
    )


def entity_too_small(size: int, limit: int) -> AwsError:
    """Fewer bytes than a form's policy demands."""
    return AwsError(
        "EntityTooSmall",
        "Your proposed upload is smaller than the minimum allowed size",
        fields={"ProposedSize": size, "MinSizeAllowed": limit},
    )


def invalid_range(requested: str, size: int) -> AwsError:
    """No byte of the requested range is there."""
    return AwsError(
        "InvalidRange",
        "The requested range is not satisfiable",
        416,
        fields={"RangeRequested": requested, "ActualObjectSize": size},
        headers={"Content-Range": f"bytes */{size}"},
    )


def no_such_tag_set(bucket: str) -> AwsError:
    """The bucket never got tags."""
    return AwsError("NoSuchTagSet", "The TagSet does not exist", 404, fields={"BucketName": bucket})


def no_such_lifecycle(bucket: str) -> AwsError:
    """The bucket has no lifecycle rules."""
    return AwsError(
        "NoSuchLifecycleConfiguration",
        "The lifecycle configuration does not exist",
        404,
        fields={"BucketName": bucket},
    )


def method_not_allowed(method: str) -> AwsError:
    """Websites are read, and nothing else."""
    return AwsError(
        "MethodNotAllowed",
        "The specified method is not allowed against this resource.",
        405,
        fields={"Method": method, "ResourceType": "OBJECT"},
        headers={"Allow": "GET, HEAD"},
    )


def no_such_cors_configuration(bucket: str) -> AwsError:
    """The bucket has no rules for other origins."""
    return AwsError(
        "NoSuchCORSConfiguration",
        "The CORS configuration does not exist",
        404,
        fields={"BucketName": bucket},
    )


def no_such_website_configuration(bucket: str) -> AwsError:
    """The bucket is no website."""
    return AwsError(
        "NoSuchWebsiteConfiguration",
        "The specified bucket does not have a website configuration",
        404,
        fields={"BucketName": bucket},
    )


def no_such_bucket_policy(bucket: str) -> AwsError:
    """The bucket has no policy."""
    return AwsError(
        "NoSuchBucketPolicy",
        "The bucket policy does not exist",
        404,
        fields={"BucketName": bucket},
    )


def malformed_policy(message: str) -> AwsError:
    """What came is no bucket policy."""
    return AwsError("MalformedPolicy", message)


def invalid_principal(arn: str) -> AwsError:
    """The policy names a user or role that is not there."""
    return AwsError(
        "MalformedPolicy", "Invalid principal in policy", fields={"Detail": f'"AWS" : "{arn}"'}
    )


def invalid_bucket_name(name: str) -> AwsError:
    """A name that no bucket can have."""
    return AwsError(
        "InvalidBucketName", "The specified bucket is not valid.", fields={"BucketName": name}
    )


def no_such_torrent(key: str) -> AwsError:
    """There is no torrent of an object."""
    return AwsError(
        "NoSuchKey",
        "There is no torrent of this object: Amazon S3 makes none any more. Get the object.",
        404,
        fields={"Key": key},
    )


def no_such_version(key: str, version_id: str) -> AwsError:
    """There is no version of this id, or it cannot be one."""
    return AwsError(
        "NoSuchVersion",
        "The specified version does not exist.",
        404,
        fields={"Key": key, "VersionId": version_id},
    )


def no_such_upload(upload_id: str) -> AwsError:
    """There is no upload of this id."""
    return AwsError(
        "NoSuchUpload",
        "The specified upload does not exist. The upload ID may be invalid, or the upload may "
        "have been aborted or completed.",
        404,
        fields={"UploadId": upload_id},
    )


def no_such_lock(key: str) -> AwsError:
    """The object is not locked in the way that is asked about."""
    return AwsError(
        "NoSuchObjectLockConfiguration",
        "The specified object does not have a ObjectLock configuration",
        404,
        fields={"Key": key},
    )
