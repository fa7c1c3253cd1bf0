"""botocore as the oracle: what its clients send, and what they understand of an answer."""

import asyncio
import io
import string
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import botocore.model
import pytest
from botocore.awsrequest import HeadersDict, create_request_object, prepare_request_dict
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import strategies as st

from lenticular.apis.aws.wire import models
from lenticular.apis.aws.wire.api import AwsApi
from lenticular.apis.aws.wire.routing import Endpoint
from lenticular.apis.aws.wire.service import Call, Service
from lenticular.apis.http import Body, BufferedBody, Request, Response
from lenticular.primitives.principals import ANONYMOUS

HOST = "cloud.example"
_HEADER_CHARACTERS = string.ascii_letters + string.digits + " -_./:;=+*"
_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=8)
_BITS = {"integer": 31, "long": 63}


def make_request(
    method: str = "GET",
    target: str = "/",
    headers: dict[str, str] | None = None,
    body: bytes = b"",
    service: str | None = None,
) -> Request:
    """A request as the server makes it; `service` is that of its credential scope."""
    path, _, query = target.partition("?")
    named = {"host": HOST} | {name.lower(): value for name, value in (headers or {}).items()}
    if service is not None:
        scope = f"AKIDEXAMPLE/20260102/us-east-1/{service}/aws4_request"
        named["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00"
        )
    return Request(
        id="REQUEST1",
        method=method,
        raw_path=path,
        path=path,
        raw_query=query,
        headers=named,
        body=BufferedBody(body),
    )


class Values:
    """Makes values for shapes of botocore: random ones, or one that has every member."""

    def random(self, shape: Any, depth: int = 0) -> st.SearchStrategy[Any]:
        location = shape.serialization.get("location")
        match shape.type_name:
            case "structure":
                return self._structure(shape, depth)
            case "list":
                member = self.random(shape.member, depth + 1)
                if location == "header":
                    member = st.text(_HEADER_CHARACTERS + '",', min_size=1, max_size=8).map(
                        str.strip
                    )
                    member = member.filter(bool)
                return st.lists(member, max_size=2 if depth < 3 else 0)
            case "map":
                keys = _map_keys(shape, location)
                values = self.random(shape.value, depth + 1)
                if location == "headers":
                    values = _header_text()
                return st.dictionaries(keys, values, max_size=2 if depth < 3 else 0)
            case "string" if shape.serialization.get("jsonvalue"):
                return st.just({"a": [1, "b"]}) if location == "header" else st.just("{}")
            case "string" if location == "header":
                return _header_text()
            case "string" if location == "uri":
                return st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(
                    lambda text: text not in {".", ".."}
                )
            case "string" if getattr(shape, "enum", None):
                return st.sampled_from(shape.enum)
            case "string":
                return _TEXT
            case "integer" | "long":
                bound = 1 << _BITS[shape.type_name]
                return st.integers(-bound, bound - 1)
            case "float":
                return st.floats(width=32, allow_nan=False, allow_infinity=False)
            case "double":
                return st.floats(allow_nan=False, allow_infinity=False)
            case "boolean":
                return st.booleans()
            case "timestamp":
                return st.integers(0, 4_000_000_000).map(lambda at: datetime.fromtimestamp(at, UTC))
            case "blob":
                return st.binary(max_size=8)
        raise AssertionError(shape.type_name)

    def _structure(self, shape: Any, depth: int) -> st.SearchStrategy[Any]:
        if shape.is_document_type:
            return st.dictionaries(_TEXT, st.integers() | _TEXT | st.none(), max_size=2)
        if shape.is_tagged_union:
            names = list(shape.members)[: 1 if depth > 2 else None]
            return st.sampled_from(names).flatmap(
                lambda name: st.fixed_dictionaries(
                    {name: self.random(shape.members[name], depth + 1)}
                )
            )
        members = {
            name: st.deferred(lambda at=at: self.random(at, depth + 1))
            for name, at in shape.members.items()
        }
        required = {name for name in shape.required_members if depth == 0}
        required |= {n for n, at in shape.members.items() if "uri" in at.serialization.values()}
        optional = {name: of for name, of in members.items() if name not in required}
        if depth > 3:
            optional = {}
        return st.fixed_dictionaries({n: members[n] for n in required}, optional=optional)

    def full(self, shape: Any, above: tuple[str, ...] = ()) -> Any:
        """A value with every member, down to where a shape contains itself."""
        above = (*above, shape.name)
        location = shape.serialization.get("location")
        match shape.type_name:
            case "structure" if shape.is_document_type:
                return {"any": ["thing", None, 1.5, {"more": True}]}
            case "structure":
                members = {
                    name: self.full(at, above)
                    for name, at in shape.members.items()
                    if at.name not in above
                }
                if shape.is_tagged_union:
                    return dict([next(iter(members.items()))])
                return members
            case "list" if shape.member.name in above:
                return []
            case "list":
                return [self.full(shape.member, above), self.full(shape.member, above)]
            case "map" if shape.value.name in above:
                return {}
            case "map":
                key = shape.key.enum[0] if shape.key.enum else "some-key"
                if location == "headers":
                    return {key: "some text"}
                return {key: self.full(shape.value, above)}
            case "string" if shape.serialization.get("jsonvalue") and location == "header":
                return {"a": [1, "b"]}
            case "string" if shape.serialization.get("hostLabel"):
                return "some-label"
            case "string":
                return "some text" if location else 'é <text> & "more" \N{WATCH}'
            case "integer" | "long":
                return -42
            case "float" | "double":
                return 1.5
            case "boolean":
                return True
            case "timestamp":
                return datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
            case "blob":
                return b"\x00\xff<bytes>"
        raise AssertionError(shape.type_name)


def _header_text() -> st.SearchStrategy[str]:
    return st.text(_HEADER_CHARACTERS, max_size=8).map(str.strip)


def _map_keys(shape: Any, location: str | None) -> st.SearchStrategy[str]:
    if location == "headers":
        return st.text(string.ascii_lowercase, min_size=1, max_size=8)
    if shape.key.enum:
        return st.sampled_from(shape.key.enum)
    # Such keys are not names of other parameters, where a map is what is left of a query.
    return _TEXT.map(lambda text: f"~{text}")


def tidy(value: Any) -> Any:
    """A value without what some protocols cannot tell from its absence: what is empty."""
    if isinstance(value, dict):
        items = {key: tidy(item) for key, item in value.items()}
        return {key: item for key, item in items.items() if item not in (None, {}, [], b"")}
    if isinstance(value, list):
        return [item for item in map(tidy, value) if item not in ({}, [])]
    return value


class Oracle:
    """One service in one protocol, seen by botocore and by this cloud."""

    def __init__(self, name: str, protocol: str, service: Service | None = None) -> None:
        model = models.load(name)
        self.model = botocore.model.ServiceModel(model._model, name)
        self.service = service or Service(name)
        self.protocol = protocol
        self.api = AwsApi([self.service], hosts=[HOST])
        self.endpoint = Endpoint(self.service, [HOST])
        self.wire = self.endpoint.protocols[protocol]
        self.signing_name = model.signing_name
        self.values = Values()

    def operations(self) -> list[str]:
        """The operations that are not streams of events."""
        names = self.model.operation_names
        found = [self.model.operation_model(name) for name in names]
        return [
            at.name for at in found if not (at.has_event_stream_input or at.has_event_stream_output)
        ]

    def request(self, operation: str, params: dict[str, Any]) -> Request:
        """The request that a botocore client sends."""
        serializer = create_serializer(self.protocol, include_validation=False)
        serialized = serializer.serialize_to_request(params, self.model.operation_model(operation))
        serialized.pop("host_prefix", None)
        has_length = "Content-Length" in serialized["headers"]
        prepare_request_dict(serialized, f"http://{HOST}", context={})
        prepared = create_request_object(serialized).prepare()
        url = urlsplit(prepared.url)
        body = prepared.body or b""
        return make_request(
            prepared.method,
            f"{url.path}?{url.query}" if url.query else url.path,
            {
                name: value.decode() if isinstance(value, bytes) else str(value)
                for name, value in prepared.headers.items()
                if has_length or name.lower() != "content-length"
            },
            body.encode() if isinstance(body, str) else bytes(body),
            self.signing_name,
        )

    def received(self, request: Request) -> tuple[str, dict[str, Any]]:
        """The operation and the parameters that this cloud reads of a request."""

        async def receive() -> tuple[str, dict[str, Any]]:
            route = await self.api.route(request)
            assert type(route.protocol) is type(self.wire)
            params = await self.wire.parse(route.operation, request, route.arguments)
            for name, value in params.items():
                if isinstance(value, Body):
                    params[name] = await value.read(1 << 20)
            return route.operation.name, params

        return asyncio.run(receive())

    def answer(self, operation: str, result: dict[str, Any]) -> Response:
        """The response that this cloud gives."""
        return self.wire.serialise(
            self.endpoint.model.operations[operation], result, self.call(operation)
        )

    def understood(self, operation: str, response: Response) -> dict[str, Any]:
        """What a botocore client makes of a response."""
        at = self.model.operation_model(operation)
        body: Any = response.body
        if at.has_streaming_output and response.status < 300:
            body = io.BytesIO(body)
        answer = {
            "status_code": response.status,
            "headers": HeadersDict(response.headers),
            "body": body,
            "context": {"operation_name": operation},
        }
        parser = create_parser(self.protocol)
        parsed = parser.parse(answer, at.output_shape)
        if response.status >= 300:
            code = parsed.get("Error", {}).get("Code")
            shape = self.model.shape_for_error_code(code)
            if shape is not None:
                parsed.update(parser.parse(answer, shape))
        return {
            name: item.read() if isinstance(item, io.BytesIO) else item
            for name, item in parsed.items()
        }

    def call(self, operation: str) -> Call:
        request = make_request(service=self.signing_name)
        return Call(request, self.service.name, operation, ANONYMOUS, "us-east-1")


def serve(api: AwsApi, request: Request) -> Response:
    """What the server does with a request, without authentication."""

    async def respond() -> Response:
        route = None
        try:
            route = await api.route(request)
            params = await api.parse(request, route)
            name, operation = route.service.name, route.operation.name
            call = Call(request, name, operation, ANONYMOUS, "us-east-1")
            return api.serialise(call, route, await api.run(call, params))
        except Exception as error:
            return api.fail(request, route, error)

    return asyncio.run(respond())


@pytest.fixture(scope="session")
def oracles() -> Callable[[str, str], Oracle]:
    """Makes oracles, each once."""
    made: dict[tuple[str, str], Oracle] = {}

    def oracle(name: str, protocol: str) -> Oracle:
        if (name, protocol) not in made:
            made[name, protocol] = Oracle(name, protocol)
        return made[name, protocol]

    return oracle


@pytest.fixture(scope="session")
def wire() -> SimpleNamespace:
    """The tools of these tests."""
    return SimpleNamespace(Oracle=Oracle, request=make_request, serve=serve, tidy=tidy)
