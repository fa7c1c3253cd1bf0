"""The audit events of Globus calls, in the same record format as those of every interface."""

from collections.abc import Mapping
from typing import Any

import msgspec

from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.globus.wire.routing import Route
from lenticular.apis.globus.wire.service import Call
from lenticular.apis.http import Request
from lenticular.primitives.audit import Event
from lenticular.primitives.audit.events import user_identity
from lenticular.primitives.audit.redaction import redacted
from lenticular.primitives.oauth.callers import Caller

_READING = frozenset({"GET", "HEAD"})


def event_of(
    request: Request,
    route: Route,
    caller: Caller,
    call: Call | None,
    result: object,
    error: GlobusError | None,
) -> Event:
    """Return the event of a call; `caller` is under the request's circumstances."""
    read_only = route.operation.method in _READING
    return Event.of(
        caller.principal,
        f"{route.service.name}.globus.org",
        _pascal(route.operation.name),
        read_only=read_only,
        parameters=_parameters(call) if call is not None else None,
        result=None if read_only or error is not None else _document(result),
        error=(error.code or str(error.status), error.message) if error is not None else None,
        identity=_identity(caller),
        request_id=request.id,
        host=request.host,
    )


def _identity(caller: Caller) -> dict[str, Any]:
    """Return who calls: the IAM user that a person is, and which identity of theirs acts."""
    identity = user_identity(caller.principal)
    if caller.identity_id:
        identity["onBehalfOf"] = {"userId": caller.identity_id}
    if caller.client_id:
        identity["invokedBy"] = caller.client_id
    return identity


def _parameters(call: Call) -> dict[str, Any] | None:
    given: dict[str, Any] = {**call.query, **call.form, **call.arguments}
    if call.document is not None:
        given["document"] = call.document
    return _document(given)


def _document(value: object) -> dict[str, Any] | None:
    if not isinstance(value, Mapping | msgspec.Struct):
        return None
    return redacted(msgspec.to_builtins(value)) or None


def _pascal(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
