"""AWS on the request path: the steps that the server takes with every request to this interface."""

from collections.abc import Collection, Sequence

from lenticular.apis.aws.wire import unmodelled
from lenticular.apis.aws.wire.api import AwsApi, Coverage
from lenticular.apis.aws.wire.events import CallEvents, Course, signature_of
from lenticular.apis.aws.wire.explanations import HEADER as EXPLANATION
from lenticular.apis.aws.wire.explanations import Explanations
from lenticular.apis.aws.wire.posts import take_form
from lenticular.apis.aws.wire.refusals import refusals_for
from lenticular.apis.aws.wire.routing import Route
from lenticular.apis.aws.wire.service import Call, Exchange, Params, Result, Service
from lenticular.apis.aws.wire.signatures import Authenticated, Credential, Verifier
from lenticular.apis.aws.wire.usage import usage_of_caller
from lenticular.apis.http import Measures, Request, Response, circumstances
from lenticular.primitives.audit import Event
from lenticular.primitives.identities import Identities
from lenticular.primitives.meters import Usage
from lenticular.primitives.policies.evaluation import Decision
from lenticular.primitives.principals import ANONYMOUS

_SIGNATURE = frozenset(
    f"X-Amz-{name}"
    for name in ("Algorithm", "Credential", "Date", "Expires", "Signature", "SignedHeaders")
)
"""What a presigned query says of its signature: no headers of the request."""

ParsedCall = tuple[Call, Route, Params]


class AwsInterface:
    """All AWS services of one cloud, on one port."""

    name = "aws"

    def __init__(
        self,
        services: Sequence[Service],
        identities: Identities,
        events: CallEvents,
        explanations: Explanations,
        *,
        region: str,
        hosts: Collection[str] = (),
    ) -> None:
        """Serve `services` to those whom `identities` knows, and tell of it by `events`.

        `explanations` seals why somebody was refused.
        `region` is the one of unsigned requests; `hosts` are the names of this cloud, below
        which a bucket may stand, and which no bucket's website can have.
        """
        self._api = AwsApi(services, hosts=hosts)
        self._identities = identities
        self._events = events
        self._explanations = explanations
        self._region = region
        self._verifier = Verifier(self._credential, bucket_of=self._api.bucket_in_host)

    async def _credential(self, access_key_id: str) -> Credential | None:
        signer = await self._identities.signer(access_key_id)
        if signer is None:
            return None
        return Credential(
            signer.access_key_id,
            signer.secret_access_key,
            signer.principal,
            signer.session_token,
            signer.expires,
        )

    async def route(self, request: Request) -> Route:
        """Find the operation. Raises AwsError or BodyError."""
        route = await self._api.route(request)
        if "origin" in request.headers and route.service.cross_origin is not None:
            request.answer_headers = await route.service.cross_origin(request, route.arguments)
        return route

    async def authenticate(self, request: Request, route: Route) -> Authenticated:
        """Verify the signature; the request's body is now one that is checked as it is read.

        Raises AwsError in the words of the service, also for a signature that was made for
        another one.
        """
        match route.operation.authentication:
            case unmodelled.BY_NOBODY:
                return Authenticated(ANONYMOUS, request.body)
            case unmodelled.BY_FORM:
                form = await take_form(request)
                route.arguments = {**route.arguments, "Key": form.fields["key"]}
                caller = await self._verifier.verify_form(form)
            case _:
                caller = await self._verifier.verify(request, route.service.name)
        signing_name = route.protocol.model.signing_name
        if caller.service is not None and caller.service != signing_name:
            raise refusals_for(request, route.service.name).another_service(signing_name)
        if caller.presigned:
            _take_hoisted_headers(request)
        request.body = caller.body
        if caller.service is not None:
            self._identities.note_use(caller.principal, caller.service, caller.region or "")
        return caller

    async def parse(self, request: Request, route: Route, caller: Authenticated) -> ParsedCall:
        """Read and validate the parameters. Raises AwsError, Malformed, ValidationFailed."""
        params = await self._api.parse(request, route)
        region = caller.region or self._region
        call = Call(
            request=request,
            service=route.service.name,
            operation=route.operation.name,
            principal=caller.principal.under(circumstances(request, region)),
            region=region,
            denied=route.service.denied,
        )
        return call, route, params

    async def authorise(self, parsed: ParsedCall) -> None:
        """Ask what the service says that the operation needs. Raises AwsError."""
        call, route, params = parsed
        if route.service.demands is not None:
            for demand in await route.service.demands(call, params):
                call.require(
                    demand.action,
                    demand.resource,
                    account_id=demand.account_id,
                    keys=demand.keys,
                )

    async def usages(self, parsed: ParsedCall) -> Sequence[Usage]:
        """Tell what a call will use, and who pays it."""
        call, route, params = parsed
        if route.service.usages is None:
            return usage_of_caller(call)
        return await route.service.usages(call, params)

    async def run(self, parsed: ParsedCall) -> Result | Response | bytes:
        """Carry out the operation. Raises what it raises."""
        call, _, params = parsed
        return await self._api.run(call, params)

    def serialise(self, parsed: ParsedCall, result: Result | Response | bytes) -> Response:
        """Write the result as the client's SDK reads it."""
        call, route, _ = parsed
        response = self._api.serialise(call, route, result)
        response.headers.extend(call.request.answer_headers)
        return response

    def fail(self, request: Request, route: Route | None, error: Exception) -> Response:
        """Write an error as the client's SDK reads it; why it refuses, sealed, with it."""
        response = self._api.fail(request, route, error)
        response.headers.extend(request.answer_headers)
        known = self._api.explain(request, route, error)
        response.is_refusal, response.error = known.is_refusal, known.code
        decision = getattr(error, "decision", None)
        if isinstance(decision, Decision) and not decision.access.principal.is_anonymous:
            response.headers.append((EXPLANATION, self._explanations.encode(decision)))
        return response

    async def events(
        self,
        request: Request,
        route: Route | None,
        caller: Authenticated | None,
        parsed: ParsedCall | None,
        result: Result | Response | bytes | None,
        error: Exception | None,
    ) -> Sequence[Event]:
        """Return what the audit log is to have of a request; see `CallEvents`."""
        if route is None or not self._events.wanted(route):
            return ()
        known = None if error is None else self._api.explain(request, route, error)
        if parsed is not None:
            call, _, params = parsed
            course = Course(call.principal, caller, call, params, result, known)
        else:
            region = (caller and caller.region) or self._region
            principal = caller.principal if caller is not None else ANONYMOUS
            principal = principal.under(circumstances(request, region))
            course = Course(principal, caller, error=known)
        return await self._events.of_call(request, route, course)

    async def answered(
        self,
        request: Request,
        route: Route,
        caller: Authenticated | None,
        parsed: ParsedCall | None,
        response: Response,
        measures: Measures,
    ) -> None:
        """Tell the service that its answer has gone out, if it wants to know."""
        if route.service.answered is None:
            return
        call, _, params = parsed if parsed is not None else (None, route, route.arguments)
        await route.service.answered(
            Exchange(
                request,
                route.operation.name,
                call.principal if call is not None else caller.principal if caller else ANONYMOUS,
                signature_of(caller) or {},
                params,
                response,
                measures,
                call.outcomes if call is not None else (),
            )
        )

    def label(self, route: Route) -> tuple[str, str]:
        """Return the names of service and operation."""
        return route.service.name, route.operation.name

    def coverage(self) -> list[Coverage]:
        """Return which operations are present and which are missing, by service."""
        return self._api.coverage()


def _take_hoisted_headers(request: Request) -> None:
    """Add those headers to a presigned request that its signer put in the query.

    SDKs may move ``x-amz-`` headers there, where the signature covers them too.
    """
    hoisted = {
        name.lower(): value
        for name, value in request.query
        if name not in _SIGNATURE and name[:6].lower() == "x-amz-"
    }
    if hoisted:
        request.headers = hoisted | dict(request.headers)
