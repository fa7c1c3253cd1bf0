"""The request path, in order, on one page.

accept -> request id -> route -> authenticate -> parse -> authorise -> admit -> run
-> serialise -> audit -> respond -> count, meter and log

Each cloud's interface is an `Api` that knows its own form of every step; the order is the
same for all of them and stands here only. Where a resource has a say in who may use it
(a bucket's policy, an object's grants), the primitive asks the same evaluator in the
transaction that it protects, so that what was allowed is still allowed when it happens.
"""

import logging
import time
from collections.abc import Sequence
from typing import Any, Protocol

from lenticular.apis.http import BodyTruncated, Measures, Request, Response
from lenticular.primitives.audit import Audit, Event
from lenticular.primitives.budgets import Spending
from lenticular.primitives.meters import Usage
from lenticular.server.http import Send
from lenticular.server.http.bodies import is_unasked, measure
from lenticular.server.logs import request_id
from lenticular.server.metrics import Metrics
from lenticular.server.operations import Operations

_log = logging.getLogger("lenticular.request")

UNROUTED = ("", "")

_UNCHARGED = frozenset({401, 403, *range(500, 600)})
"""Statuses of what nobody pays: what was not allowed, and what failed by a fault of ours."""


class Api(Protocol):
    """One cloud's interface: its form of every step of the request path."""

    name: str

    async def route(self, request: Request) -> Any:
        """Find the operation that is asked for, by the request's head (and form)."""

    async def authenticate(self, request: Request, route: Any) -> Any:
        """Check the credential; return who calls, with the body to be checked as it is read."""

    async def parse(self, request: Request, route: Any, caller: Any) -> Any:
        """Read what the operation needs of the request, and validate it."""

    async def authorise(self, call: Any) -> None:
        """Refuse what the caller's policies do not allow."""

    async def usages(self, call: Any) -> Sequence[Usage]:
        """Tell what the operation will use, for budgets to admit it and meters to count it."""

    async def run(self, call: Any) -> Any:
        """Run the operation."""

    def serialise(self, call: Any, result: Any) -> Response:
        """Write the result in the operation's form."""

    def fail(self, request: Request, route: Any, error: Exception) -> Response:
        """Write an error in the operation's form; what is not known, as an internal one."""

    async def events(
        self, request: Request, route: Any, caller: Any, call: Any, result: Any, error: Any
    ) -> Sequence[Event]:
        """Tell what the audit log is to have of a request; a step that was not come to is None."""

    async def answered(
        self,
        request: Request,
        route: Any,
        caller: Any,
        call: Any,
        response: Response,
        measures: Measures,
    ) -> None:
        """Note what resources are to have recorded of a request whose answer has gone out."""

    def label(self, route: Any) -> tuple[str, str]:
        """Name a route's service and operation, for counting."""


class App:
    """What serves the requests of one port."""

    def __init__(
        self,
        api: Api,
        audit: Audit,
        spending: Spending,
        metrics: Metrics,
        operations: Operations,
    ) -> None:
        self._api = api
        self._audit = audit
        self._spending = spending
        self._metrics = metrics
        self._operations = operations

    async def __call__(self, request: Request, send: Send) -> None:
        """Serve one request."""
        begin = time.perf_counter()
        body = request.body
        token = request_id.set(request.id)
        api = self._api
        route = caller = call = admission = result = None
        failure: Exception | None = None
        self._metrics.in_flight += 1
        try:
            response = await self._operations.answer_unsigned(request)
            if response is None:
                route = await api.route(request)
                caller = await api.authenticate(request, route)
                call = await api.parse(request, route, caller)
                await api.authorise(call)
                admission = await self._spending.admit(await api.usages(call))
                result = await api.run(call)
                response = await api.serialise(call, result).begun()
        except Exception as error:
            failure = error
            response = self._fail(request, route, error)
        try:
            events = await api.events(request, route, caller, call, result, failure)
            if events:
                await self._audit.record(events)
        except Exception as error:
            # What cannot be recorded is not answered as done.
            response = self._fail(request, route, error)
        failure = None  # its traceback holds this frame
        if is_unasked(body, request):
            response.headers.append(("connection", "close"))
        ready = time.perf_counter()
        try:
            await send(response)
        except Exception:
            # The head is out already: all that is left is to break the connection off.
            _log.exception("response broken off", extra={"path": request.path})
            raise
        finally:
            measures = measure(body, begin, ready)
            labels = api.label(route) if route is not None else UNROUTED
            self._metrics.count((api.name, *labels), response.status, measures.total)
            self._metrics.in_flight -= 1
            if admission is not None:
                counts = not response.is_refusal and response.status not in _UNCHARGED
                self._spending.settle(
                    admission,
                    request.received,
                    response.sent,
                    counts=counts,
                    failed=response.status >= 400,
                )
            if route is not None:
                await self._tell(request, route, caller, call, response, measures)
            _trace(request, response.status, labels, measures.total)
            request_id.reset(token)

    def _fail(self, request: Request, route: Any, error: Exception) -> Response:
        response = self._api.fail(request, route, error)
        _report(request, response.status, error)
        return response

    async def _tell(
        self,
        request: Request,
        route: Any,
        caller: Any,
        call: Any,
        response: Response,
        measures: Measures,
    ) -> None:
        """Let the interface note a request; what cannot be noted was answered all the same."""
        try:
            await self._api.answered(request, route, caller, call, response, measures)
        except Exception:
            _log.exception("answered, but not recorded", extra={"path": request.path})


def _trace(request: Request, status: int, labels: tuple[str, str], seconds: float) -> None:
    if _log.isEnabledFor(logging.DEBUG):
        details = {"operation": ".".join(labels), "milliseconds": seconds * 1000}
        _log.debug("%s %s %d", request.method, request.path, status, extra=details)


def _report(request: Request, status: int, error: Exception) -> None:
    """Log what is ours to mend with its traceback; what is the client's, only when asked.

    A 502 is an agent that is away, a 503 a limit that was reached, or something outside that
    does not answer; at a 507 the disk is full, and needs no tracebacks.
    """
    if status in {502, 503, 507}:
        _log.warning("%s %s put off: %s", request.method, request.path, error)
    elif status >= 500 and status != 501 and not isinstance(error, BodyTruncated):
        _log.error(
            "%s %s failed", request.method, request.path, exc_info=error, extra={"status": status}
        )
    else:
        _log.debug("%s %s refused: %s", request.method, request.path, error)
