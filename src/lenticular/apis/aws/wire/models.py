"""The models of the AWS APIs, read from the data files that botocore ships.

Only the files are used: ``botocore.model`` takes a third of a second to import. Names
of members, traits and metadata are those of the files.
"""

import gzip
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Generic, TypeVar

import orjson
from botocore import xform_name

from lenticular.apis.aws.wire import unmodelled

Traits = Mapping[str, Any]
_RENAMED = {"cbor": "smithy-rpc-v2-cbor"}
"""Protocols that had another name in older models."""
Made = TypeVar("Made", bound=Callable[..., Any])


class Shape:
    """A type as it is used in one place: its own traits under those of the reference to it.

    A reference gives the same object each time, so that shapes can be keys.
    """

    def __init__(self, name: str, traits: Traits, resolve: Callable[[Traits], "Shape"]) -> None:
        self.name = name
        self.type: str = traits["type"]
        self.traits = traits
        self._resolve = resolve

    def __repr__(self) -> str:
        return f"Shape({self.name!r}, {self.type})"

    @cached_property
    def members(self) -> dict[str, "Shape"]:
        """The members of a structure, by name in the model's order."""
        return {name: self._resolve(at) for name, at in self.traits.get("members", {}).items()}

    @cached_property
    def body_members(self) -> dict[str, "Shape"]:
        """Those members of a structure that no trait puts elsewhere than into the document."""
        return {name: at for name, at in self.members.items() if "location" not in at.traits}

    @cached_property
    def member(self) -> "Shape":
        """The members of a list."""
        return self._resolve(self.traits["member"])

    @cached_property
    def key(self) -> "Shape":
        """The keys of a map."""
        return self._resolve(self.traits["key"])

    @cached_property
    def value(self) -> "Shape":
        """The values of a map."""
        return self._resolve(self.traits["value"])

    def wire_name(self, default: str) -> str:
        """Return the name on the wire, which is `default` unless the model gives one."""
        name: str = self.traits.get("locationName", default)
        return name

    @property
    def flattened(self) -> bool:
        """A list or map whose members stand in the parent, without an element around them."""
        return bool(self.traits.get("flattened"))

    @property
    def required(self) -> tuple[str, ...]:
        """The members that a structure must have."""
        return tuple(self.traits.get("required", ()))


class ShapeCompiler(ABC, Generic[Made]):
    """Makes one function of each shape, once."""

    def __init__(self) -> None:
        self._made: dict[Shape, Made] = {}

    def __call__(self, shape: Shape) -> Made:
        """Return the function of `shape`."""
        made = self._made.get(shape)
        if made is None:
            # A shape that contains itself meets this in its place, and finds the
            # function when it is called.
            self._made[shape] = self._later(shape)
            made = self._made[shape] = self.compile(shape)
        return made

    def _later(self, shape: Shape) -> Made:
        def later(*arguments: object) -> Any:
            return self._made[shape](*arguments)

        return later  # type: ignore[return-value]  # has the signature of what it calls

    @abstractmethod
    def compile(self, shape: Shape) -> Made:
        """Make the function of `shape`."""


class Operation:
    """One operation of a service."""

    def __init__(self, name: str, model: Traits, resolve: Callable[[Traits], Shape]) -> None:
        http = model.get("http", {})
        self.name = name
        self.handler_name: str = xform_name(name)
        """The name in snake case, as botocore's clients have it."""
        self.method: str = http.get("method", "POST")
        self.uri: str = http.get("requestUri", "/")
        self.status: int = http.get("responseCode", 200)
        """The status of success."""
        self.deprecated = bool(model.get("deprecated"))
        self.authentication: str = model.get("authentication", "")
        """Where the signature is, if not in headers or query (see ``unmodelled``)."""
        self._model = model
        self._resolve = resolve

    def __repr__(self) -> str:
        return f"Operation({self.name!r})"

    @cached_property
    def input(self) -> Shape | None:
        """The structure of the parameters; None when there are none."""
        return self._resolve(self._model["input"]) if "input" in self._model else None

    @cached_property
    def output(self) -> Shape | None:
        """The structure of the result; None when there is none."""
        return self._resolve(self._model["output"]) if "output" in self._model else None

    @cached_property
    def idempotency_tokens(self) -> tuple[str, ...]:
        """Parameters that a client may leave out, and that then get a value of their own."""
        members = self.input.members if self.input else {}
        return tuple(name for name, at in members.items() if at.traits.get("idempotencyToken"))

    @cached_property
    def takes_event_stream(self) -> bool:
        """Whether the input is a stream of events."""
        return _streams_events(self.input)

    @cached_property
    def has_event_stream(self) -> bool:
        """Whether the input or the output is a stream of events."""
        return self.takes_event_stream or _streams_events(self.output)


def _streams_events(shape: Shape | None) -> bool:
    members = shape.members.values() if shape else ()
    return any(member.traits.get("eventstream") for member in members)


class ServiceModel:
    """The model of one service."""

    def __init__(self, name: str, model: Traits) -> None:
        metadata = model["metadata"]
        self.name = name
        """The service's name in botocore."""
        self.title: str = metadata.get("serviceFullName", name)
        names = metadata.get("protocols") or (metadata["protocol"],)
        self.protocols = tuple(_RENAMED.get(name, name) for name in names)
        """Best first."""
        self.api_version: str = metadata.get("apiVersion", "")
        self.endpoint_prefix: str = metadata.get("endpointPrefix", name)
        """The first label of the hosts of the service."""
        self.signing_name: str = metadata.get("signingName", self.endpoint_prefix)
        """The service in the credential scope of a signature."""
        self.target_prefix: str = metadata.get("targetPrefix", "")
        self.json_version: str = metadata.get("jsonVersion", "1.0")
        self.namespace: str = metadata.get("xmlNamespace", "")
        self.is_query_compatible = "awsQueryCompatible" in metadata
        """A service that left the query protocol but keeps its error codes."""
        self._model = model
        self._shapes: dict[str | int, Shape] = {}

    @cached_property
    def operations(self) -> dict[str, Operation]:
        """All operations, by name."""
        return {
            name: Operation(name, model, self.shape)
            for name, model in self._model["operations"].items()
        }

    @cached_property
    def errors(self) -> dict[str, Shape]:
        """The error shapes, by code and by name."""
        names = [name for name, traits in self._model["shapes"].items() if traits.get("exception")]
        shapes = [self.shape({"shape": name}) for name in names]
        by_code = {shape.traits.get("error", {}).get("code", shape.name): shape for shape in shapes}
        return by_code | {shape.name: shape for shape in shapes}

    def shape(self, reference: Traits) -> Shape:
        """Return the shape of a reference of the model, with the reference's traits over it."""
        name: str = reference["shape"]
        # A reference lives as long as its model, so that its identity can be its key.
        key = name if len(reference) == 1 else id(reference)
        found = self._shapes.get(key)
        if found is None:
            traits = {**self._model["shapes"][name], **reference}
            found = self._shapes[key] = Shape(name, traits, self.shape)
        return found


@cache
def load(service: str) -> ServiceModel:
    """Read the newest model of a service by its name in botocore (``s3``).

    Raises LookupError when botocore ships none.
    """
    botocore = find_spec("botocore")
    if botocore is None or not botocore.submodule_search_locations:
        raise LookupError("botocore, whose models describe the AWS APIs, is not installed")
    folder = Path(botocore.submodule_search_locations[0]) / "data" / service
    files = sorted(folder.glob("*/service-2.json.gz"))
    if not files:
        raise LookupError(f"botocore ships no model of a service {service!r}")
    model = orjson.loads(gzip.decompress(files[-1].read_bytes()))
    model["operations"].update(unmodelled.OPERATIONS.get(service, {}))
    return ServiceModel(service, model)
