"""The heads of HTTP messages: a request made of what the parser found, a response written out."""

import itertools
import os
import time
from collections.abc import Sequence
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from urllib.parse import unquote

import httptools

from lenticular.apis.http import Response

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

_PROCESS = os.urandom(5).hex().upper()
_requests = itertools.count(int.from_bytes(os.urandom(2), "big"))


class HeadInvalid(ValueError):
    """A request's head is none that can be served."""


def new_request_id() -> str:
    """Return an id that no other request has: random for the process, then counted."""
    return f"{_PROCESS}{next(_requests):010X}"


def split_target(target: bytes) -> tuple[str, str, str]:
    """Return the path of a request's target as sent, the path decoded, and the query as sent.

    Raises `HeadInvalid` for a target that is no URL (RFC 9112, section 3.2).
    """
    if not target.isascii():
        raise HeadInvalid("the target has characters that must be percent-encoded")
    if target[:1] == b"/" and b"#" not in target:
        raw_path, _, query = target.decode("ascii").partition("?")
    else:
        try:
            url = httptools.parse_url(target)
        except httptools.HttpParserInvalidURLError:
            raise HeadInvalid("the target is no URL") from None
        raw_path, query = (url.path or b"/").decode("ascii"), (url.query or b"").decode("ascii")
    return raw_path, unquote(raw_path) if "%" in raw_path else raw_path, query


def response_head(status: int, headers: Sequence[tuple[str, str]]) -> str:
    """Return a response's status line and fields, each line ended, without the empty line.

    Raises ValueError where a field holds what would end it (RFC 9110, section 5.5).
    """
    fields = "".join([f"{name}: {value}\r\n" for name, value in headers])
    if fields.count("\n") != len(headers) or fields.count("\r") != len(headers) or "\0" in fields:
        raise ValueError("a field of the response's head has a line break or a zero in it")
    return f"{_status_line(status)}date: {_date(int(time.time()))}\r\n{fields}"


def plain_response(status: int, text: str) -> Response:
    """Return a response of one line, where no interface can be asked for its own form."""
    headers = [
        ("content-type", "text/plain; charset=utf-8"),
        ("content-length", str(len(text))),
    ]
    return Response(status, headers, text.encode())


def length_of(response: Response) -> int | None:
    """Return the Content-Length of a response; None: it has none."""
    for name, value in response.headers:
        if name.lower() == "content-length":
            return int(value)
    return None


@lru_cache(maxsize=64)
def _status_line(status: int) -> str:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    return f"HTTP/1.1 {status} {phrase}\r\n"


@lru_cache(maxsize=2)
def _date(now: int) -> str:
    return formatdate(now, usegmt=True)


class FieldNames(dict[bytes, str]):
    """The names of header fields in lower case, by the bytes that came; the usual ones are kept."""

    _MOST = 512
    """Names that are kept: clients choose them."""

    def __missing__(self, name: bytes) -> str:
        text = name.decode("latin-1").lower()
        if len(self) < self._MOST and len(name) <= 64:
            self[name] = text
        return text


FIELD_NAMES = FieldNames()
