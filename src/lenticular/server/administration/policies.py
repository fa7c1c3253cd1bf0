"""Policies explained: whether somebody may do something, and which statement says so."""

import re
import time

from msgspec import Struct
from msgspec.structs import replace

from lenticular.engines.kv.contract import Reader
from lenticular.primitives.circumstances import Circumstances
from lenticular.primitives.identities import ROLES, EntityNotFound, Identities, InputInvalid
from lenticular.primitives.objects.errors import BucketNotFound
from lenticular.primitives.objects.rights import policy_of
from lenticular.primitives.policies.documents import Policy, parse
from lenticular.primitives.policies.evaluation import Access
from lenticular.primitives.policies.explanation import Considered, explain
from lenticular.primitives.principals import Principal
from lenticular.server.administration.contract import Site

_ARN = re.compile(r"arn:aws:iam::([0-9]{12}):(?:(user|role)/(?:.*/)?([^/]+)|root)")
_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9]+")
_BUCKET = re.compile(r"arn:aws:s3:::([^/]+)(?:/.*)?", re.DOTALL)
_OWNED = re.compile(r"arn:[^:]+:[^:]+:[^:]*:([0-9]{12}):.+", re.DOTALL)


class Question(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether somebody may do something."""

    who: str
    """The ARN of a user, a role or an account's root, or what a user signs in as."""
    action: str
    resource: str
    context: dict[str, list[str]] = {}
    """Values of condition keys."""


class ToldStatement(Struct, frozen=True, omit_defaults=True):
    """A statement, and what it says to the question."""

    policy: str
    policy_type: str
    statement: str
    """Its Sid, or its number in the policy."""
    effect: str
    applies: bool
    reason: str = ""
    """What it is not about."""


class Answer(Struct, frozen=True):
    """Whether they may, and why."""

    allowed: bool
    verdict: str
    """``allowed``, ``explicitDeny`` or ``implicitDeny``."""
    principal: str
    message: str
    """What they are told who may not; empty for those who may."""
    statements: list[ToldStatement]
    """Those that decided."""
    considered: list[ToldStatement]
    """All of them."""


_VERDICTS = {"allowed": "allowed", "explicit": "explicitDeny", "implicit": "implicitDeny"}
_REASONS = {
    "applies": "",
    "principal": "it is about others",
    "action": "it is about other actions",
    "resource": "it is about other resources",
    "condition": "a condition does not hold",
}


async def explain_access(site: Site, wanted: Question) -> Answer:
    """Answer a question. Raises `EntityNotFound`, and `InputInvalid` for what cannot be asked."""
    if not _ACTION.fullmatch(wanted.action):
        raise InputInvalid(
            f"{wanted.action!r} is no action: expected a service and an operation, such as "
            f"s3:GetObject"
        )
    if wanted.resource != "*" and not wanted.resource.startswith("arn:"):
        raise InputInvalid(
            f"{wanted.resource!r} is no resource: expected an ARN, such as "
            f"arn:aws:s3:::samples/run-1.csv, or *"
        )
    principal = await _principal(site.cloud.identities, wanted.who)
    now = Circumstances(time=time.time(), region=site.configuration.region)
    owner, policy = await _owner(site, wanted, principal)
    access = Access(
        principal.under(now),
        wanted.action,
        wanted.resource,
        owner,
        {key.lower(): tuple(values) for key, values in wanted.context.items()},
        policy,
    )
    explained = explain(access)
    decision = explained.decision
    return Answer(
        allowed=decision.allowed,
        verdict=_VERDICTS[decision.cause],
        principal=principal.arn,
        message="" if decision.allowed else decision.message,
        statements=[
            _told(each) for each in explained.considered if each.statement in decision.statements
        ],
        considered=[_told(each) for each in explained.considered],
    )


def _told(considered: Considered) -> ToldStatement:
    statement = considered.statement
    return ToldStatement(
        policy=statement.policy,
        policy_type=considered.policy_type,
        statement=statement.sid or str(statement.number),
        effect=statement.effect,
        applies=considered.applies,
        reason=considered.detail or _REASONS[considered.reason],
    )


async def _principal(identities: Identities, who: str) -> Principal:
    """Return who is meant. Raises `EntityNotFound`."""
    if (match := _ARN.fullmatch(who)) is None:
        user = await identities.find_user(who)
        if user is None:
            raise EntityNotFound(
                f"nobody is called {who!r}: expected the name of a user, or the ARN of a user or a "
                f"role"
            )
        account_id, kind, name = user.account_id, "user", user.name
    else:
        account_id, kind, name = match.groups()
        await identities.accounts.get(account_id)

    def find(reader: Reader) -> Principal:
        if kind == "user":
            return identities.user_principal(reader, account_id, name)
        root = identities.root_principal(reader, account_id)
        return root if kind is None else _in_role(reader, identities, root, name)

    return await identities.read(find)


def _in_role(reader: Reader, identities: Identities, root: Principal, name: str) -> Principal:
    """Return a session of a role. Raises `EntityNotFound`."""
    role = ROLES.get(reader, root.account_id, name)
    return replace(
        root,
        arn=f"arn:aws:sts::{role.account_id}:assumed-role/{role.name}/explained",
        user_id=f"{role.id}:explained",
        kind="role",
        issuer_arn=role.arn,
        issuer_id=role.id,
        authority=identities.role_authority(reader, role.account_id, role.name),
        keys={f"aws:principaltag/{key.lower()}": value for key, value in role.tags.items()},
    )


async def _owner(site: Site, wanted: Question, principal: Principal) -> tuple[str, Policy | None]:
    """Return the account that a resource is in, and the resource's policy if it has one."""
    if (in_bucket := _BUCKET.fullmatch(wanted.resource)) is not None:
        try:
            bucket = await site.cloud.storage.buckets.find(in_bucket[1])
        except BucketNotFound:
            return principal.account_id, None
        return bucket.account_id, policy_of(bucket)
    owned = _OWNED.fullmatch(wanted.resource)
    owner = principal.account_id if owned is None else owned[1]
    role = _ARN.fullmatch(wanted.resource)
    if role is None or role[2] != "role" or not wanted.action.lower().startswith("sts:"):
        return owner, None
    found = await site.cloud.identities.roles.get(owner, role[3])
    named = f"the trust policy of role {found.name}"
    return owner, parse(found.trust, named, "trust", found.bindings)
