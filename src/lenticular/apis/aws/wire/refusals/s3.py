"""How S3 refuses a signature (S3 API reference, "Error responses")."""

import time
from collections.abc import Sequence

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.refusals.contract import (
    ALGORITHM,
    MAX_EXPIRES,
    MAX_SKEW,
    TERMINATOR,
    Refusals,
)


class S3Refusals(Refusals):
    """The refusals of S3."""

    def unauthenticated(self) -> AwsError:
        return _denied("Access Denied")

    def two_signatures(self, authorization: str) -> AwsError:
        return _invalid_authorization(
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature "
            "query string parameter or the Authorization header should be specified",
            authorization,
        )

    def unsupported(self, authorization: str) -> AwsError:
        if authorization.startswith("AWS4-"):
            return AwsError(
                "InvalidRequest",
                "The authorization mechanism you have provided is not supported. "
                f"Please use {ALGORITHM}.",
            )
        return _invalid_authorization("Unsupported Authorization Type", authorization)

    def missing_parts(self, missing: Sequence[str], *, presigned: bool) -> AwsError:
        if not presigned:
            return _malformed_header(
                "the authorization header requires three components: Credential, "
                f"SignedHeaders, and Signature; missing {', '.join(missing)}."
            )
        return _query_error(
            "Query-string authentication version 4 requires the X-Amz-Algorithm, "
            "X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and "
            "X-Amz-Expires parameters."
        )

    def unsupported_algorithm(self, algorithm: str) -> AwsError:
        return _query_error(
            'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"'
        )

    def malformed_credential(self, credential: str, *, presigned: bool) -> AwsError:
        return _bad_credential(
            "the Credential is mal-formed; expecting "
            f'"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/{TERMINATOR}".',
            presigned,
        )

    def wrong_terminator(self, terminator: str, *, presigned: bool) -> AwsError:
        return _bad_credential(
            f'incorrect terminal "{terminator}". This endpoint uses "{TERMINATOR}".', presigned
        )

    def wrong_scope_date(self, date: str, timestamp: str, *, presigned: bool) -> AwsError:
        reason = (
            f'Invalid credential date "{date}". '
            f'This date is not the same as X-Amz-Date: "{timestamp[:8]}".'
        )
        return _query_error(reason) if presigned else _malformed_header(reason)

    def another_service(self, signing_name: str) -> AwsError:
        return _malformed_header(f'incorrect service. This endpoint belongs to "{signing_name}".')

    def invalid_date(self, *, presigned: bool) -> AwsError:
        if presigned:
            return _query_error(
                "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""
            )
        return _denied("AWS authentication requires a valid Date or x-amz-date header")

    def invalid_expires(self, value: str) -> AwsError:
        if not _is_integer(value):
            return _query_error("X-Amz-Expires should be a number")
        # S3 answers 400 here; to whoever follows the link it is refused, as one that is over.
        if value.startswith("-"):
            return _query_error("X-Amz-Expires must be non-negative", 403)
        return _query_error(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given "
            f"X-Amz-Expires must be less than {MAX_EXPIRES} seconds",
            403,
        )

    def unsigned_headers(self, names: Sequence[str]) -> AwsError:
        return _denied(
            "There were headers present in the request which were not signed",
            HeadersNotSigned=", ".join(names),
        )

    def unknown_key(self, access_key_id: str) -> AwsError:
        return AwsError(
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
            403,
            fields={"AWSAccessKeyId": access_key_id},
        )

    def invalid_token(self, access_key_id: str, token: str | None) -> AwsError:
        if token is None:
            return self.unknown_key(access_key_id)
        return AwsError(
            "InvalidToken",
            "The provided token is malformed or otherwise invalid.",
            400,
            fields={"Token-0": token},
        )

    def expired_token(self, token: str) -> AwsError:
        return AwsError(
            "ExpiredToken", "The provided token has expired.", 400, fields={"Token-0": token}
        )

    def mismatch(
        self, access_key_id: str, signature: str, string_to_sign: bytes, canonical: bytes | None
    ) -> AwsError:
        fields = {
            "AWSAccessKeyId": access_key_id,
            "StringToSign": string_to_sign.decode("latin-1"),
            "SignatureProvided": signature,
            "StringToSignBytes": string_to_sign.hex(" "),
        }
        if canonical is not None:
            fields["CanonicalRequest"] = canonical.decode("latin-1")
            fields["CanonicalRequestBytes"] = canonical.hex(" ")
        return AwsError(
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. "
            "Check your key and signing method.",
            403,
            fields=fields,
        )

    def skewed(self, requested: float, sent: str, now: float) -> AwsError:
        return AwsError(
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
            403,
            fields={
                "RequestTime": sent,
                "ServerTime": _long_time(now),
                "MaxAllowedSkewMilliseconds": MAX_SKEW * 1000,
            },
        )

    def expired(self, signed: float, expires: int, now: float) -> AwsError:
        message = "Request is not yet valid" if signed > now else "Request has expired"
        return _denied(
            message,
            **{
                "X-Amz-Expires": expires,
                "Expires": _long_time(signed + expires),
                "ServerTime": _long_time(now),
            },
        )

    def expired_link(self, expires: float, now: float) -> AwsError:
        """Make the error for a Signature Version 2 in a query whose time is over."""
        return _denied(
            "Request has expired", Expires=_long_time(expires), ServerTime=_long_time(now)
        )

    def incomplete_link(self) -> AwsError:
        """Make the error for a Signature Version 2 in a query that lacks a part."""
        return _denied(
            "Query-string authentication requires the Signature, Expires and "
            "AWSAccessKeyId parameters"
        )

    def invalid_link_date(self, expires: str) -> AwsError:
        """Make the error for a Signature Version 2 whose Expires is no time."""
        return _denied(f"Invalid date (should be seconds since epoch): {expires}")


def _denied(message: str, **fields: object) -> AwsError:
    return AwsError("AccessDenied", message, 403, fields=fields)


def _invalid_authorization(message: str, authorization: str) -> AwsError:
    return AwsError(
        "InvalidArgument",
        message,
        fields={"ArgumentName": "Authorization", "ArgumentValue": authorization},
    )


def _malformed_header(reason: str) -> AwsError:
    return AwsError(
        "AuthorizationHeaderMalformed", f"The authorization header is malformed; {reason}"
    )


def _query_error(message: str, status: int = 400) -> AwsError:
    return AwsError("AuthorizationQueryParametersError", message, status)


def _bad_credential(reason: str, presigned: bool) -> AwsError:
    if presigned:
        return _query_error(f"Error parsing the X-Amz-Credential parameter; {reason}")
    return _malformed_header(reason)


def _is_integer(text: str) -> bool:
    return text.removeprefix("-").isdecimal() and text.isascii()


def _long_time(timestamp: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(timestamp))
