"""How all services but S3 refuse a signature (IAM User Guide, "Troubleshoot Signature Version 4
requests"; "Common errors" of each API reference).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.refusals.contract import (
    MAX_EXPIRES,
    MAX_SKEW,
    TERMINATOR,
    Refusals,
    format_time,
)


@dataclass(frozen=True, slots=True)
class ServiceRefusals(Refusals):
    """The refusals of all services but S3. They differ in codes and statuses."""

    status: int
    """Of a wrong signature, an unknown key or a missing signature."""
    unknown: str
    """The code for an unknown key."""
    wrong: str
    """The code for a wrong signature."""
    incomplete: str
    """The code for a signature that lacks something."""
    missing: str
    """The code for no signature at all."""
    expired_session: str
    """The code for temporary credentials whose time is over."""

    def unauthenticated(self) -> AwsError:
        return AwsError(self.missing, "Request is missing Authentication Token", self.status)

    def two_signatures(self, authorization: str) -> AwsError:
        return self._incomplete(
            "Only one auth mechanism allowed: the X-Amz-Algorithm query parameter or the "
            f"Authorization header, not both. Authorization={authorization}"
        )

    def unsupported(self, authorization: str) -> AwsError:
        return self.unsupported_algorithm(authorization.partition(" ")[0])

    def missing_parts(self, missing: Sequence[str], *, presigned: bool) -> AwsError:
        where = (
            "AWS query-string parameters must include"
            if presigned
            else ("Authorization header requires")
        )
        what = "" if presigned else " parameter"
        return self._incomplete(" ".join(f"{where} '{name}'{what}." for name in missing))

    def unsupported_algorithm(self, algorithm: str) -> AwsError:
        return self._incomplete(f"Unsupported AWS 'algorithm': '{algorithm}'.")

    def malformed_credential(self, credential: str, *, presigned: bool) -> AwsError:
        return self._incomplete(
            "Credential must have exactly 5 slash-delimited elements, e.g. "
            f"keyid/date/region/service/term, got '{credential}'"
        )

    def wrong_terminator(self, terminator: str, *, presigned: bool) -> AwsError:
        return self._wrong(
            f"Credential should be scoped with a valid terminator: '{TERMINATOR}', "
            f"not '{terminator}'."
        )

    def wrong_scope_date(self, date: str, timestamp: str, *, presigned: bool) -> AwsError:
        return self._wrong(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
            f"HTTP: '{date}' != '{timestamp[:8]}', from '{timestamp}'."
        )

    def another_service(self, signing_name: str) -> AwsError:
        return self._wrong(f"Credential should be scoped to correct service: '{signing_name}'. ")

    def invalid_date(self, *, presigned: bool) -> AwsError:
        if presigned:
            return self._incomplete("Date must be in ISO-8601 'basic format': X-Amz-Date.")
        return self._incomplete(
            "Authorization header requires existence of either a valid 'X-Amz-Date' or a "
            "'Date' header."
        )

    def invalid_expires(self, value: str) -> AwsError:
        return self._incomplete(
            f"X-Amz-Expires must be a number of seconds from 1 to {MAX_EXPIRES}, got '{value}'"
        )

    def unsigned_headers(self, names: Sequence[str]) -> AwsError:
        listed = " ".join(
            f"'{name}' must be a 'SignedHeader' in the AWS Authorization." for name in names
        )
        return self._wrong(listed)

    def unknown_key(self, access_key_id: str) -> AwsError:
        return AwsError(
            self.unknown, "The security token included in the request is invalid.", self.status
        )

    def invalid_token(self, access_key_id: str, token: str | None) -> AwsError:
        return self.unknown_key(access_key_id)

    def expired_token(self, token: str) -> AwsError:
        message = "The security token included in the request is expired"
        return AwsError(self.expired_session, message, self.status)

    def mismatch(
        self, access_key_id: str, signature: str, string_to_sign: bytes, canonical: bytes | None
    ) -> AwsError:
        message = (
            "The request signature we calculated does not match the signature you provided. Check "
            "your AWS Secret Access Key and signing method. Consult the service documentation for "
            "details."
        )
        if canonical is not None:
            message += (
                "\n\nThe Canonical String for this request should have been"
                f"\n'{canonical.decode('latin-1')}'"
            )
        text = string_to_sign.decode("latin-1")
        return self._wrong(f"{message}\n\nThe String-to-Sign should have been\n'{text}'\n")

    def skewed(self, requested: float, sent: str, now: float) -> AwsError:
        return self._out_of_time(requested, now, MAX_SKEW)

    def expired(self, signed: float, expires: int, now: float) -> AwsError:
        return self._out_of_time(signed, now, MAX_SKEW if signed > now else expires)

    def _out_of_time(self, signed: float, now: float, window: int) -> AwsError:
        length = f"{window // 60} min." if window % 60 == 0 else f"{window} sec."
        at, present = format_time(signed), format_time(now)
        if signed > now:
            limit = format_time(now + window)
            return self._wrong(
                f"Signature not yet current: {at} is still later than {limit} "
                f"({present} + {length})"
            )
        limit = format_time(now - window)
        return self._wrong(
            f"Signature expired: {at} is now earlier than {limit} ({present} - {length})"
        )

    def _wrong(self, message: str) -> AwsError:
        return AwsError(self.wrong, message, self.status)

    def _incomplete(self, message: str) -> AwsError:
        return AwsError(self.incomplete, message, 400)
