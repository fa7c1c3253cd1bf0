"""What stores say when something cannot be done, as faults."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    NotSupportedError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)

from lenticular.engines.connectors.faults import Fault

_KINDS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (FileNotFoundError, "FILE_NOT_FOUND"),
    (PermissionDeniedError, "PERMISSION_DENIED"),
    (UnauthenticatedError, "AUTH"),
    (PreconditionError, "FILE_SIZE_CHANGED"),
    (AlreadyExistsError, "EXISTS"),
    (NotSupportedError, "NOT_SUPPORTED"),
    (ValueError, "INVALID_PATH"),
)

_WORDS: Final = (
    (r"QuotaExceeded", "QUOTA_EXCEEDED"),
    (r"StorageFull|InsufficientStorage|\b507\b|no space left", "NO_SPACE_LEFT"),
    (r"InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken", "AUTH"),
    (r"BadDigest|XAmzContentChecksumMismatch", "VERIFY_CHECKSUM"),
    (r"\b416\b|InvalidRange", "FILE_SIZE_CHANGED"),
    (r"AccessDenied|\b403\b", "PERMISSION_DENIED"),
    (r"NoSuchBucket|NoSuchKey|\b404\b", "FILE_NOT_FOUND"),
    (r"connection refused|dns error|tcp connect|Could not connect", "CONNECT_FAILED"),
    (r"timed? ?out", "TIMEOUT"),
    (r"connection (reset|closed)|broken pipe", "CONNECTION_RESET"),
)
"""What is in a message, whatever kind of error it is: the first that is found counts."""

_LONGEST = 500


@contextmanager
def told(path: str) -> Iterator[None]:
    """Raise a `Fault` for an error of obstore, or of botocore."""
    try:
        yield
    except (BaseError, OSError, ValueError, ClientError, BotoCoreError) as error:
        # Not chained: what obstore tells of a request may have a signature in it.
        raise Fault(_code(error), f"{path!r}: {message_of(error)}") from None


def message_of(error: Exception) -> str:
    """Return what an error says, without its inside and without any query string."""
    text = str(error).partition("\n\nDebug source:")[0]
    return re.sub(r"\?[^\s\"'>)]+", "", " ".join(text.split()))[:_LONGEST]


def _code(error: Exception) -> str:
    text = str(error)
    for words, code in _WORDS:
        if re.search(words, text, re.IGNORECASE):
            return code
    return next((code for kind, code in _KINDS if isinstance(error, kind)), "ENDPOINT_ERROR")
