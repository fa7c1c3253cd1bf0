"""Audit events: who did what, when, from where, with what result, in CloudTrail's record format.

AWS CloudTrail User Guide, "CloudTrail record contents" (version 1.11) and "CloudTrail
userIdentity element". The format serves every interface: what came over Globus's is
recorded by the same fields, with an event source of its own.
"""

import time
import uuid
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

from lenticular.primitives.circumstances import Circumstances
from lenticular.primitives.principals import Principal

CLOUD = "000000000000"
"""Stands for the account of what belongs to none: local administration, unknown callers."""

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
"""What stands in an event in the place of a secret."""

MANAGEMENT = "Management"
DATA = "Data"

_SERVICE = "cloudtrail.amazonaws.com"
_VERSION = "1.11"
_LONGEST_TEXT = 1024
"""Characters of a user agent or an error message that are kept."""

_LARGEST_MEMBER = 100 * 1024
"""Bytes of the parameters, or of the result, above which they are left out."""

_TYPES = {"root": "Root", "user": "IAMUser", "role": "AssumedRole", "federated": "FederatedUser"}

Document = Mapping[str, Any]
"""What JSON can hold, without secrets."""


class Resource(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Something that a call was about."""

    type: str
    """As CloudFormation names it: ``AWS::S3::Bucket``."""
    arn: str = field(name="ARN")
    account_id: str = ""
    """Its owner."""


class Event(Struct, frozen=True, kw_only=True, rename="camel"):
    """One call. An absent member is one that does not apply; null is one that has no value."""

    event_version: str = _VERSION
    user_identity: Document
    event_time: str
    """When the request came in, in UTC to the second."""
    event_source: str
    """The service: ``iam.amazonaws.com``, ``auth.globus.org``."""
    event_name: str
    """The operation: ``CreateUser``."""
    aws_region: str
    source_ip_address: str = field(name="sourceIPAddress")
    user_agent: str
    error_code: str | UnsetType = UNSET
    error_message: str | UnsetType = UNSET
    request_parameters: Document | None = None
    response_elements: Document | None = None
    """The result, of calls that change something."""
    additional_event_data: Document | UnsetType = UNSET
    request_id: str = field(name="requestID", default="")
    event_id: str = field(name="eventID", default_factory=lambda: str(uuid.uuid4()))
    read_only: bool = True
    resources: tuple[Resource, ...] | UnsetType = UNSET
    event_type: str = "AwsApiCall"
    management_event: bool = True
    recipient_account_id: str = CLOUD
    """Whose log the event stands in."""
    shared_event_id: str | UnsetType = field(name="sharedEventID", default=UNSET)
    """The same in the events of one call that stand in the logs of several accounts."""
    event_category: str = MANAGEMENT
    tls_details: Document | UnsetType = UNSET

    @classmethod
    def of(
        cls,
        principal: Principal,
        source: str,
        name: str,
        *,
        read_only: bool = False,
        parameters: Document | None = None,
        result: Document | None = None,
        error: tuple[str, str] | None = None,
        additional: Document | None = None,
        resources: tuple[Resource, ...] = (),
        event_type: str = "AwsApiCall",
        category: str = MANAGEMENT,
        identity: Document | None = None,
        account_id: str = "",
        request_id: str = "",
        host: str = "",
    ) -> "Event":
        """Return the event of a call that `principal` made, under its circumstances.

        `parameters` and `result` hold no secrets any more (`HIDDEN` stands for them);
        `error` is the code and the message of a refused call. `identity` replaces what the
        principal alone tells; `account_id` is whose log the event belongs in, if that is
        not the principal's own account; `host` is the Host header of a request over TLS.
        """
        request = principal.circumstances
        return cls(
            user_identity=identity if identity is not None else user_identity(principal),
            event_time=iso(request.time or time.time()),
            event_source=source,
            event_name=name,
            aws_region=request.region,
            source_ip_address=request.source_ip,
            user_agent=cut(request.user_agent),
            error_code=error[0] if error else UNSET,
            error_message=cut(error[1]) if error else UNSET,
            request_parameters=_within(parameters),
            response_elements=_within(result),
            additional_event_data=additional or UNSET,
            request_id=request_id,
            read_only=read_only,
            resources=resources or UNSET,
            event_type=event_type,
            management_event=category == MANAGEMENT,
            recipient_account_id=account_id or principal.account_id or CLOUD,
            event_category=category,
            tls_details=_tls(request, host),
        )

    def copies(self, accounts: set[str]) -> list["Event"]:
        """Return the event as it stands in the logs of several accounts, its own first."""
        others = sorted(accounts - {self.recipient_account_id})
        if not others:
            return [self]
        shared = str(uuid.uuid4())
        own = msgspec.structs.replace(self, shared_event_id=shared)
        return [own] + [
            msgspec.structs.replace(own, recipient_account_id=account, event_id=str(uuid.uuid4()))
            for account in others
        ]


def own_event(name: str, seconds: float, parameters: Document) -> Event:
    """Return an event of the log itself, for the cloud's own chain."""
    return Event(
        user_identity={"type": "AWSService", "invokedBy": _SERVICE},
        event_time=iso(seconds),
        event_source=_SERVICE,
        event_name=name,
        aws_region="",
        source_ip_address=_SERVICE,
        user_agent=_SERVICE,
        request_parameters=parameters,
        read_only=False,
        event_type="AwsServiceEvent",
    )


encode_event = msgspec.json.Encoder().encode
"""Writes an event: these bytes are what the chain of an account's log is made of."""

decode_event = msgspec.json.Decoder(Event).decode


def user_identity(principal: Principal) -> dict[str, Any]:
    """Return who a principal is, in the words of CloudTrail's userIdentity element."""
    if principal.is_anonymous:
        return {"type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL"}
    identity: dict[str, Any] = {
        "type": _TYPES.get(principal.kind, "Unknown"),
        "principalId": principal.user_id,
        "arn": principal.arn,
        "accountId": principal.account_id,
    }
    if principal.access_key_id:
        identity["accessKeyId"] = principal.access_key_id
    if principal.kind == "user":
        identity["userName"] = principal.arn.rpartition("/")[2]
    context = _session_context(principal)
    if context:
        identity["sessionContext"] = context
    if principal.identity_id:
        identity["onBehalfOf"] = {"userId": principal.identity_id}
    return identity


def _session_context(principal: Principal) -> dict[str, Any]:
    is_session = (principal.access_key_id or "").startswith("ASIA")
    if not is_session and not principal.issuer_arn:
        return {}
    context: dict[str, Any] = {}
    if principal.issuer_arn:
        kind = principal.issuer_arn.rpartition(":")[2].partition("/")[0]
        context["sessionIssuer"] = {
            "type": {"role": "Role", "user": "IAMUser"}.get(kind, "Root"),
            "principalId": principal.user_id.partition(":")[0],
            "arn": principal.issuer_arn,
            "accountId": principal.account_id,
            "userName": principal.issuer_arn.rpartition("/")[2],
        }
    keys = principal.keys
    attributes = {"mfaAuthenticated": keys.get("aws:multifactorauthpresent", "false")}
    if created := keys.get("aws:tokenissuetime"):
        attributes["creationDate"] = created
    context["attributes"] = attributes
    if source := keys.get("aws:sourceidentity"):
        context["sourceIdentity"] = source
    return context


def cut(text: str, longest: int = _LONGEST_TEXT) -> str:
    """Return a text, shortened when it is very long, with how long it was."""
    return text if len(text) <= longest else f"{text[:longest]}... ({len(text)} characters)"


def iso(seconds: float) -> str:
    """Return a time as events have it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _within(document: Document | None) -> Document | None:
    if document is None:
        return None
    size = len(msgspec.json.encode(document))
    if size <= _LARGEST_MEMBER:
        return document
    return {"omitted": True, "originalSize": size, "reason": "Field size limit exceeded"}


def _tls(request: Circumstances, host: str) -> Document | UnsetType:
    return {"clientProvidedHostHeader": host} if request.secure else UNSET
