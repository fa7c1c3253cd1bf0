"""How an AWS service is written: groups of async methods named like its operations.

A group is any object. Its public async methods take a `Call` and the parsed, validated
parameters (by the names of the service's model) and return the result by the same
names, or a whole `Response` where a hot path writes its own document::

    class TableOperations:
        async def describe_table(self, call: Call, params: Params) -> Result: ...

    Service("dynamodb", TableOperations(tables), ItemOperations(tables), translate=translate)

A streaming member (S3's ``Body``) is a `Body` in the parameters, and ``bytes`` or an
async iterator of them in the result. A timestamp is an aware `datetime` in the
parameters, and one or the seconds since the epoch in the result. A member of a result
that is None counts as absent. A result that is ``bytes`` is the finished document. An
operation whose result is a stream of events writes the `Response` itself (`eventstream`).
"""

import inspect
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.http import Measures, Request, Response
from lenticular.primitives.meters import Usage
from lenticular.primitives.policies.documents import Policy
from lenticular.primitives.policies.evaluation import NO_KEYS, Access, Decision, Keys, decide
from lenticular.primitives.principals import Principal

Params = dict[str, Any]
Result = dict[str, Any]
Usages = Callable[["Call", Params], Awaitable[Sequence[Usage]]]
Demands = Callable[["Call", Params], Awaitable[Iterable["Demand"]]]
CrossOrigin = Callable[[Request, Mapping[str, str]], Awaitable[Sequence[tuple[str, str]]]]
"""Takes a request and what was read of it on the way; returns headers of its answer."""
Answered = Callable[["Exchange"], Awaitable[None]]
Handler = Callable[["Call", Params], Awaitable[Result | Response | bytes]]


def access_denied(call: "Call", decision: Decision) -> AwsError:
    """Return the error of most services for what the caller may not do, or of nobody calling."""
    if call.principal.is_anonymous:
        return AwsError("MissingAuthenticationToken", "Missing Authentication Token", 403)
    return AwsError("AccessDenied", decision.message, 403)


def json_access_denied(call: "Call", decision: Decision) -> AwsError:
    """Return the same error in the words of most services that speak JSON."""
    if call.principal.is_anonymous:
        return AwsError(
            "MissingAuthenticationTokenException", "Request is missing Authentication Token"
        )
    return AwsError("AccessDeniedException", decision.message)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one thing of a call about several."""

    key: str
    version_id: str
    """As it was asked for; empty: none was."""
    status: int
    """That the answer would have if it had been a call of its own."""
    error: str
    """The error's code; empty: it went well."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer, which has gone out."""

    request: Request
    operation: str
    """The operation's name in the model."""
    principal: Principal
    """`ANONYMOUS` too where the signature was refused."""
    signature: Mapping[str, str]
    """``SignatureVersion`` and ``AuthenticationMethod``; empty: there was none that holds."""
    params: Mapping[str, Any]
    """Only what stood in the path, where the request was not read."""
    response: Response
    measures: Measures
    outcomes: Sequence[Outcome] = ()


@dataclass(slots=True)
class Call:
    """One authenticated call of one operation."""

    request: Request
    service: str
    """The service's name in botocore (``s3``)."""
    operation: str
    """The operation's name in the model (``PutObject``)."""
    principal: Principal
    region: str
    """The region of the credential scope; for an unsigned call the cloud's own."""
    status: int | None = None
    """Set by a handler that succeeds with another status than the model's (206)."""
    denied: Callable[["Call", Decision], AwsError] = access_denied
    """Makes the service's error of a refusal."""
    touched: list[tuple[str, str]] = field(default_factory=list)
    """What the call was found to be about: ARNs, with the accounts that own them."""
    outcomes: Sequence["Outcome"] = ()
    """Of a call about several things: what became of each."""

    def require(
        self,
        action: str,
        resource: str = "*",
        *,
        account_id: str = "",
        keys: Keys = NO_KEYS,
        resource_policy: Policy | None = None,
    ) -> Decision:
        """Let the call go on only if its caller may do `action` (``iam:CreateUser``) there.

        `resource` is an ARN, ``*`` for an action that has none; `account_id` its owner, if
        that is not the caller's account; `keys` are the condition keys of this action, by
        lower-case name. Raises AwsError with the service's code.
        """
        owner = account_id or self.principal.account_id
        self.touched.append((resource, owner))
        access = Access(
            principal=self.principal,
            action=action,
            resource=resource,
            account_id=owner,
            keys=keys,
            resource_policy=resource_policy,
        )
        decision = decide(access)
        if not decision.allowed:
            error = self.denied(self, decision)
            error.decision = decision
            raise error
        return decision


@dataclass(frozen=True, slots=True)
class Demand:
    """One thing that an operation needs its caller to be allowed; see `Call.require`."""

    action: str
    resource: str = "*"
    account_id: str = ""
    keys: Keys = field(default_factory=lambda: NO_KEYS)


class Service:
    """The operations of one service that this cloud has written.

    `opaque` names shapes whose JSON value goes through as it is, unread and unchecked, in
    both directions. `validate` says whether parameters are held against the constraints
    of the model (S3 itself does not). `document_limit` is the largest document taken, in
    bytes (None: the protocol's); a streaming member is not limited by it. `demands` says,
    for each call, what its caller must be allowed before the handler runs; a service without
    it asks within its handlers (`Call.require`) or within its primitives. `denied` makes its
    error of a refusal. `usages` tells what each call will use, for the meters and budgets,
    without raising for what the operation itself refuses; without it the caller pays for one
    request of the service. `cross_origin` tells what browsers are to know of each answer to a
    page of another origin (CORS): it is asked of a request that names its origin. `is_website`
    tells whether a bucket is a website: it is asked of an unsigned request to a host that may
    be named like one. `header` is one that all requests to the service carry, by lower-case
    name, and none to another service that is signed for by the same name. `answered` is told of
    every request whose answer has gone out.
    """

    def __init__(
        self,
        name: str,
        *groups: object,
        translate: Callable[[Exception], AwsError | None] = lambda error: None,
        opaque: Collection[str] = (),
        validate: bool = True,
        document_limit: int | None = None,
        demands: Demands | None = None,
        denied: Callable[["Call", Decision], AwsError] = access_denied,
        usages: Usages | None = None,
        cross_origin: CrossOrigin | None = None,
        is_website: Callable[[str], Awaitable[bool]] | None = None,
        header: str = "",
        answered: Answered | None = None,
    ) -> None:
        self.name = name
        self.header = header
        self.answered = answered
        self.usages = usages
        self.cross_origin = cross_origin
        self.is_website = is_website
        self.demands = demands
        self.denied = denied
        self.opaque = frozenset(opaque)
        self.validate = validate
        self.document_limit = document_limit
        self.handlers: dict[str, Handler] = {}
        """By snake-case operation name."""
        self.translate = translate
        """Makes the service's error of a primitive's neutral one; None: not its business."""
        for group in groups:
            for method in dir(group):
                if method.startswith("_"):  # most are: they are not even looked at
                    continue
                handler = getattr(group, method)
                if inspect.iscoroutinefunction(handler):
                    if method in self.handlers:
                        raise TypeError(f"{name}: two groups define the operation {method}")
                    self.handlers[method] = handler
