"""Ranges and conditions of requests for files (RFC 9110, sections 13 and 14)."""

import re
from collections.abc import Mapping
from email.utils import formatdate, parsedate_to_datetime
from itertools import pairwise
from typing import Literal

from lenticular.agent.serving.answers import Refusal
from lenticular.engines.connectors.contract import Entry
from lenticular.engines.connectors.peer.wire import tag_of

MOST = 32
"""Ranges of one request; more of them, or overlapping ones, are answered with the whole file
(section 14.2: they may be, and nobody means well by them)."""

_RANGES = re.compile(r"bytes=\s*(\d{0,18}-\d{0,18}(?:\s*,\s*\d{0,18}-\d{0,18})*)\s*", re.ASCII)
_TAG = re.compile(r'(?:W/)?"[^"]*"')

Range = tuple[int, int]
"""First byte, and the one behind the last."""


def read_ranges(header: str, size: int) -> list[Range] | None:
    """Return the ranges of a file of `size` bytes that are asked for; None: the whole file.

    Raises `Refusal` (416) when none of the bytes exist.
    """
    match = _RANGES.fullmatch(header)
    if match is None:
        return None
    found: list[Range] = []
    for part in match[1].split(","):
        first, _, last = part.strip().partition("-")
        if not first and not last:
            return None
        if first and last and int(last) < int(first):
            return None
        start = int(first) if first else max(size - int(last), 0)
        end = min(int(last) + 1, size) if first and last else size
        if start < end:
            found.append((start, end))
    if not found:
        raise Refusal(
            416,
            "RangeNotSatisfiable",
            f"The file has {size} bytes: {header[:100]} is outside of it",
            (("Content-Range", f"bytes */{size}"),),
        )
    ordered = sorted(found)
    overlaps = any(after[0] < one[1] for one, after in pairwise(ordered))
    return None if len(found) > MOST or overlaps else found


def ranges_of(headers: Mapping[str, str], entry: Entry) -> list[Range] | None:
    """Return what is asked for of a file, if it is still the one that is meant. Raises as above."""
    header = headers.get("range")
    if header is None:
        return None
    meant = headers.get("if-range", "").strip()
    if meant and meant not in (tag_of(entry), http_date(entry.modified)):
        return None
    return read_ranges(header, entry.size)


def check_conditions(
    headers: Mapping[str, str], entry: Entry | None, *, reading: bool
) -> Literal["go on", "not modified"]:
    """Check the conditions of a request against what is there (None: nothing).

    Raises `Refusal` (412). Times have whole seconds (section 13.1.3).
    """
    if not any(name.startswith("if-") for name in headers):
        return "go on"
    tag = tag_of(entry) if entry is not None else ""
    match, none_match = headers.get("if-match"), headers.get("if-none-match")
    if match is not None:
        if not _names(match, tag, weakly=False):
            raise _failed("If-Match")
    elif entry is not None and _is_after(entry, headers.get("if-unmodified-since")) is True:
        raise _failed("If-Unmodified-Since")
    if none_match is not None:
        if _names(none_match, tag, weakly=True):
            if reading:
                return "not modified"
            raise _failed("If-None-Match")
    elif reading and entry and _is_after(entry, headers.get("if-modified-since")) is False:
        return "not modified"
    return "go on"


def http_date(seconds: float) -> str:
    """Return a time as HTTP says it; empty for one that is not known, or that it cannot say."""
    try:
        return formatdate(int(seconds), usegmt=True) if seconds > 0 else ""
    except (ValueError, OverflowError):
        return ""


def _names(header: str, tag: str, *, weakly: bool) -> bool:
    if header.strip() == "*":
        return bool(tag)
    named = _TAG.findall(header)
    return bool(tag) and (tag in named or (weakly and f"W/{tag}" in named))


def _is_after(entry: Entry, header: str | None) -> bool | None:
    """Tell whether a file was changed after a time; None where no time is said or known."""
    if header is None or entry.modified <= 0:
        return None
    try:
        return int(entry.modified) > parsedate_to_datetime(header).timestamp()
    except (ValueError, OverflowError):
        return None


def _failed(name: str) -> Refusal:
    return Refusal(412, "PreconditionFailed", f"The file is not as {name} says that it is")
