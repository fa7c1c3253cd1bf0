"""What can be wrong with a request's credential or signature, and the rules that say so."""

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence

from lenticular.apis.aws.wire.errors import AwsError

ALGORITHM = "AWS4-HMAC-SHA256"
TERMINATOR = "aws4_request"
MAX_SKEW = 15 * 60
"""Seconds that a request's clock may be away from ours."""
MAX_EXPIRES = 7 * 24 * 3600
"""Seconds that a presigned request is valid at most."""


def format_time(timestamp: float) -> str:
    """Return a time in the basic form of ISO 8601 that signatures use."""
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(timestamp))


class Refusals(ABC):
    """The errors of one family of services. Each method makes one, and raises nothing."""

    @abstractmethod
    def unauthenticated(self) -> AwsError:
        """Make the error for an unsigned request to what needs a signature."""

    @abstractmethod
    def two_signatures(self, authorization: str) -> AwsError:
        """Make the error for an Authorization header beside a signature in the query."""

    @abstractmethod
    def unsupported(self, authorization: str) -> AwsError:
        """Make the error for an Authorization header of no scheme that is accepted."""

    @abstractmethod
    def missing_parts(self, missing: Sequence[str], *, presigned: bool) -> AwsError:
        """Make the error for components that a signature must have and has not."""

    @abstractmethod
    def unsupported_algorithm(self, algorithm: str) -> AwsError:
        """Make the error for an X-Amz-Algorithm that is not `ALGORITHM`."""

    @abstractmethod
    def malformed_credential(self, credential: str, *, presigned: bool) -> AwsError:
        """Make the error for a credential that is not of five parts."""

    @abstractmethod
    def wrong_terminator(self, terminator: str, *, presigned: bool) -> AwsError:
        """Make the error for a credential scope that does not end in `TERMINATOR`."""

    @abstractmethod
    def wrong_scope_date(self, date: str, timestamp: str, *, presigned: bool) -> AwsError:
        """Make the error for a credential scope of another day than the request."""

    @abstractmethod
    def another_service(self, signing_name: str) -> AwsError:
        """Refuse a signature for another service than `signing_name`, which was asked."""

    @abstractmethod
    def invalid_date(self, *, presigned: bool) -> AwsError:
        """Make the error for a request without a date, or with none that can be read."""

    @abstractmethod
    def invalid_expires(self, value: str) -> AwsError:
        """Make the error for an X-Amz-Expires out of its range."""

    @abstractmethod
    def unsigned_headers(self, names: Sequence[str]) -> AwsError:
        """Make the error for headers that must be signed and are not."""

    @abstractmethod
    def unknown_key(self, access_key_id: str) -> AwsError:
        """Make the error for an access key that nobody has."""

    @abstractmethod
    def invalid_token(self, access_key_id: str, token: str | None) -> AwsError:
        """Make the error for a session token that is not the key's, or None came."""

    @abstractmethod
    def expired_token(self, token: str) -> AwsError:
        """Make the error for the session token of a session that is over."""

    @abstractmethod
    def mismatch(
        self, access_key_id: str, signature: str, string_to_sign: bytes, canonical: bytes | None
    ) -> AwsError:
        """Make the error for a signature that is not the one computed here."""

    @abstractmethod
    def skewed(self, requested: float, sent: str, now: float) -> AwsError:
        """Make the error for a request whose time, as `sent`, is too far from `now`."""

    @abstractmethod
    def expired(self, signed: float, expires: int, now: float) -> AwsError:
        """Make the error for a presigned request that is not valid any more (or not yet)."""
