"""Byte ranges: the Range header of a reader (RFC 9110, section 14) and that of a part's copy."""

import re

from lenticular.apis.aws.s3.errors import invalid_argument, invalid_range

_RANGE = re.compile(r"bytes=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.ASCII | re.IGNORECASE)
_COPY_RANGE = re.compile(r"bytes=(\d{1,18})-(\d{1,18})", re.ASCII)


def read_range(header: str, size: int) -> tuple[int, int] | None:
    """Return start and length of the range that a reader of `size` bytes asks for.

    None: the whole object, as for a header that cannot be understood and, as in S3, for
    several ranges at once. Raises InvalidRange when none of the bytes exist.
    """
    match = _RANGE.fullmatch(header)
    if match is None:
        return None
    first, last = match.groups()
    if not first:
        if not last:
            return None
        length = min(int(last), size)
        if length == 0:
            raise invalid_range(header, size)
        return size - length, length
    start = int(first)
    end = int(last) if last else size - 1
    if last and end < start:
        return None
    if start >= size:
        raise invalid_range(header, size)
    return start, min(end, size - 1) - start + 1


def copy_range(header: str) -> tuple[int, int]:
    """Return start and length of x-amz-copy-source-range, which names both its ends.

    Raises InvalidArgument for anything else.
    """
    match = _COPY_RANGE.fullmatch(header)
    if match is None or int(match[2]) < int(match[1]):
        raise invalid_argument(
            "The x-amz-copy-source-range value must be of the form bytes=first-last where "
            "first and last are the zero-based offsets of the first and last bytes to copy",
            "x-amz-copy-source-range",
            header,
        )
    return int(match[1]), int(match[2]) - int(match[1]) + 1
