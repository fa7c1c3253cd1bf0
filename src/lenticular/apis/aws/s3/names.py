"""The names that S3 takes: for buckets, objects and regions.

Amazon S3 User Guide, "General purpose bucket naming rules" and "Naming Amazon S3 objects".
"""

import re

MAX_KEY_SIZE = 1024
"""Longest key, in bytes of UTF-8."""

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ADDRESS = re.compile(r"\d{1,3}(\.\d{1,3}){3}")
_RESERVED_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")

_REGION = re.compile(r"[A-Za-z0-9-]{1,63}")
_AWS_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")


def is_bucket_name(name: str) -> bool:
    """Tell whether a bucket can have this name."""
    return (
        _BUCKET.fullmatch(name) is not None
        and ".." not in name
        and _ADDRESS.fullmatch(name) is None
        and not name.startswith(_RESERVED_PREFIXES)
        and not name.endswith(_RESERVED_SUFFIXES)
    )


def key_size(key: str) -> int:
    """Return the bytes that a key has, where that matters (`MAX_KEY_SIZE`), else less."""
    # No character has more than four bytes: a short key needs no encoding to be known as short.
    return len(key.encode()) if len(key) > MAX_KEY_SIZE // 4 else len(key)


def is_region(name: str) -> bool:
    """Tell whether a bucket can be asked to be in this region: any plain name is one."""
    return _REGION.fullmatch(name) is not None


def is_aws_region(name: str) -> bool:
    """Tell whether a region is named like those of AWS (``eu-west-1``)."""
    return _AWS_REGION.fullmatch(name) is not None
