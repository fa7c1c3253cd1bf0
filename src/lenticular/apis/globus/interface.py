"""Globus on the request path: the steps that the server takes with every request to this port."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from lenticular.apis.globus.wire.credentials import (
    basic_credential,
    bearer_token,
)
from lenticular.apis.globus.wire.errors import INTERNAL, GlobusError
from lenticular.apis.globus.wire.events import event_of
from lenticular.apis.globus.wire.payloads import read_document
from lenticular.apis.globus.wire.routing import Route, Router
from lenticular.apis.globus.wire.service import Call, Credential, Result, Service, form_of
from lenticular.apis.http import BodyError, Measures, Request, Response, circumstances
from lenticular.engines.kv.contract import StoreFull, StoreUnavailable
from lenticular.primitives.audit import Event
from lenticular.primitives.meters import Usage
from lenticular.primitives.oauth.callers import NOBODY, Caller


class Authenticator(Protocol):
    """Knows whom a credential stands for."""

    async def token_caller(self, token: str, resource_server: str) -> Caller | None:
        """Return who calls with an access token; None unless it is active and meant for there."""

    async def client_caller(self, client_id: str, secret: str) -> Caller | None:
        """Return the client whose secret this is; None when it is not."""


class GlobusInterface:
    """All Globus services of one cloud, on one port."""

    name = "globus"

    def __init__(
        self, services: Sequence[Service], authenticator: Authenticator, *, region: str
    ) -> None:
        """Serve `services` to those whom `authenticator` knows; `region` is what policies see."""
        self._router = Router(services)
        self._authenticator = authenticator
        self._region = region

    async def route(self, request: Request) -> Route:
        """Find the operation. Raises GlobusError."""
        return self._router.route(request.method, request.raw_path)

    async def authenticate(self, request: Request, route: Route) -> Caller:
        """Check the credential that the operation asks for. Raises GlobusError (401)."""
        wanted = route.operation.credential
        if wanted is Credential.NOTHING:
            return NOBODY
        if wanted is Credential.OPTIONAL and "authorization" not in request.headers:
            return NOBODY
        caller = await self._caller(request, route, wanted)
        if caller is None:
            raise _unauthenticated(wanted)
        return caller.under(circumstances(request, self._region))

    async def _caller(self, request: Request, route: Route, wanted: Credential) -> Caller | None:
        token, basic = bearer_token(request), basic_credential(request)
        if token is not None and wanted is not Credential.CLIENT:
            server = route.service.resource_server
            return await self._authenticator.token_caller(token, server)
        if basic is not None and wanted is not Credential.TOKEN:
            return await self._authenticator.client_caller(*basic)
        return None

    async def parse(self, request: Request, route: Route, caller: Caller) -> Call:
        """Read the document or form. Raises GlobusError (400, 413)."""
        call = Call(request, route.operation, route.arguments, caller)
        if route.operation.document is not None:
            call.document = await read_document(request, route.operation.document)
        elif request.method == "POST":
            call.form = await form_of(request)
        return call

    async def authorise(self, call: Call) -> None:
        """Refuse a token without any of the scopes that the operation is for.

        A client that shows its own secret has no scopes: the handler asks the client itself.
        """
        scopes = call.operation.scopes
        if scopes and call.caller.token and call.caller.scopes.isdisjoint(scopes):
            raise GlobusError(
                403,
                f"The token must have the scope {' or '.join(scopes)}: let the person consent "
                f"to it",
                headers={"WWW-Authenticate": 'Bearer error="insufficient_scope"'},
            )

    async def usages(self, call: Call) -> Sequence[Usage]:
        """Tell what a call will use: nothing that is metered."""
        return ()

    async def run(self, call: Call) -> Result:
        """Carry out the operation. Raises what it raises."""
        return await call.operation.handler(call)

    def serialise(self, call: Call, result: Result) -> Response:
        """Write the result as JSON; one that is a response already goes out as it is."""
        if isinstance(result, Response):
            response = result
        elif result is None:
            response = Response(204)
        else:
            body = msgspec.json.encode(result)
            headers = [("Content-Type", "application/json")]
            response = Response(call.operation.status, headers, body)
        return _finished(call.request, response)

    def fail(self, request: Request, route: Route | None, error: Exception) -> Response:
        """Write an error in the service's form; nothing of an unknown one goes out."""
        known = _known(route, error)
        errors = route.errors if route is not None else self._router.errors_for(request.raw_path)
        return _finished(request, errors.respond(request, known))

    async def events(
        self,
        request: Request,
        route: Route | None,
        caller: Caller | None,
        call: Call | None,
        result: Result,
        error: Exception | None,
    ) -> Sequence[Event]:
        """Return what the audit log is to have of a request."""
        if route is None or not route.operation.recorded:
            return ()
        # Who signs in is known only once the operation has run.
        caller = (call.caller if call else caller or NOBODY).under(
            circumstances(request, self._region)
        )
        known = _known(route, error) if error else call.refusal if call else None
        return [event_of(request, route, caller, call, result, known)]

    async def answered(
        self,
        request: Request,
        route: Route,
        caller: Caller | None,
        call: Call | None,
        response: Response,
        measures: Measures,
    ) -> None:
        """Nothing: no resource of Globus records its requests."""

    def label(self, route: Route) -> tuple[str, str]:
        """Return the names of service and operation."""
        return route.service.name, route.operation.name


def _known(route: Route | None, error: Exception) -> GlobusError:
    """Return what an error is to the client; one that is not known says nothing of itself."""
    if isinstance(error, GlobusError):
        return error
    known = route.service.translate(error) if route is not None else None
    if known is None and isinstance(error, BodyError):
        known = GlobusError(400, str(error))
    if known is None and isinstance(error, StoreUnavailable):
        known = GlobusError(503, "The store of this cloud does not answer: please try again")
    if known is None and isinstance(error, StoreFull):
        known = GlobusError(507, "The disk of this cloud is full: nothing was written")
    return known or GlobusError(500, INTERNAL)


def _unauthenticated(wanted: Credential) -> GlobusError:
    scheme = "Basic" if wanted is Credential.CLIENT else "Bearer"
    return GlobusError(
        401,
        "Call must be authenticated"
        + (" by a client's id and secret" if scheme == "Basic" else " by a valid access token"),
        headers={"WWW-Authenticate": f'{scheme} realm="globus"'},
    )


def _finished(request: Request, response: Response) -> Response:
    """Add what every answer has: its id, and that it is for this reader only."""
    names = {name.lower() for name, _ in response.headers}
    response.headers.append(("X-Request-Id", request.id))
    if "cache-control" not in names:
        response.headers.append(("Cache-Control", "no-store"))
    if request.method == "HEAD" and isinstance(response.body, bytes):
        response.headers.append(("Content-Length", str(len(response.body))))
        response.body = b""
    return response
