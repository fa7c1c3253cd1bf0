"""The audit events of AWS calls: what the log is told of each.

Every management call is an event, reads and refusals too; a data call is one where a trail
asks for it. AWS CloudTrail User Guide, "CloudTrail record contents".
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.kinds import Kind, kind_of
from lenticular.apis.aws.wire.redaction import Redactor, without
from lenticular.apis.aws.wire.resources import resource_type
from lenticular.apis.aws.wire.routing import Route
from lenticular.apis.aws.wire.service import Call, Params
from lenticular.apis.aws.wire.signatures import Authenticated
from lenticular.apis.http import Request
from lenticular.primitives.audit import CLOUD, DATA, MANAGEMENT, Event, Resource
from lenticular.primitives.audit.events import user_identity
from lenticular.primitives.principals import Principal

_ARN_COLONS = 5

_LONGEST_KEY = 128
"""Characters that an access key id has at most."""

BucketOwner = Callable[[str], Awaitable[str]]
"""Returns the account that owns a bucket; empty when there is no such bucket."""


class Selection(Protocol):
    """Which data events trails ask for."""

    @property
    def wants_data(self) -> bool:
        """Whether any trail wants any."""

    def selects(self, event: Event) -> bool:
        """Tell whether a trail of the event's account wants it."""


@dataclass(frozen=True, slots=True)
class Course:
    """How a request went, as far as it came."""

    principal: Principal
    """Who made it, under its circumstances."""
    caller: Authenticated | None
    """None: the signature was refused."""
    call: Call | None = None
    """None: the parameters were not read."""
    params: Params = field(default_factory=dict)
    result: object = None
    error: AwsError | None = None


class CallEvents:
    """Makes events of the calls of one interface."""

    def __init__(self, selection: Selection, bucket_owner: BucketOwner) -> None:
        self._selection = selection
        self._bucket_owner = bucket_owner
        self._redactors: dict[str, Redactor] = {}

    def wanted(self, route: Route) -> bool:
        """Tell, as cheaply as can be, whether calls of an operation may be events now."""
        kind = kind_of(route.service.name, route.operation.name)
        return not kind.is_data or self._selection.wants_data

    async def of_call(self, request: Request, route: Route, course: Course) -> Sequence[Event]:
        """Return the events of a call, one for each account that it is recorded of."""
        kind = kind_of(route.service.name, route.operation.name)
        resources = await self._resources(course)
        own = course.principal.account_id
        accounts = {own or CLOUD}
        if course.error is None:
            accounts |= {resource.account_id for resource in resources if resource.account_id}
            if not own and len(accounts) > 1:
                accounts.discard(CLOUD)
        first = own if own in accounts else min(accounts)
        event = self._event(request, route, course, kind, resources, first)
        events = event.copies(accounts)
        if kind.is_data:
            return [event for event in events if self._selection.selects(event)]
        return events

    def _event(
        self,
        request: Request,
        route: Route,
        course: Course,
        kind: Kind,
        resources: tuple[Resource, ...],
        account_id: str,
    ) -> Event:
        redactor = self._redactor(route)
        secrets: list[str] = []
        parameters = redactor.document(route.operation.input, course.params, secrets)
        result = None
        if kind.has_result and course.error is None and isinstance(course.result, dict):
            result = redactor.document(route.operation.output, course.result, secrets)
        return Event.of(
            course.principal,
            f"{route.protocol.model.endpoint_prefix}.amazonaws.com",
            kind.event_name,
            read_only=kind.read_only,
            parameters=parameters,
            result=result,
            error=_refusal(course.error, secrets) if course.error else None,
            additional=signature_of(course.caller),
            resources=resources,
            category=DATA if kind.is_data else MANAGEMENT,
            identity=_identity(request, course),
            account_id=account_id,
            request_id=request.id,
            host=request.host,
        )

    def _redactor(self, route: Route) -> Redactor:
        service = route.service
        redactor = self._redactors.get(service.name)
        if redactor is None:
            redactor = self._redactors[service.name] = Redactor(service.name, service.opaque)
        return redactor

    async def _resources(self, course: Course) -> tuple[Resource, ...]:
        """Return what a call was about: what its caller had to be allowed to do something to.

        Of a refused call nothing is told of other accounts but what the caller named itself.
        """
        if course.call is None:
            return ()
        own = course.principal.account_id
        named = await self._named(course.call.service, course.params)
        touched = course.call.touched
        if course.error is not None:
            named = [(arn, owner if owner == own else "") for arn, owner in named]
            touched = [(arn, owner) for arn, owner in touched if owner == own]
        return tuple(
            Resource(resource_type(arn), arn, owner)
            for arn, owner in dict.fromkeys([*named, *touched])
            if arn.startswith("arn:")
        )

    async def _named(self, service: str, params: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Return what the parameters name, with its owner, where the primitives ask policies."""
        if service == "sts" and (role := params.get("RoleArn")):
            return [(role, role.split(":")[4])] if role.count(":") == _ARN_COLONS else []
        if service != "s3" or not (bucket := params.get("Bucket")):
            return []
        owner = await self._bucket_owner(bucket)
        arn = f"arn:aws:s3:::{bucket}"
        key = params.get("Key")
        return [(f"{arn}/{key}", owner), (arn, owner)] if key else [(arn, owner)]


def _identity(request: Request, course: Course) -> Mapping[str, Any]:
    """Return who made a request, in the words of the userIdentity element."""
    if course.caller is None:
        return {"type": "Unknown", "accessKeyId": _claimed_key(request)}
    if course.principal.is_anonymous and isinstance(course.result, dict):
        return _web_identity(course.result) or user_identity(course.principal)
    return user_identity(course.principal)


def _claimed_key(request: Request) -> str:
    """Return the access key that a request names, whether or not there is such a key."""
    authorization = request.headers.get("authorization", "")
    _, version4, credential = authorization.partition("Credential=")
    if not version4:
        credential = authorization.removeprefix("AWS ").partition(":")[0]
    if not credential:
        given = request.parameters
        credential = given.get("X-Amz-Credential") or given.get("AWSAccessKeyId", "")
    return credential.partition("/")[0][:_LONGEST_KEY]


def _refusal(error: AwsError, secrets: Sequence[str]) -> tuple[str, str]:
    # What follows the first line is the canonical request, with whatever was signed in it.
    return error.code, without(secrets, error.message).partition("\n")[0]


def signature_of(caller: Authenticated | None) -> dict[str, str] | None:
    """Return how a request was signed, in the log's words; None: it was not."""
    if caller is None or caller.service is None:
        return None
    return {
        "SignatureVersion": "SigV4" if caller.region is not None else "SigV2",
        "AuthenticationMethod": "QueryString" if caller.presigned else "AuthHeader",
    }


def _web_identity(result: Mapping[str, Any]) -> dict[str, str] | None:
    """Return who came with a token of an identity provider, which is no signature."""
    subject = result.get("SubjectFromWebIdentityToken")
    if subject is None:
        return None
    provider, audience = result.get("Provider", ""), result.get("Audience", "")
    return {
        "type": "WebIdentityUser",
        "principalId": f"{provider}:{audience}:{subject}",
        "userName": subject,
        "identityProvider": provider,
    }
