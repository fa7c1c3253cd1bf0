"""The AWS interface of the cloud: from a request to the operation of a service and back.

The steps are separate, for whoever wants to see the whole path on one page (the server)::

    route = await api.route(request)
    params = await api.parse(request, route)
    result = await api.run(call, params)
    response = api.serialise(call, route, result)

Whatever they raise, `AwsApi.fail` writes as the error that the client expects.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import uuid4

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.protocols.contract import Malformed
from lenticular.apis.aws.wire.routing import Endpoint, Route, Router
from lenticular.apis.aws.wire.service import Call, Handler, Params, Result, Service
from lenticular.apis.aws.wire.usage import spending_refused
from lenticular.apis.aws.wire.validation import Validator
from lenticular.apis.http import Request, Response
from lenticular.engines.kv.contract import StoreUnavailable


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which operations of a service this version has."""

    service: str
    """The service's name in botocore (``s3``)."""
    title: str
    """The service's full name (``Amazon Simple Storage Service``)."""
    present: tuple[str, ...]
    """Operations by their names in the model, sorted."""
    missing: tuple[str, ...]


class AwsApi:
    """The AWS services that one cloud serves.

    `hosts` are the names under which the cloud is reached, besides ``localhost``: below
    them a bucket may stand as a label. Raises TypeError when a service has a method that
    is not an operation of its model.
    """

    def __init__(self, services: Iterable[Service], *, hosts: Collection[str] = ()) -> None:
        self._endpoints = [Endpoint(service, hosts) for service in services]
        self._router = Router(self._endpoints)
        self._handlers: dict[tuple[str, str], Handler] = {}
        self._validators: dict[str, Validator] = {}
        for endpoint in self._endpoints:
            service = endpoint.service
            if service.validate:
                self._validators[service.name] = Validator(service.opaque)
            self._handlers.update(_handlers(endpoint))

    async def route(self, request: Request) -> Route:
        """Return the service, the operation and the protocol of a request.

        Raises AwsError when it names no operation of a service that is served, and
        `BodyTooLarge` or another `BodyError` when it is a form that cannot be read.
        """
        return await self._router.route(request)

    def bucket_in_host(self, request: Request) -> str:
        """Return the bucket that a request's Host header names; empty when the path has it."""
        return self._router.bucket_in_host(request)

    async def parse(self, request: Request, route: Route) -> Params:
        """Read, and validate where the service wants it, the parameters of a request.

        Raises AwsError (501) for an operation that is not written, `Malformed`,
        `ValidationFailed` and `BodyError`.
        """
        if route.handler is None:
            raise _not_written(route.service.name, route.operation.name)
        operation = route.operation
        try:
            params = await route.protocol.parse(operation, request, route.arguments)
            for name in operation.idempotency_tokens:
                if name not in params:
                    params[name] = str(uuid4())
            validator = self._validators.get(route.service.name)
            if validator is not None and operation.input is not None:
                validator.validate(operation.input, params)
        except RecursionError:
            raise Malformed("The document is nested too deeply") from None
        return params

    async def run(self, call: Call, params: Params) -> Result | Response | bytes:
        """Carry out an operation. Raises whatever its handler raises."""
        handler = self._handlers.get((call.service, call.operation))
        if handler is None:
            raise _not_written(call.service, call.operation)
        return await handler(call, params)

    def serialise(self, call: Call, route: Route, result: Result | Response | bytes) -> Response:
        """Write the response of a call; one that is written already gets its request id."""
        if isinstance(result, Response):
            identified = route.protocol.response_headers(call.request)
            result.headers = [*result.headers, *identified]
            return result
        return route.protocol.serialise(route.operation, result, call)

    def fail(self, request: Request, route: Route | None, error: Exception) -> Response:
        """Write an error as the client expects it; an unknown one as an internal error.

        Nothing of an unknown error goes out: logging it is the caller's business.
        """
        protocol = route.protocol if route else self._router.protocol_for(request)
        return protocol.fail(self.explain(request, route, error), request)

    def explain(self, request: Request, route: Route | None, error: Exception) -> AwsError:
        """Return what an error is to the client."""
        if isinstance(error, AwsError):
            return error
        known = route.service.translate(error) if route is not None else None
        known = known or spending_refused(error) or _store_away(error)
        protocol = route.protocol if route else self._router.protocol_for(request)
        return known or protocol.explain(error)

    def coverage(self) -> list[Coverage]:
        """Return which operations are present and which are missing, by service."""
        return [_coverage(endpoint) for endpoint in self._endpoints]


def _store_away(error: Exception) -> AwsError | None:
    if not isinstance(error, StoreUnavailable):
        return None
    message = "The store of this cloud does not answer. Please try again."
    return AwsError("ServiceUnavailable", message, 503)


def _handlers(endpoint: Endpoint) -> dict[tuple[str, str], Handler]:
    """Return the handlers of a service by its name and the operation's."""
    service = endpoint.service
    operations = {at.handler_name: name for name, at in endpoint.model.operations.items()}
    strangers = sorted(service.handlers.keys() - operations.keys())
    if strangers:
        raise TypeError(f"{service.name} has no operations {', '.join(strangers)}: a typo?")
    return {(service.name, operations[name]): run for name, run in service.handlers.items()}


def _coverage(endpoint: Endpoint) -> Coverage:
    handlers, operations = endpoint.service.handlers, endpoint.model.operations
    present = [name for name, at in operations.items() if at.handler_name in handlers]
    missing = operations.keys() - present
    model = endpoint.model
    return Coverage(model.name, model.title, tuple(sorted(present)), tuple(sorted(missing)))


def _not_written(service: str, operation: str) -> AwsError:
    message = (
        f"The operation {operation} of {service} is known but not written in this version; "
        f"'lenticular coverage {service}' lists those that are."
    )
    return AwsError("NotImplemented", message, 501)
