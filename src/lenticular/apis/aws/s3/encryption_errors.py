"""S3's errors of encrypted objects: of customers' keys, and of keys that KMS keeps.

Codes and messages are those of Amazon S3; it passes on what KMS answers it, with the code
``KMS.`` and the exception's name (API Reference, "Error responses").
"""

from collections.abc import Callable
from typing import Any

from lenticular.apis.aws.s3.errors import invalid_request, not_implemented
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.primitives.keys.errors import (
    AliasNotFound,
    CiphertextInvalid,
    InputInvalid,
    KeyDisabled,
    KeyNameInvalid,
    KeyNotFound,
    KeyStateInvalid,
    KeyUsageInvalid,
)
from lenticular.primitives.objects.errors import (
    CustomerKeyMissing,
    CustomerKeyUnwanted,
    CustomerKeyWrong,
    MethodUnavailable,
    UploadKeyMissing,
    UploadKeyWrong,
)


def no_encryption_configuration(bucket: str) -> AwsError:
    """Nobody said how the bucket's objects are encrypted by default."""
    return AwsError(
        "ServerSideEncryptionConfigurationNotFoundError",
        "The server side encryption configuration was not found",
        404,
        fields={"BucketName": bucket},
    )


def _of_kms(name: str) -> Callable[[Exception], AwsError]:
    return lambda error: AwsError(f"KMS.{name}", str(error))


ENCRYPTION_ERRORS: dict[type[Exception], Callable[[Any], AwsError]] = {
    AliasNotFound: _of_kms("NotFoundException"),
    CiphertextInvalid: _of_kms("InvalidCiphertextException"),
    CustomerKeyMissing: lambda _: invalid_request(
        "The object was stored using a form of Server Side Encryption. The correct parameters "
        "must be provided to retrieve the object."
    ),
    CustomerKeyUnwanted: lambda _: invalid_request(
        "The encryption parameters are not applicable to this object."
    ),
    CustomerKeyWrong: lambda _: invalid_request(
        "The provided encryption parameters did not match the ones used originally."
    ),
    InputInvalid: lambda error: invalid_request(str(error)),
    KeyDisabled: _of_kms("DisabledException"),
    KeyNameInvalid: _of_kms("NotFoundException"),
    KeyNotFound: _of_kms("NotFoundException"),
    KeyStateInvalid: _of_kms("KMSInvalidStateException"),
    KeyUsageInvalid: _of_kms("InvalidKeyUsageException"),
    MethodUnavailable: lambda error: not_implemented(error.method),
    UploadKeyMissing: lambda _: invalid_request(
        "The multipart upload initiate requested encryption. Subsequent part requests must "
        "include the appropriate encryption parameters."
    ),
    UploadKeyWrong: lambda _: invalid_request(
        "The provided encryption parameters did not match the ones used originally."
    ),
}
"""By the primitives' errors."""
