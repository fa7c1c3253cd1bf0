"""What every answer must be, whatever was asked."""

import re
from xml.etree import ElementTree as ET

from .grammar import Case
from .wire import Answer

_CONTROL = re.compile(rb"&#x(?:[0-8bcef]|1[0-9a-f]|d[89a-f]..|fff[ef]);")
"""A reference to what XML has not: results have them where keys do, as in S3."""

_INSIDE = (b"/dev/fd/", b"Traceback (most", b"site-packages", b"sqlite")
"""What stands in no answer: it would be of the machine or the program."""


def problem(case: Case, answer: Answer, marker: str) -> str | None:
    """Return what is wrong with an answer; None when nothing is.

    `marker` stands in what nobody here may read.
    """
    if answer.status >= 500 and not _is_documented(answer):
        return f"status {answer.status}: {_beginning(answer)}"
    if any(each in answer.body for each in _INSIDE):
        return f"something of the inside, with status {answer.status}: {_beginning(answer)}"
    if marker.encode() in answer.body or marker in str(answer.headers):
        return f"a secret was told, with status {answer.status}"
    if case.bent and answer.status == 400 and _is_of_http(answer):
        return None
    if "x-amzn-requestid" in answer.headers and _is_to_another_service(case):
        return None
    if not answer.headers.get("x-amz-request-id"):
        return f"status {answer.status} without x-amz-request-id: {_beginning(answer)}"
    if case.method == "HEAD" or answer.status in {204, 304}:
        return None
    if answer.status >= 300:
        return _wrong_error(case, answer)
    if answer.body.startswith(b"<?xml") and "last-modified" not in answer.headers:
        try:
            ET.fromstring(_CONTROL.sub(b"", answer.body))
        except ET.ParseError as error:
            return f"a result that is no XML ({error}): {_beginning(answer)}"
    return None


def _wrong_error(case: Case, answer: Answer) -> str | None:
    kind = answer.headers.get("content-type", "")
    if answer.status < 400 and not answer.body:
        return None if "location" in answer.headers else "a redirection to nowhere"
    if kind.startswith("text/html") and case.form == "html":
        return None if answer.body.startswith(b"<") else "HTML that is none"
    if case.form == "html" and not kind.startswith("application/xml"):
        return None  # a website's own error page may be anything
    if not kind.startswith("application/xml"):
        return f"an error of type {kind!r}: {_beginning(answer)}"
    try:
        root = ET.fromstring(answer.body)
    except ET.ParseError as error:
        return f"an error that is no XML ({error}): {_beginning(answer)}"
    if root.tag == "Error":
        missing = [name for name in ("Code", "Message", "RequestId") if root.find(name) is None]
        if missing:
            return f"an error without {missing}: {_beginning(answer)}"
        if root.findtext("RequestId") != answer.headers["x-amz-request-id"]:
            return "an error of another request"
        return None
    return f"an error of another form: {_beginning(answer)}"


def _is_to_another_service(case: Case) -> bool:
    """Tell whether it was bent so far that it names another service, or none that is known."""
    return b"Action=" in case.data or b"/s3/aws4_request, " not in case.data


def _is_documented(answer: Answer) -> bool:
    """Tell whether a status above 500 is one that the documentation has."""
    return answer.status == 501 or (answer.status == 503 and b"<Code>SlowDown<" in answer.body)


def _is_of_http(answer: Answer) -> bool:
    """Tell whether it is the answer to what is no HTTP: in plain text, and the last one."""
    return answer.closes and answer.headers.get("content-type", "").startswith("text/plain")


def _beginning(answer: Answer) -> str:
    return repr(answer.body[:300])
