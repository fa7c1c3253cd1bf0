"""Routing: from method and path to the operation of a service."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import takewhile
from typing import NamedTuple
from urllib.parse import unquote

from lenticular.apis.globus.wire.errors import CodedErrors, ErrorForm, GlobusError
from lenticular.apis.globus.wire.service import Operation, Service

_NEUTRAL = CodedErrors()
"""How errors are written where no service has the path."""


class Route(NamedTuple):
    """What a request asks for. `operation` is None when the path takes no such method."""

    service: Service
    operation: Operation
    arguments: dict[str, str]

    @property
    def errors(self) -> ErrorForm:
        """How its errors are written."""
        return self.operation.errors or self.service.errors


@dataclass(slots=True)
class _Node:
    """One place in the tree of paths."""

    below: dict[str, "_Node"] = field(default_factory=dict)
    """By literal segment."""
    any_below: "_Node | None" = None
    """Where a segment that a template names leads."""
    names: dict[str, tuple[Service, Operation, tuple[str, ...]]] = field(default_factory=dict)
    """What is found here by method, with the names of the segments passed."""


class Router:
    """Finds operations; a literal segment goes before a named one."""

    def __init__(self, services: Iterable[Service]) -> None:
        self._root = _Node()
        self._services = list(services)
        for service in self._services:
            for operation in service.operations:
                self._add(service, operation)

    def route(self, method: str, raw_path: str) -> Route:
        """Find an operation. Raises `GlobusError`: 404, or 405 with what the path takes."""
        segments = [unquote(segment) for segment in _segments(raw_path)]
        found = self._find(self._root, segments, [])
        if found is None:
            raise GlobusError(404, f"There is nothing at {raw_path}")
        node, values = found
        method = "GET" if method == "HEAD" and "HEAD" not in node.names else method
        if method not in node.names:
            allowed = ", ".join(sorted(node.names))
            raise GlobusError(
                405, f"{raw_path} takes {allowed}, not {method}", headers={"Allow": allowed}
            )
        service, operation, names = node.names[method]
        return Route(service, operation, dict(zip(names, values, strict=True)))

    def errors_for(self, raw_path: str) -> ErrorForm:
        """Return how an error is written that has no route: as by the service that is nearest."""
        wanted, nearest = _segments(raw_path), 1
        errors: ErrorForm = _NEUTRAL
        for service in self._services:
            for operation in service.operations:
                near = _in_common(wanted, _segments(operation.path))
                if near > nearest:
                    nearest, errors = near, operation.errors or service.errors
        return errors

    def _add(self, service: Service, operation: Operation) -> None:
        node, names = self._root, []
        for segment in _segments(operation.path):
            if segment.startswith("{"):
                names.append(segment[1:-1])
                node.any_below = node.any_below or _Node()
                node = node.any_below
            else:
                node = node.below.setdefault(segment, _Node())
        if operation.method in node.names:
            raise TypeError(f"two operations are {operation.method} {operation.path}")
        node.names[operation.method] = (service, operation, tuple(names))

    def _find(
        self, node: _Node, segments: list[str], values: list[str]
    ) -> tuple[_Node, list[str]] | None:
        if not segments:
            return (node, values) if node.names else None
        first, rest = segments[0], segments[1:]
        found = None
        if first in node.below:
            found = self._find(node.below[first], rest, values)
        if found is None and node.any_below is not None and first:
            found = self._find(node.any_below, rest, [*values, first])
        return found


def _in_common(one: list[str], other: list[str]) -> int:
    """Return how many segments two paths begin with alike."""
    return len(list(takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))))


def _segments(path: str) -> list[str]:
    return path.strip("/").split("/")
