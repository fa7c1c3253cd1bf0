"""The audit events of Globus calls, in the same record format as those of every interface."""

from collections.abc import Mapping
from typing import Any

import msgspec

from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.globus.wire.routing import Route
from lenticular.apis.globus.wire.service import Call
from lenticular.apis.http import Request
from lenticular.primitives.audit import HIDDEN, Event
from lenticular.primitives.audit.events import cut, user_identity
from lenticular.primitives.oauth.callers import Caller

_SECRET = frozenset(
    {
        "access_token",
        "assertion",
        "client_secret",
        "code",
        "code_verifier",
        "csrf",
        "device_code",
        "id_token",
        "new_password",
        "other_tokens",
        "password",
        "refresh_token",
        "secret",
        "subject_token",
        "token",
    }
)
"""Fields and members that are secrets in every operation."""

_LONGEST_TEXT = 4096
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
    redacted = _redacted(msgspec.to_builtins(value))
    return redacted if isinstance(redacted, dict) and redacted else None


def _redacted(value: Any) -> Any:
    match value:
        case dict():
            return {
                key: HIDDEN if key in _SECRET and item else _redacted(item)
                for key, item in value.items()
            }
        case list():
            return [_redacted(item) for item in value]
        case str():
            return cut(value, _LONGEST_TEXT)
    return value


def _pascal(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
