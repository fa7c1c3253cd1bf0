"""Encryption of buckets: how objects are encrypted whose writers name nothing."""

from collections.abc import Mapping
from typing import Any

from lenticular.apis.aws.s3.encryption import NO_METHOD
from lenticular.apis.aws.s3.encryption_errors import no_encryption_configuration
from lenticular.apis.aws.s3.errors import invalid_argument, malformed_xml, not_implemented
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.apis.http import Response
from lenticular.primitives.objects import BUCKET_ENCRYPTION, BucketEncryption, ObjectStorage
from lenticular.primitives.objects.records import AES256, KMS

_GET = "s3:GetEncryptionConfiguration"
_PUT = "s3:PutEncryptionConfiguration"
_CUSTOMERS = "SSE-C"
_NO_TYPES = "NONE"


class EncryptionOperations:
    """Encryption of buckets."""

    def __init__(self, storage: ObjectStorage) -> None:
        self._settings = storage.settings
        self._default = storage.data_keys.default

    async def put_bucket_encryption(self, call: Call, params: Params) -> Result:
        """Set how objects are encrypted by default. API reference: PutBucketEncryption."""
        setting = _setting(params.get("ServerSideEncryptionConfiguration") or {})
        await self._settings.put(call.principal, params["Bucket"], BUCKET_ENCRYPTION, setting, _PUT)
        return {}

    async def get_bucket_encryption(self, call: Call, params: Params) -> Result:
        """Return how objects are encrypted by default. API reference: GetBucketEncryption."""
        bucket = params["Bucket"]
        setting = await self._settings.get(call.principal, bucket, BUCKET_ENCRYPTION, _GET)
        if setting is None and self._default:
            setting = BucketEncryption(self._default)
        if setting is None:
            raise no_encryption_configuration(bucket)
        default: dict[str, Any] = {"SSEAlgorithm": setting.method}
        if setting.key:
            default["KMSMasterKeyID"] = setting.key
        rule: dict[str, Any] = {
            "ApplyServerSideEncryptionByDefault": default,
            "BucketKeyEnabled": setting.bucket_key,
        }
        if setting.blocks_customer_keys:
            rule["BlockedEncryptionTypes"] = {"EncryptionType": [_CUSTOMERS]}
        return {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}

    async def delete_bucket_encryption(self, call: Call, params: Params) -> Response:
        """Let the cloud's default hold again. API reference: DeleteBucketEncryption."""
        await self._settings.delete(call.principal, params["Bucket"], BUCKET_ENCRYPTION, _PUT)
        return Response(204)


def _setting(configuration: Mapping[str, Any]) -> BucketEncryption:
    """Return the setting that a document describes. Raises MalformedXML and InvalidArgument."""
    rules = configuration.get("Rules") or []
    if len(rules) != 1:
        raise malformed_xml()
    rule = rules[0]
    default = rule.get("ApplyServerSideEncryptionByDefault") or {"SSEAlgorithm": AES256}
    method, key = default.get("SSEAlgorithm"), default.get("KMSMasterKeyID") or ""
    if method == "aws:kms:dsse":
        raise not_implemented("SSEAlgorithm")
    if method not in (AES256, KMS):
        raise malformed_xml() if not method else invalid_argument(NO_METHOD, "SSEAlgorithm", method)
    if key and method != KMS:
        raise invalid_argument(
            "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms",
            "ApplyServerSideEncryptionByDefault",
            key,
        )
    blocked = set((rule.get("BlockedEncryptionTypes") or {}).get("EncryptionType") or ())
    if not blocked <= {_CUSTOMERS, _NO_TYPES} or len(blocked) > 1:
        raise malformed_xml()
    return BucketEncryption(
        method,
        key,
        bucket_key=bool(rule.get("BucketKeyEnabled")),
        blocks_customer_keys=_CUSTOMERS in blocked,
    )
