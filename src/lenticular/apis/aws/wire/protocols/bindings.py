"""What REST APIs keep outside the document: labels, query, headers, status, payload.

Bindings are those of Smithy 2.0, "HTTP binding traits"; botocore names them by the
trait ``location`` (``uri``, ``querystring``, ``header``, ``headers``, ``statusCode``).
"""

import re
from collections.abc import Callable
from typing import Any

import orjson

from lenticular.apis.aws.wire.models import Operation, Shape
from lenticular.apis.aws.wire.protocols import text
from lenticular.apis.aws.wire.protocols.contract import (
    Arguments,
    Headers,
    Malformed,
    MalformedParameter,
)
from lenticular.apis.aws.wire.rest_paths import split_uri
from lenticular.apis.aws.wire.service import Params, Result
from lenticular.apis.http import Request

ReadText = Callable[[str], Any]

_LIST_ITEM = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"\s*|([^,]*))(?:,|$)')
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")


class HeadReader:
    """Reads the parameters of one operation that stand outside the document."""

    def __init__(self, operation: Operation) -> None:
        self._fixed = split_uri(operation.uri)[1].keys()
        self._labels: dict[str, tuple[str, ReadText]] = {}
        self._query: dict[str, tuple[str, ReadText, bool]] = {}
        self._query_map: tuple[str, bool] | None = None
        self._headers: dict[str, tuple[str, ReadText]] = {}
        self._prefixes: list[tuple[str, str]] = []
        members = operation.input.members if operation.input else {}
        for name, member in members.items():
            self._bind(name, member)

    def _bind(self, name: str, member: Shape) -> None:
        wire_name = member.wire_name(name)
        match member.traits.get("location"):
            case "uri":
                self._labels[wire_name] = (name, text.text_reader(member))
            case "querystring" if member.type == "map":
                self._query_map = (name, member.value.type == "list")
            case "querystring" if member.type == "list":
                self._query[wire_name] = (name, text.text_reader(member.member), True)
            case "querystring":
                self._query[wire_name] = (name, text.text_reader(member), False)
            case "header":
                self._headers[wire_name.lower()] = (name, _header_reader(member))
            case "headers":
                self._prefixes.append((wire_name.lower(), name))

    def __call__(self, request: Request, arguments: Arguments) -> Params:
        """Read them. Raises `MalformedParameter`."""
        params: Params = {}
        for label, (name, read) in self._labels.items():
            params[name] = _read(read, label, arguments[label])
        if request.raw_query and (self._query or self._query_map):
            self._read_query(request, params)
        headers, prefixes = self._headers, self._prefixes
        for header, value in request.headers.items():
            found = headers.get(header)
            if found is not None:
                name, read = found
                item = _read(read, header, value)
                if item is not None:
                    params[name] = item
                continue
            for prefix, name in prefixes:
                if header.startswith(prefix):
                    params.setdefault(name, {})[header[len(prefix) :]] = value
        return params

    def _read_query(self, request: Request, params: Params) -> None:
        for key, value in request.query:
            if found := self._query.get(key):
                name, read, is_list = found
                item = _read(read, key, value)
                if is_list:
                    params.setdefault(name, []).append(item)
                else:
                    params.setdefault(name, item)
            elif self._query_map and key not in self._fixed:
                name, has_lists = self._query_map
                rest = params.setdefault(name, {})
                if has_lists:
                    rest.setdefault(key, []).append(value)
                else:
                    rest.setdefault(key, value)


def _read(read: ReadText, name: str, value: str) -> Any:
    try:
        return read(value)
    except Malformed as error:
        raise MalformedParameter(name, value, error) from None


def _header_reader(member: Shape) -> ReadText:
    if member.type == "list":
        read = text.text_reader(member.member)
        return lambda value: [read(item) for item in _split(value)]
    if member.traits.get("jsonvalue"):
        return _read_json
    if member.type == "timestamp" and member.wire_name("").lower().startswith("if-"):
        return _read_condition
    return text.text_reader(member)


def _split(value: str) -> list[str]:
    """Split a list in a header; an item that has a comma stands in quotation marks."""
    if '"' not in value:
        return [item.strip() for item in value.split(",")]
    return [
        found[1].replace('\\"', '"') if found[1] is not None else found[2].strip()
        for found in _LIST_ITEM.finditer(value)
        if found[0]
    ]


def _read_condition(value: str) -> Any:
    """Read the date of a condition, which counts as absent when it is not one (RFC 9110, 13.1)."""
    try:
        return text.read_timestamp(value)
    except Malformed:
        return None


def _read_json(value: str) -> Any:
    try:
        return orjson.loads(text.read_base64(value))
    except orjson.JSONDecodeError as error:
        raise Malformed(f"not JSON: {error}") from None


class HeadWriter:
    """Writes those members of a result that stand outside the document."""

    def __init__(self, shape: Shape | None) -> None:
        self._headers: dict[str, tuple[str, Callable[[Any], str]]] = {}
        self._prefixes: dict[str, str] = {}
        self._status: str | None = None
        for name, member in (shape.members if shape else {}).items():
            match member.traits.get("location"):
                case "header":
                    self._headers[name] = (member.wire_name(name), _header_writer(member))
                case "headers":
                    self._prefixes[name] = member.wire_name("")
                case "statusCode":
                    self._status = name

    def __call__(self, result: Result, headers: Headers) -> tuple[Result, int | None]:
        """Append the headers of a result; return what is left of it, and its status if it has."""
        rest: Result = {}
        status: int | None = None
        for name, value in result.items():
            if value is None:
                continue
            found = self._headers.get(name)
            if found is not None:
                headers.append((found[0], _printable(found[1](value))))
            elif name in self._prefixes:
                prefix = self._prefixes[name]
                headers += [(f"{prefix}{key}", _printable(item)) for key, item in value.items()]
            elif name == self._status:
                status = value
            else:
                rest[name] = value
        return rest, status


def _header_writer(member: Shape) -> Callable[[Any], str]:
    if member.type == "list":
        write = text.text_writer(member.member, "rfc822")
        return lambda value: ",".join([_quoted(write(item)) for item in value])
    if member.traits.get("jsonvalue"):
        return lambda value: text.write_base64(orjson.dumps(value))
    return text.text_writer(member, "rfc822")


def _quoted(item: str) -> str:
    if '"' in item or "," in item:
        escaped = item.replace('"', '\\"')
        return f'"{escaped}"'
    return item


def _printable(value: str) -> str:
    """Return a header's value without what would end the header; beyond Latin-1 as UTF-8."""
    if value.isascii() and value.isprintable():
        return value
    value = _UNPRINTABLE.sub(" ", value)
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8", "replace").decode("latin-1")
    return value
