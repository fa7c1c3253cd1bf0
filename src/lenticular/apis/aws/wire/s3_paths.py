"""Which operation of S3 a method, a bucket, a key and a query mean.

The operations of S3 differ by level (service, bucket, object), by sub-resource
(``?acl``) and by what they require in the query (``uploadId``) or the headers
(``x-amz-copy-source``). All of it is read from the model. OPTIONS is a browser's question
about any of them (CORS).
"""

import re
from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.models import Operation, ServiceModel
from lenticular.apis.aws.wire.rest_paths import Found, decode_path, has_query, split_uri
from lenticular.apis.aws.wire.unmodelled import OPTIONS_OBJECT
from lenticular.apis.http import Request

_SITE = re.compile(r"([a-z0-9][a-z0-9.-]*[a-z0-9])(?::\d+)?")
_SITE_LABELS = re.compile(r"(.+)\.s3-website(?:[.-][a-z0-9-]+)?")
_LONGEST_HOST = 253 + len(":65535")
"""Characters of the longest host and port (RFC 1035): of longer ones nothing is remembered."""

_LEVELS = {"/": 0, "/{Bucket}": 1, "/{Bucket}/{Key+}": 2}
_LEVEL_NAMES = ("SERVICE", "BUCKET", "OBJECT")


@dataclass(slots=True)
class _Candidate:
    """An operation, and what a request must have to mean it."""

    operation: Operation
    query: dict[str, str]
    """A value ``""`` demands the name only."""
    headers: frozenset[str]
    takes: frozenset[str]
    """Every name that may stand in the query."""

    @property
    def weight(self) -> tuple[int, bool]:
        return len(self.query) + len(self.headers), not self.operation.deprecated

    def matches(self, request: Request) -> bool:
        if self.headers and not self.headers <= _given(request):
            return False
        return not self.query or has_query(request, self.query)


def _given(request: Request) -> Set[str]:
    """Return the names of the headers of a request; a presigned one may have them in its query."""
    if "X-Amz-Signature" not in request.raw_query:
        return request.headers.keys()
    return request.headers.keys() | {name.lower() for name in request.parameters}


def _candidate(operation: Operation) -> _Candidate:
    _, query = split_uri(operation.uri)
    members = operation.input.members if operation.input else {}
    required = operation.input.required if operation.input else ()
    places = {name: (at.traits.get("location"), at.wire_name(name)) for name, at in members.items()}
    takes = {wire_name for place, wire_name in places.values() if place == "querystring"}
    has_subresource = "" in query.values()
    headers = [places[name][1].lower() for name in required if places[name][0] == "header"]
    for name in required:
        if places[name][0] == "querystring":
            query.setdefault(places[name][1], "")
    return _Candidate(
        operation,
        query,
        frozenset(() if has_subresource else headers),
        frozenset(takes | query.keys()),
    )


class Site(NamedTuple):
    """A host of a website."""

    bucket: str
    is_certain: bool
    """Whether the host's name says that it is a website; else it does where the bucket is one."""


class S3Routes:
    """The operations of S3 by method and level, and the buckets that hosts name.

    `hosts` are the names of this cloud besides ``localhost``: below them a bucket may
    stand as a label (``bucket.cloud.example``).
    """

    def __init__(self, model: ServiceModel, hosts: Collection[str] = ()) -> None:
        self._suffixes = tuple(f".{host.lower()}" for host in ("localhost", *hosts))
        self._hosts = frozenset({"localhost", *(host.lower() for host in hosts)})
        levels: dict[tuple[str, int], list[_Candidate]] = {}
        for operation in model.operations.values():
            level = _LEVELS.get(split_uri(operation.uri)[0])
            if level is not None:
                candidates = levels.setdefault((operation.method, level), [])
                candidates.append(_candidate(operation))
        self._options = model.operations[OPTIONS_OBJECT]
        self._subresources = _subresources(levels)
        self._candidates: dict[tuple[str, int, str], list[_Candidate]] = {}
        """By method, level and sub-resource (``""``: none), the most demanding first."""
        for (method, level), candidates in levels.items():
            candidates.sort(key=lambda candidate: candidate.weight, reverse=True)
            for candidate in candidates:
                for name in self._subresources & candidate.takes:
                    self._candidates.setdefault((method, level, name), []).append(candidate)
                if not self._subresources & candidate.query.keys():
                    self._candidates.setdefault((method, level, ""), []).append(candidate)
        self._known_bucket = lru_cache(maxsize=1024)(self._bucket_of)
        self._known_site = lru_cache(maxsize=1024)(self._site_of)

    def find(self, request: Request) -> Found:
        """Return the operation of a request. Raises AwsError when there is none."""
        bucket = self.bucket_of(request.host)
        path = request.raw_path.removeprefix("/")
        if bucket is None:
            bucket, _, path = path.partition("/")
            bucket = decode_path(bucket)
        if bucket and request.method == self._options.method:
            return self._options, {"Bucket": bucket}
        if path:
            labels = {"Bucket": bucket, "Key": decode_path(path)}
            return self._operation(request, 2), labels
        if bucket:
            return self._operation(request, 1), {"Bucket": bucket}
        return self._operation(request, 0), {}

    def bucket_of(self, host: str) -> str | None:
        """Return the bucket that a Host header names; None when the path has it."""
        return (self._known_bucket if len(host) <= _LONGEST_HOST else self._bucket_of)(host)

    def site_of(self, host: str) -> Site | None:
        """Return the bucket that a host shows as a website; None: it shows none.

        A host that is no name of this cloud may be that of a bucket.
        """
        return self._known_site(host) if len(host) <= _LONGEST_HOST else None

    def _operation(self, request: Request, level: int) -> Operation:
        present: list[str] = []
        if request.raw_query:
            present = [name for name in request.parameters if name in self._subresources]
        key = (request.method, level, present[0] if present else "")
        for candidate in self._candidates.get(key, ()):
            if candidate.matches(request) and (not present or candidate.takes.issuperset(present)):
                return candidate.operation
        if len(present) > 1:
            message = f"Conflicting query string parameters: {', '.join(present)}"
            raise AwsError("InvalidArgument", message, 400)
        raise self._not_allowed(request, level, key[2])

    def _not_allowed(self, request: Request, level: int, subresource: str) -> AwsError:
        allowed = sorted(
            method for method, at, name in self._candidates if at == level and name == subresource
        )
        return AwsError(
            "MethodNotAllowed",
            "The specified method is not allowed against this resource.",
            405,
            fields={
                "Method": request.method,
                "ResourceType": subresource.upper() or _LEVEL_NAMES[level],
            },
            headers={"Allow": ", ".join(allowed)},
        )

    def _site_of(self, host: str) -> Site | None:
        match = _SITE.fullmatch(host.lower())
        if match is None:
            return None
        name = match[1]
        for suffix in (*self._suffixes, ".amazonaws.com"):
            if name.endswith(suffix):
                found = _SITE_LABELS.fullmatch(name.removesuffix(suffix))
                return Site(found[1], is_certain=True) if found else None
        if name in self._hosts or "." not in name or name.replace(".", "").isdigit():
            return None
        return Site(name, is_certain=False)

    def _bucket_of(self, host: str) -> str | None:
        name = host.lower()
        if name.startswith("["):
            return None
        name = name.partition(":")[0].rstrip(".")
        if name in self._hosts or name.startswith("s3.") or name.replace(".", "").isdigit():
            return None
        bucket, found, _ = name.rpartition(".s3.")
        if found:
            return bucket
        if name.endswith(".amazonaws.com"):
            return name.rpartition(".s3-")[0] or None
        for suffix in self._suffixes:
            if name.endswith(suffix):
                return name.removesuffix(suffix)
        return None


def _subresources(levels: Mapping[tuple[str, int], list[_Candidate]]) -> frozenset[str]:
    """Return the names in a query that make another operation of a request.

    Those are the names in the paths of the model and, where an operation has none, what
    it requires (``uploadId``).
    """
    names: set[str] = set()
    for candidates in levels.values():
        for candidate in candidates:
            literals = split_uri(candidate.operation.uri)[1]
            without_value = [name for name, value in literals.items() if not value]
            names.update(without_value or (() if literals else candidate.query))
    return frozenset(names)
