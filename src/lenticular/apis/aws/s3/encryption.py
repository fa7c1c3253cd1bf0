"""Server-side encryption in requests and answers: who keeps the keys, and which they are.

Amazon S3 User Guide, "Protecting data with server-side encryption", and the API Reference pages
of the operations; the words of the errors are S3's own.
"""

import hashlib
import hmac
from base64 import b64decode
from collections.abc import Mapping, Sequence
from ipaddress import ip_address

import msgspec

from lenticular.apis.aws.s3.errors import invalid_argument, invalid_request, not_implemented
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params
from lenticular.apis.http import Request
from lenticular.primitives.objects import AS_BUCKET, Buckets, Wanted
from lenticular.primitives.objects.customerkeys import KEY_SIZE
from lenticular.primitives.objects.records import AES256, CUSTOMER, KMS, Encryption

METHOD = "x-amz-server-side-encryption"
KMS_KEY = f"{METHOD}-aws-kms-key-id"
CONTEXT = f"{METHOD}-context"
BUCKET_KEY = f"{METHOD}-bucket-key-enabled"
_CUSTOMER = f"{METHOD}-customer"
_SOURCE_CUSTOMER = "x-amz-copy-source-server-side-encryption-customer"
_DSSE = "aws:kms:dsse"

_KEY_NAMES = {
    prefix: tuple(f"{prefix}-{part}" for part in ("algorithm", "key", "key-md5"))
    for prefix in (_CUSTOMER, _SOURCE_CUSTOMER)
}
_METHOD_NAMES = frozenset({METHOD, KMS_KEY, CONTEXT, BUCKET_KEY})
_NAMES = _METHOD_NAMES.union(_KEY_NAMES[_CUSTOMER])
"""Of headers that say how an object is to be encrypted. Most requests have none of them."""

NO_METHOD = "The encryption method specified is not supported"
_WITH_CUSTOMER = "Requests specifying Server Side Encryption with Customer provided keys must "


class Encrypting:
    """Reads out of requests how objects are, and are to be, encrypted."""

    def __init__(self, buckets: Buckets, *, customer_keys_over_http: bool) -> None:
        """Without `customer_keys_over_http` customers' keys come by TLS or within the machine."""
        self._buckets = buckets
        self._over_http = customer_keys_over_http

    async def wanted(self, call: Call, params: Params) -> Wanted:
        """Return how the object that a request makes is to be encrypted.

        Raises InvalidArgument, InvalidRequest and InvalidEncryptionAlgorithmError; to whom the
        bucket refuses the object, that it does.
        """
        try:
            asked = wanted_by(call.request.headers)
            if asked.customer_key:
                self._check_transport(call.request)
        except AwsError:
            await self._buckets.get(call.principal, params["Bucket"], "s3:PutObject", params["Key"])
            raise
        return asked

    def customer_key(self, request: Request) -> bytes:
        """Return the customer's key of the object that a request is about; empty: none."""
        return self._key(request, _CUSTOMER)

    def source_key(self, request: Request) -> bytes:
        """Return the customer's key of the object that a request copies; empty: none."""
        return self._key(request, _SOURCE_CUSTOMER)

    def _key(self, request: Request, prefix: str) -> bytes:
        key = customer_key_of(request.headers, prefix)
        if key:
            self._check_transport(request)
        return key

    def _check_transport(self, request: Request) -> None:
        """Raise InvalidRequest where others may have read the key on its way."""
        if request.scheme == "https" or self._over_http or _is_loopback(request.client):
            return
        raise invalid_request(f"{_WITH_CUSTOMER}be made over a secure connection.")


def wanted_by(given: Mapping[str, str]) -> Wanted:
    """Return how an object is to be encrypted, by headers (or fields of a form) in lower case.

    Raises InvalidArgument and InvalidEncryptionAlgorithmError.
    """
    if _NAMES.isdisjoint(given):
        return AS_BUCKET
    method, customer_key = given.get(METHOD), customer_key_of(given)
    key, context, bucket_key = given.get(KMS_KEY), given.get(CONTEXT), given.get(BUCKET_KEY)
    if method == _DSSE:
        raise not_implemented(METHOD)  # two layers were asked for, and there would be one
    if method not in (None, AES256, KMS):
        raise invalid_argument(NO_METHOD, METHOD, method)
    for_kms = next((name for name in (KMS_KEY, CONTEXT) if given.get(name) is not None), None)
    if for_kms is not None and method != KMS:
        raise invalid_argument(
            "Server Side Encryption with AWS KMS managed key requires HTTP header "
            "x-amz-server-side-encryption : aws:kms",
            for_kms,
            given[for_kms],
        )
    if customer_key and method is not None:
        raise invalid_argument(
            "Server Side Encryption with Customer provided key is incompatible with the "
            "encryption method specified",
            METHOD,
            method,
        )
    if customer_key:
        return Wanted(CUSTOMER, customer_key=customer_key)
    return Wanted(
        method or "",
        key or "",
        _context(context) if context is not None else {},
        bucket_key.strip().lower() == "true" if bucket_key is not None else None,
    )


def customer_key_of(given: Mapping[str, str], prefix: str = _CUSTOMER) -> bytes:
    """Return the key that a customer gives; empty: none.

    Raises InvalidArgument and InvalidEncryptionAlgorithmError for one that cannot be used.
    """
    names = _KEY_NAMES[prefix]
    if names[0] not in given and names[1] not in given and names[2] not in given:
        return b""
    algorithm, key, md5 = (given.get(name) for name in names)
    if not algorithm:
        raise invalid_argument(
            f"{_WITH_CUSTOMER}provide a valid encryption algorithm.", names[0], algorithm
        )
    if algorithm != AES256:
        raise AwsError(
            "InvalidEncryptionAlgorithmError",
            "The Encryption request you specified is not valid. Supported value: AES256.",
            fields={"ArgumentName": names[0], "ArgumentValue": algorithm},
        )
    if not key:
        raise invalid_argument(f"{_WITH_CUSTOMER}provide an appropriate secret key.", names[1], "")
    if not md5:
        raise invalid_argument(
            f"{_WITH_CUSTOMER}provide the client calculated MD5 of the secret key.", names[2], ""
        )
    return _checked(key, md5, names)


def _checked(key: str, md5: str, names: Sequence[str]) -> bytes:
    """Return a customer's key. The errors do not repeat it: errors are logged."""
    try:
        raw = b64decode(key, validate=True)
    except ValueError:
        raw = b""
    if len(raw) != KEY_SIZE:
        raise invalid_argument(
            "The secret key was invalid for the specified algorithm.", names[1], "null"
        )
    try:
        claimed = b64decode(md5, validate=True)
    except ValueError:
        claimed = b""
    if not hmac.compare_digest(hashlib.md5(raw, usedforsecurity=False).digest(), claimed):
        raise invalid_argument(
            "The calculated MD5 hash of the key did not match the hash that was provided.",
            names[2],
            md5,
        )
    return raw


def _context(encoded: str) -> dict[str, str]:
    """Return the encryption context of a header: base64 of JSON. Raises InvalidArgument."""
    try:
        return msgspec.json.decode(b64decode(encoded, validate=True), type=dict[str, str])
    except (ValueError, msgspec.DecodeError):
        raise invalid_argument(
            "The header x-amz-server-side-encryption-context shall be Base64-encoded UTF-8 "
            "string holding JSON which represents a string-string map",
            CONTEXT,
            encoded,
        ) from None


def refuse_method(headers: Mapping[str, str]) -> None:
    """Raise InvalidArgument where a reader names how an object is encrypted: it is known."""
    if _METHOD_NAMES.isdisjoint(headers):
        return
    for name in (METHOD, KMS_KEY, CONTEXT, BUCKET_KEY):
        if name in headers:
            raise invalid_argument(
                f"{name} header is not supported for this operation.", name, headers[name]
            )


def encryption_headers(encryption: Encryption | None) -> list[tuple[str, str]]:
    """Return the headers that tell how an object is encrypted; none: it is not."""
    if encryption is None:
        return []
    if encryption.method == CUSTOMER:
        return [
            (f"{_CUSTOMER}-algorithm", AES256),
            (f"{_CUSTOMER}-key-md5", encryption.key_md5),
        ]
    headers = [(METHOD, encryption.method)]
    if encryption.method == KMS:
        headers.append((KMS_KEY, encryption.key_arn))
    if encryption.bucket_key:
        headers.append((BUCKET_KEY, "true"))
    return headers


def tell(call: Call, encryption: Encryption | None) -> None:
    """Let the answer to a call tell how an object is encrypted."""
    if encryption is not None:
        request = call.request
        request.answer_headers = (*request.answer_headers, *encryption_headers(encryption))


def _is_loopback(client: str) -> bool:
    try:
        return ip_address(client).is_loopback
    except ValueError:
        return False
