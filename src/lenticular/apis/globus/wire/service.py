"""How a Globus service is written: groups of async methods, each under its route.

A group is any object. Its methods that are operations say so::

    class GroupOperations:
        @operation("GET", "/v2/groups/{group_id}", scopes=(VIEW_ALL,))
        async def get_group(self, call: Call) -> Result:
            group = await self._groups.get(call.caller, call.arguments["group_id"])
            ...

        @operation("POST", "/v2/groups", scopes=(ALL,), document=NewGroup)
        async def create_group(self, call: Call) -> Result:
            new: NewGroup = call.document

    Service("groups", GroupOperations(groups), errors=CodedErrors(), translate=translate)

The result is what JSON is made of (a dict, a list, a msgspec Struct), None for 204, or a
whole `Response`.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from lenticular.apis.globus.wire.errors import ErrorForm, GlobusError
from lenticular.apis.globus.wire.payloads import FORM, read_form
from lenticular.apis.http import Request
from lenticular.primitives.oauth.callers import NOBODY, Caller
from lenticular.primitives.policies.documents import Policy
from lenticular.primitives.policies.evaluation import NO_KEYS, Access, Decision, Keys, decide

Result = Any
Handler = Callable[["Call"], Awaitable[Result]]


class Credential(Enum):
    """What a request must show before its operation runs."""

    NOTHING = auto()
    """Anybody may call, or the handler looks itself (a form with a secret, a cookie)."""
    TOKEN = auto()
    """An access token (Bearer)."""
    CLIENT = auto()
    """A client's id and secret (Basic)."""
    EITHER = auto()
    """An access token, or a client's id and secret."""
    OPTIONAL = auto()
    """The same, or nothing at all; what is shown must be right."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: where it is found, what it asks for, who carries it out."""

    name: str
    """The name of its handler."""
    method: str
    path: str
    """A template: ``{name}`` stands for one segment."""
    handler: Handler
    credential: Credential = Credential.TOKEN
    scopes: tuple[str, ...] = ()
    """Scopes of which a token must have one; empty: any token for this service will do."""
    document: Any = None
    """The msgspec type of the JSON document that it takes; None: it takes none."""
    errors: ErrorForm | None = None
    """Its own form of errors; None: the service's."""
    status: int = 200
    """Of its success."""
    recorded: bool = True
    """Whether each call is in the audit log: not what is asked all the time (a key set, whether
    a token is active) and manages nothing."""


@dataclass(slots=True)
class Call:
    """One authenticated call of one operation."""

    request: Request
    operation: Operation
    arguments: Mapping[str, str]
    """The segments of the path that its template names."""
    caller: Caller = NOBODY
    document: Any = None
    """The JSON document, of the type that the operation names."""
    form: dict[str, str] = field(default_factory=dict)
    """The fields of a form, where the request is one."""
    refusal: GlobusError | None = None
    """What was wrong, where a page tells it in its own way: for the audit log."""

    @property
    def query(self) -> dict[str, str]:
        """The query; of a repeated name the first value."""
        return self.request.parameters

    def require(
        self,
        action: str,
        resource: str = "*",
        *,
        account_id: str = "",
        keys: Keys = NO_KEYS,
        resource_policy: Policy | None = None,
    ) -> Decision:
        """Let the call go on only if the caller's policies allow `action` there.

        The same as for every AWS operation: one person has one set of policies, whatever
        the interface. Raises `GlobusError` (403).
        """
        principal = self.caller.principal
        access = Access(
            principal=principal,
            action=action,
            resource=resource,
            account_id=account_id or principal.account_id,
            keys=keys,
            resource_policy=resource_policy,
        )
        decision = decide(access)
        if not decision.allowed:
            raise GlobusError(403, decision.message)
        return decision


def operation(
    method: str,
    path: str,
    *,
    credential: Credential = Credential.TOKEN,
    scopes: tuple[str, ...] = (),
    document: Any = None,
    errors: ErrorForm | None = None,
    status: int = 200,
    recorded: bool = True,
) -> Callable[[Callable[[Any, Call], Awaitable[Result]]], Callable[[Any, Call], Awaitable[Result]]]:
    """Mark a method as an operation; see `Operation` for the parameters."""

    def mark(
        handler: Callable[[Any, Call], Awaitable[Result]],
    ) -> Callable[[Any, Call], Awaitable[Result]]:
        handler.__operation__ = {  # type: ignore[attr-defined]  # functions take attributes
            "method": method,
            "path": path,
            "credential": credential,
            "scopes": scopes,
            "document": document,
            "errors": errors,
            "status": status,
            "recorded": recorded,
        }
        return handler

    return mark


class Service:
    """The operations of one Globus service that this cloud has written.

    `name` is the one that globus-sdk has for it (``auth``, ``groups``). `resource_server`
    is the audience that a token must be for. `errors` is its form of errors; `translate`
    makes its error of a primitive's neutral one (None: not its business).
    """

    def __init__(
        self,
        name: str,
        *groups: object,
        resource_server: str,
        errors: ErrorForm,
        translate: Callable[[Exception], GlobusError | None] = lambda error: None,
    ) -> None:
        self.name = name
        self.resource_server = resource_server
        self.errors = errors
        self.translate = translate
        self.operations: list[Operation] = []
        for group in groups:
            for method in dir(group):
                if method.startswith("_"):  # most are: they are not even looked at
                    continue
                handler = getattr(group, method)
                marked = getattr(handler, "__operation__", None)
                if marked is not None:
                    self.operations.append(Operation(name=method, handler=handler, **marked))


async def form_of(request: Request) -> dict[str, str]:
    """Return the fields of a request that is a form, nothing of any other."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return await read_form(request) if kind == FORM else {}
