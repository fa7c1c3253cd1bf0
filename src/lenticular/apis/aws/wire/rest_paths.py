"""Which operation of a REST service a method, a path and a query mean."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote_to_bytes

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.models import Operation, ServiceModel
from lenticular.apis.http import Request

Found = tuple[Operation, dict[str, str]]
"""An operation and the labels of its path."""


def decode_path(part: str) -> str:
    """Decode percent-encoding as UTF-8; a plus sign stays one. Raises AwsError (InvalidURI)."""
    if "%" not in part and part.isascii():
        return part
    try:
        return unquote_to_bytes(part.encode("latin-1")).decode()
    except UnicodeError:
        message = "Couldn't parse the specified URI: its path is not percent-encoded UTF-8."
        raise AwsError("InvalidURI", message, 400, fields={"URI": part}) from None


def split_uri(uri: str) -> tuple[str, dict[str, str]]:
    """Split a ``requestUri`` of a model into its path and the query that it demands.

    A value ``""`` demands the name only.
    """
    path, _, query = uri.partition("?")
    return path, dict(parse_qsl(query, keep_blank_values=True))


def has_query(request: Request, demanded: Mapping[str, str]) -> bool:
    """Whether a request has the query that `split_uri` found to be demanded."""
    for name, value in demanded.items():
        if request.parameters.get(name) != value and (value or name not in request.parameters):
            return False
    return True


@dataclass(slots=True)
class _Leaf:
    """One operation at the end of a path."""

    operation: Operation
    labels: tuple[str, ...]
    query: dict[str, str]


@dataclass(slots=True)
class _Node:
    """One segment of the paths that begin alike."""

    literals: dict[str, "_Node"] = field(default_factory=dict)
    label: "_Node | None" = None
    greedy: "_Node | None" = None
    tails: set[int] = field(default_factory=set)
    """How many segments may follow a greedy label."""
    leaves: list[_Leaf] = field(default_factory=list)


class PathRoutes:
    """The operations of one REST service, as one tree of path segments for each method."""

    def __init__(self, model: ServiceModel) -> None:
        self._trees: dict[str, _Node] = {}
        for operation in model.operations.values():
            self._insert(operation)

    def _insert(self, operation: Operation) -> None:
        path, query = split_uri(operation.uri)
        segments = [segment for segment in path.split("/") if segment]
        labels: list[str] = []
        node = self._trees.setdefault(operation.method, _Node())
        for position, segment in enumerate(segments):
            if not segment.startswith("{"):
                node = node.literals.setdefault(segment, _Node())
                continue
            labels.append(segment.strip("{}+"))
            if segment.endswith("+}"):
                node.tails.add(len(segments) - position - 1)
                node.greedy = node = node.greedy or _Node()
            else:
                node.label = node = node.label or _Node()
        node.leaves.append(_Leaf(operation, tuple(labels), query))
        node.leaves.sort(key=lambda leaf: len(leaf.query), reverse=True)

    def find(self, request: Request) -> Found:
        """Return the operation of a request. Raises AwsError when there is none."""
        tree = self._trees.get(request.method)
        segments = [decode_path(part) for part in request.raw_path.removeprefix("/").split("/")]
        if tree is not None:
            found = _find(tree, segments, request)
            if found is None and segments[-1] == "":
                found = _find(tree, segments[:-1], request)
            if found is not None:
                leaf, values = found
                return leaf.operation, dict(zip(leaf.labels, values, strict=True))
        message = f"No operation of this service is {request.method} {request.path}"
        raise AwsError("UnknownOperationException", message, 404)


def _find(node: _Node, segments: list[str], request: Request) -> tuple[_Leaf, list[str]] | None:
    """Return the leaf under `node` that the segments lead to, with the values of its labels."""
    if not segments:
        return next(((leaf, []) for leaf in node.leaves if has_query(request, leaf.query)), None)
    head, rest = segments[0], segments[1:]
    if (below := node.literals.get(head)) and (found := _find(below, rest, request)):
        return found
    if head and (below := node.label) and (found := _find(below, rest, request)):
        return found[0], [head, *found[1]]
    if head and (below := node.greedy):
        for length in _greedy_lengths(node, segments):
            if found := _find(below, segments[length:], request):
                return found[0], ["/".join(segments[:length]), *found[1]]
    return None


def _greedy_lengths(node: _Node, segments: list[str]) -> Iterable[int]:
    """Yield how many segments a greedy label may take, the fewest first."""
    for tail in sorted(node.tails, reverse=True):
        if len(segments) > tail:
            yield len(segments) - tail
