"""What a simulation asks the evaluator, and how IAM tells the answer."""

import re
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from lenticular.apis.aws.iam.paging import Page
from lenticular.apis.aws.wire.service import Params, Result
from lenticular.primitives.identities import InputInvalid
from lenticular.primitives.policies.authority import Authority
from lenticular.primitives.policies.context import Context
from lenticular.primitives.policies.documents import Kind, Policy, PolicyMalformed, parse
from lenticular.primitives.policies.evaluation import Access, Keys
from lenticular.primitives.policies.explanation import Considered, explain
from lenticular.primitives.policies.source import Position, condition_keys, span
from lenticular.primitives.principals import Principal

_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9]+")
_OWNED = re.compile(r"arn:[^:]+:[^:]+:[^:]*:([0-9]{12}):.+")
_CALLER = re.compile(r"arn:aws:iam::([0-9]{12}):user/.+")
_INLINE = re.compile(r"inline policy (.+) of (user|group|role) .+")

_DECISIONS = {"allowed": "allowed", "explicit": "explicitDeny", "implicit": "implicitDeny"}
_BOUNDARY = "permission-boundary"
_BOUNDARIES = "PermissionsBoundaryPolicyInputList"


def given_policies(params: Params, member: str = "PolicyInputList") -> tuple[Policy, ...]:
    """Return the policies that a request brings. Raises `InputInvalid`."""
    documents = enumerate(params.get(member, ()), 1)
    return tuple(_policy(text, f"{member}.{number}", "identity") for number, text in documents)


def given_boundary(params: Params) -> Policy | None:
    """Return the permissions boundary that a request brings. Raises `InputInvalid`."""
    given = given_policies(params, _BOUNDARIES)
    if len(given) > 1:
        raise InputInvalid(f"{_BOUNDARIES} has {len(given)} policies: expected one at most")
    return given[0] if given else None


def _policy(text: str, name: str, kind: Kind) -> Policy:
    try:
        return parse(text, name, kind)
    except PolicyMalformed as error:
        raise InputInvalid(f"Invalid Input Policy {name}: {error}") from None


def without_excluded(params: Params, authority: Authority) -> Authority:
    """Return an authority without the policies that a request leaves out."""
    excluded = params.get("PolicyExclusionList", ())
    boundary = authority.boundary
    if boundary is not None and any(_excludes(each, boundary, _BOUNDARY) for each in excluded):
        boundary = None
    kept = (
        policy
        for policy in authority.identity
        if not any(_excludes(each, policy, _type_of(policy)) for each in excluded)
    )
    return Authority(identity=tuple(kept), boundary=boundary)


def _excludes(identifier: Params, policy: Policy, policy_type: str) -> bool:
    """Tell whether an entry of the list, which has one member, is about a policy."""
    if (inline := identifier.get("InlinePolicyIdentifier")) is not None:
        kind, entity = inline.get("AttachmentType"), inline.get("AttachmentName")
        return policy.name == f"inline policy {inline.get('PolicyName')} of {kind} {entity}"
    return identifier.get("PolicyType") == policy_type or identifier.get("PolicyArn") == policy.name


def _type_of(policy: Policy) -> str:
    return _source(policy.name)[1] if policy.name.startswith("arn:") else "inline"


def context_keys(policies: Iterable[Policy]) -> Result:
    """Tell which condition keys policies ask for."""
    return {"ContextKeyNames": _keys_of(policies)}


def _keys_of(policies: Iterable[Policy]) -> list[str]:
    named = {key.lower(): key for each in policies for key in condition_keys(each.document)}
    return list(named.values())


def simulate(params: Params, principal: Principal) -> Result:
    """Ask, for every action and resource of a request, whether the principal may."""
    page = Page(params)
    policy = params.get("ResourcePolicy")
    of_resource = None if policy is None else _policy(policy, "ResourcePolicy", "resource")
    principal = _as_caller(params, principal, needed=of_resource is not None)
    keys = _keys(params)
    questions = [
        Access(principal, action, resource, _owner(params, resource, principal), keys, of_resource)
        for action in map(_action, params["ActionNames"])
        for resource in params.get("ResourceArns") or ["*"]
    ]
    asked, rest = page.of(enumerate(questions), lambda numbered: f"{numbered[0]:09}")
    return {"EvaluationResults": [_result(access) for _, access in asked], **rest}


def _action(name: str) -> str:
    if not _ACTION.fullmatch(name):
        raise InputInvalid(
            f"Invalid Action {name}: expected a service and an operation, such as s3:GetObject"
        )
    return name


def _as_caller(params: Params, principal: Principal, *, needed: bool) -> Principal:
    """Return the principal as the user that a request names, if it names one."""
    arn = params.get("CallerArn")
    if arn is None:
        if needed and not principal.arn:
            raise InputInvalid("CallerArn is required with a ResourcePolicy: the ARN of a user")
        return principal
    match = _CALLER.fullmatch(arn)
    if match is None:
        raise InputInvalid(f"Invalid CallerArn {arn}: expected the ARN of a user")
    return replace(
        principal, arn=arn, account_id=match[1], kind="user", issuer_arn="", issuer_id=""
    )


def _owner(params: Params, resource: str, principal: Principal) -> str:
    """Return the account that a resource is in."""
    owned = _OWNED.fullmatch(resource)
    if owned is not None:
        return owned[1]
    owner = params.get("ResourceOwner")
    if owner is None:
        return principal.account_id
    match = re.fullmatch(r"arn:aws:iam::([0-9]{12}):root", owner)
    if match is None:
        raise InputInvalid(
            f"Invalid ResourceOwner {owner}: expected the ARN of an account, such as "
            f"arn:aws:iam::123456789012:root"
        )
    return match[1]


def _keys(params: Params) -> Keys:
    return {
        entry["ContextKeyName"].lower(): tuple(entry.get("ContextKeyValues", ()))
        for entry in params.get("ContextEntries", ())
        if "ContextKeyName" in entry
    }


def _result(access: Access) -> Result:
    explained = explain(access)
    decision = explained.decision
    effect = "Deny" if decision.cause == "explicit" else "Allow"
    matched = [
        each
        for each in explained.considered
        if each.applies and each.statement.effect == effect and decision.cause != "implicit"
    ]
    result: Result = {
        "EvalActionName": access.action,
        "EvalResourceName": access.resource,
        "EvalDecision": _DECISIONS[decision.cause],
        "MatchedStatements": [_matched(each, access) for each in matched],
        "MissingContextValues": _missing(access),
    }
    if access.principal.authority.boundary is not None:
        bounding = [
            each
            for each in explained.considered
            if each.policy_type == "permissions boundary" and each.applies
        ]
        allows = bool(bounding) and all(each.statement.effect == "Allow" for each in bounding)
        result["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": allows}
    return result


def _policies(access: Access) -> Sequence[Policy]:
    authority = access.principal.authority
    more = (authority.boundary, access.resource_policy)
    return [*authority.identity, *(policy for policy in more if policy is not None)]


def _missing(access: Access) -> list[str]:
    """Return the condition keys that the policies ask for and the request does not bring."""
    values = Context(access).values
    return [key for key in _keys_of(_policies(access)) if values(key.lower()) is None]


def _matched(considered: Considered, access: Access) -> Result:
    statement = considered.statement
    document = next(
        policy.document for policy in _policies(access) if statement in policy.statements
    )
    start, end = span(document, statement.number)
    source, kind = _source(statement.policy)
    return {
        "SourcePolicyId": source,
        "SourcePolicyType": kind,
        "StartPosition": _position(start),
        "EndPosition": _position(end),
    }


def _source(name: str) -> tuple[str, str]:
    """Return the id and the type of the source of a policy."""
    if (inline := _INLINE.fullmatch(name)) is not None:
        return inline[1], inline[2]
    if name == "ResourcePolicy":
        return name, "resource"
    if name.startswith("arn:"):
        return name.rpartition("/")[2], "aws-managed" if ":aws:policy/" in name else "user-managed"
    return name, "none"


def _position(position: Position) -> Result:
    return {"Line": position.line, "Column": position.column}
