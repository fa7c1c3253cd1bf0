"""Forms with a file, as browsers post them: the fields whole, then the file as a stream.

RFC 7578, "Returning Values from Forms: multipart/form-data"; the limits and the errors are
those of the Amazon S3 API Reference, "POST Object".
"""

from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.http import Body, Request

FIELDS_LIMIT = 20 * 1024
"""Most bytes of a form before its file, boundaries included."""

_STEP = 1024
"""Bytes that are parsed at a time before the file: what the limit is exact to."""

_FORM = b"multipart/form-data"
_FILE = "file"


@dataclass(frozen=True, slots=True)
class Form:
    """A form, read up to its file."""

    fields: Mapping[str, str]
    """By lower-case name."""
    filename: str
    """The file's name, as the browser tells it, without folders."""
    file: Body
    """The file's bytes, which are still to come; how many is not known. What follows the
    file is ignored, as S3 does."""


async def read_form(request: Request) -> Form:
    """Read the fields of a form up to its file.

    Raises `AwsError`: PreconditionFailed for what is no form, MalformedPOSTRequest,
    MaxPostPreDataLengthExceeded, and InvalidArgument where a field comes twice or no file.
    """
    kind, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary")
    if kind != _FORM:
        raise _not_a_form()
    if not boundary:
        raise _malformed()
    parts = _Parts(boundary)
    chunks = aiter(request.body)
    size = 0
    async for chunk in chunks:
        for start in range(0, len(chunk), _STEP):
            if parts.has_file:
                parts.feed(chunk[start:])
                break
            step = chunk[start : start + _STEP]
            size += len(step)
            parts.feed(step)
            if size > FIELDS_LIMIT and not parts.has_file:
                raise _fields_too_large()
        if parts.has_file:
            return Form(parts.texts(), parts.filename(), _File(parts, chunks))
    raise _no_file() if parts.is_over else _malformed()


def missing_field(name: str) -> AwsError:
    """Return the error of a form without a field that it must have."""
    return AwsError(
        "InvalidArgument",
        f"Bucket POST must contain a field named '{name}'.  If it is specified, please check "
        "the order of the fields.",
        fields={"ArgumentName": name, "ArgumentValue": ""},
    )


class _Parts:
    """Takes a form apart as its bytes come in."""

    def __init__(self, boundary: bytes) -> None:
        self.has_file = False
        """Whether the file has begun."""
        self.is_over = False
        """Whether the file, or the form, has ended: whatever follows is ignored."""
        self.data: deque[bytes] = deque()
        """What came of the file and was not taken yet."""
        self._fields: dict[str, bytearray] = {}
        self._filename = b""
        self._header, self._value = bytearray(), bytearray()
        self._disposition = ""
        self._field = bytearray()
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._on_part_begin,
                    "on_header_field": self._on_header_field,
                    "on_header_value": self._on_header_value,
                    "on_header_end": self._on_header_end,
                    "on_headers_finished": self._on_headers_finished,
                    "on_part_data": self._on_part_data,
                    "on_part_end": self._on_part_end,
                    "on_end": self._on_end,
                },
            )
        except FormParserError as error:
            raise _malformed() from error

    def feed(self, data: bytes) -> None:
        """Take in the next bytes of the form. Raises MalformedPOSTRequest, InvalidArgument."""
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise _malformed() from error

    def texts(self) -> dict[str, str]:
        """Return the fields as text. Raises MalformedPOSTRequest for what is not UTF-8."""
        try:
            return {name: bytes(value).decode() for name, value in self._fields.items()}
        except UnicodeDecodeError as error:
            raise _not_text() from error

    def filename(self) -> str:
        """Return the file's name without the folders that old browsers told."""
        try:
            name = self._filename.decode()
        except UnicodeDecodeError as error:
            raise _not_text() from error
        return name.replace("\\", "/").rpartition("/")[2]

    def _on_part_begin(self) -> None:
        self._disposition = ""
        self._header, self._value = bytearray(), bytearray()

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value.decode("latin-1")
        self._header, self._value = bytearray(), bytearray()

    def _on_headers_finished(self) -> None:
        if self.is_over:
            return
        _, options = parse_options_header(self._disposition)
        try:
            name = options[b"name"].decode().lower()
        except (KeyError, UnicodeDecodeError) as error:
            raise _malformed() from error
        if name == _FILE:
            self.has_file = True
            self._filename = options.get(b"filename", b"")
        elif name in self._fields:
            # Which of two is meant cannot be known, and who checks must not see another
            # one than who uses it.
            raise _twice(name)
        else:
            self._field = self._fields[name] = bytearray()

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self.is_over:
            return
        if self.has_file:
            self.data.append(data[start:end])
        else:
            self._field += data[start:end]

    def _on_part_end(self) -> None:
        self.is_over = self.has_file

    def _on_end(self) -> None:
        self.is_over = True


class _File(Body):
    """The file of a form, as it comes in."""

    def __init__(self, parts: _Parts, chunks: AsyncIterator[bytes]) -> None:
        self._parts = parts
        self._chunks = chunks

    @property
    def size(self) -> None:
        return None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        parts = self._parts
        while True:
            while parts.data:
                yield parts.data.popleft()
            if parts.is_over:
                break
            chunk = await anext(self._chunks, None)
            if chunk is None:
                raise _malformed()
            parts.feed(chunk)
        # A browser reads no answer before it has sent all of the form.
        async for _ in self._chunks:
            pass


def _not_a_form() -> AwsError:
    return AwsError(
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
        412,
        fields={"Condition": "Bucket POST must be of the enclosure-type multipart/form-data"},
    )


def _malformed() -> AwsError:
    return AwsError(
        "MalformedPOSTRequest",
        "The body of your POST request is not well-formed multipart/form-data.",
    )


def _not_text() -> AwsError:
    return AwsError(
        "MalformedPOSTRequest",
        "A field or the file's name is not UTF-8, in which pages send forms that are in UTF-8 "
        'themselves: give the page <meta charset="utf-8">.',
    )


def _fields_too_large() -> AwsError:
    return AwsError(
        "MaxPostPreDataLengthExceeded",
        "Your POST request fields preceding the upload file were too large.",
        fields={"MaxPostPreDataLengthBytes": FIELDS_LIMIT},
    )


def _no_file() -> AwsError:
    return AwsError(
        "InvalidArgument",
        "POST requires exactly one file upload per request.",
        fields={"ArgumentName": "file", "ArgumentValue": "0"},
    )


def _twice(name: str) -> AwsError:
    return AwsError(
        "InvalidArgument",
        "A field of a form can come once only.",
        fields={"ArgumentName": name, "ArgumentValue": ""},
    )
