"""Actions on memberships, many at once: each is done or refused for itself.

The rules are those of Globus Groups (Groups API, "Perform actions on members of the group").
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import get_args

import msgspec
from msgspec import Struct

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.primitives.groups import records
from lenticular.primitives.groups.errors import InputInvalid, MembershipRefused, NotPermitted
from lenticular.primitives.groups.records import (
    FIELDS,
    MEMBERSHIP,
    OF,
    ROLES,
    UNADDED,
    Group,
    Membership,
    Role,
    Status,
    encode,
)
from lenticular.primitives.groups.standing import role_of, visible

MOST = 500
"""Memberships that one batch may act on."""


class Request(Struct, frozen=True):
    """One identity in a batch, and what an action wants to know of it."""

    identity_id: str
    role: Role | None = None
    status_reason: str | None = None
    invite_email_address: str | None = None


class Refusal(Struct, frozen=True):
    """Why an action on one membership was not done."""

    identity_id: str
    code: str
    detail: str


@dataclass(slots=True)
class Outcome:
    """What became of a batch, by action."""

    done: dict[str, list[Membership]] = field(default_factory=dict)
    refused: dict[str, list[Refusal]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batch:
    """One person's actions in one group, within one transaction."""

    tx: Transaction
    group: Group
    identity_ids: tuple[str, ...]
    role: Role | None
    knows: Callable[[Reader, str], bool]
    """Tells whether an identity exists."""

    def act(self, action: str, request: Request) -> Membership:
        """Do one action. Raises `MembershipRefused`."""
        rule = _RULES[action]
        if rule.own and request.identity_id not in self.identity_ids:
            raise MembershipRefused(
                "NOT_OWN_IDENTITY", f"{request.identity_id} is not one of your identities"
            )
        now = records.membership(self.tx, self.group.group_id, request.identity_id)
        status: Status | None = now.status if now is not None else None
        if rule.before is not None and status not in rule.before:
            raise MembershipRefused(*_not_before(rule, status))
        if rule.check is not None:
            rule.check(self, request, now)
        return self._write(rule, request, now)

    def _write(self, rule: "_Rule", request: Request, now: Membership | None) -> Membership:
        moment = int(time.time() * 1000)
        fresh = Membership(self.group.group_id, request.identity_id, "member", "active", moment)
        role = request.role if rule.takes_role else None
        written = msgspec.structs.replace(
            now or fresh,
            role=role or (now.role if now is not None and rule.keeps_role else "member"),
            status=rule.after or (now or fresh).status,
            updated=moment,
            invited=moment if rule.after == "invited" else (now or fresh).invited,
            status_reason=request.status_reason,
            invite_email_address=request.invite_email_address
            or (now or fresh).invite_email_address,
        )
        key = written.group_id, written.identity_id
        self.tx.set(MEMBERSHIP.pack(*key), encode(written))
        self.tx.set(OF.pack(written.identity_id, written.group_id), b"")
        return written

    def at_least(self, role: Role) -> bool:
        """Tell whether the person has this role or a higher one."""
        return self.role is not None and ROLES.index(self.role) >= ROLES.index(role)


def perform(
    tx: Transaction,
    group_id: str,
    identity_ids: tuple[str, ...],
    requests: Mapping[str, Sequence[Request]],
    knows: Callable[[Reader, str], bool],
) -> Outcome:
    """Do a batch. Raises `GroupNotFound`, `NotPermitted`, `InputInvalid`: then nothing is done."""
    _check_shape(requests)
    group = visible(tx, group_id, identity_ids)
    batch = Batch(tx, group, identity_ids, role_of(tx, group, identity_ids), knows)
    for action in requests:
        least = _RULES[action].least
        if least is not None and not batch.at_least(least):
            raise NotPermitted(f"To {action} members needs the role {least} in the group")
    outcome = Outcome()
    for action, wanted in requests.items():
        for request in wanted:
            try:
                outcome.done.setdefault(action, []).append(batch.act(action, request))
            except MembershipRefused as error:
                refusal = Refusal(request.identity_id, error.code, error.detail)
                outcome.refused.setdefault(action, []).append(refusal)
    return outcome


def _check_shape(requests: Mapping[str, Sequence[Request]]) -> None:
    unknown = sorted(set(requests) - set(_RULES))
    if unknown:
        raise InputInvalid(f"There is no action {unknown[0]!r}; there are {', '.join(_RULES)}")
    ids = [request.identity_id for wanted in requests.values() for request in wanted]
    if not 1 <= len(ids) <= MOST:
        raise InputInvalid(f"A batch names 1 to {MOST} identities, not {len(ids)}")
    twice = {one for one in ids if ids.count(one) > 1} if len(set(ids)) < len(ids) else set()
    if twice:
        raise InputInvalid(f"Each identity may stand in a batch once: {min(twice)} does more often")


def allowed(reader: Reader, group: Group, identity_ids: Sequence[str]) -> dict[str, list[str]]:
    """Return, by action, those of a person's identities that may take it."""
    found: dict[str, list[str]] = {action: [] for action in _RULES}
    for identity_id in identity_ids:
        role = role_of(reader, group, (identity_id,))
        own = records.membership(reader, group.group_id, identity_id)
        status = own.status if own is not None else None
        for action, rule in _RULES.items():
            if rule.least is not None:
                may = role is not None and ROLES.index(role) >= ROLES.index(rule.least)
            else:
                may = rule.before is None or status in rule.before
                if action == "request_join":
                    may = may and group.policies.join_requests
                elif action == "join":
                    may = may and role in ("manager", "admin")
            if may:
                found[action].append(identity_id)
    return found


Check = Callable[[Batch, Request, Membership | None], None]


@dataclass(frozen=True, slots=True)
class _Rule:
    """When an action may be taken, and what it makes of a membership."""

    after: Status | None = None
    """None: the status stays."""
    before: tuple[Status | None, ...] | None = None
    """Statuses that it is for; None among them: no membership yet. None alone: any."""
    least: Role | None = None
    """The role that it needs; None: it is for one's own identities."""
    check: Check | None = None
    takes_role: bool = False
    keeps_role: bool = True

    @property
    def own(self) -> bool:
        return self.least is None


def _not_before(rule: _Rule, status: Status | None) -> tuple[str, str]:
    if status is None:
        return "NO_MEMBERSHIP", "The identity has no membership in this group"
    if rule.after == status:
        return f"ALREADY_{status.upper()}", f"The membership is {status} already"
    expected = " or ".join(one for one in rule.before or () if one is not None)
    return f"STATUS_{status.upper()}", f"The membership is {status}, not {expected or 'new'}"


def _check_added(batch: Batch, request: Request, now: Membership | None) -> None:
    _check_known(batch, request, now)
    if batch.tx.get(UNADDED.pack(request.identity_id)) is not None:
        raise MembershipRefused(
            "ADD_NOT_ALLOWED", "The identity does not let itself be added to groups: invite it"
        )


def _check_known(batch: Batch, request: Request, now: Membership | None) -> None:
    if not batch.knows(batch.tx, request.identity_id):
        raise MembershipRefused("IDENTITY_NOT_FOUND", f"There is no identity {request.identity_id}")
    if request.role in ("manager", "admin") and not batch.at_least("admin"):
        raise MembershipRefused(
            "FORBIDDEN", f"Only an admin of the group makes others a {request.role}"
        )


def _check_removed(batch: Batch, request: Request, now: Membership | None) -> None:
    if request.identity_id in batch.identity_ids:
        raise MembershipRefused("OWN_MEMBERSHIP", "Nobody removes themselves: leave the group")
    if now is not None and now.role == "admin" and not batch.at_least("admin"):
        raise MembershipRefused("FORBIDDEN", "Only an admin of the group removes an admin")
    _check_admins_left(batch, request, now)


def _check_admins_left(batch: Batch, request: Request, now: Membership | None) -> None:
    if now is None or now.role != "admin" or now.status != "active":
        return
    others = (
        one
        for one in records.memberships(batch.tx, batch.group.group_id)
        if one.identity_id != now.identity_id and one.role == "admin" and one.status == "active"
    )
    if next(others, None) is None:
        raise MembershipRefused(
            "LAST_ADMIN", "This is the last admin: make somebody else an admin first"
        )


def _check_role(batch: Batch, request: Request, now: Membership | None) -> None:
    if request.role is None:
        raise MembershipRefused("ROLE_MISSING", f"Say which role: {', '.join(get_args(Role))}")
    if request.role != "admin":
        _check_admins_left(batch, request, now)


def _check_join(batch: Batch, request: Request, now: Membership | None) -> None:
    if not batch.at_least("manager") or batch.group.policies.is_high_assurance:
        raise MembershipRefused(
            "JOIN_NOT_ALLOWED", "Members must be approved: ask to join (request_join)"
        )


def _check_request(batch: Batch, request: Request, now: Membership | None) -> None:
    if not batch.group.policies.join_requests:
        raise MembershipRefused(
            "JOIN_REQUESTS_NOT_ALLOWED",
            "The group takes no requests to join: ask for an invitation",
        )
    told = records.fields(batch.tx, batch.group.group_id, request.identity_id)
    missing = [name for name in batch.group.policies.signup_fields if not told.get(name)]
    if missing:
        raise MembershipRefused(
            "SIGNUP_FIELDS_MISSING", f"Set your membership fields first: {', '.join(missing)}"
        )


_OUT: tuple[Status | None, ...] = (None, "rejected", "removed", "left", "declined")

_RULES: dict[str, _Rule] = {
    "accept": _Rule("active", ("invited",)),
    "add": _Rule(
        "active",
        (None, "invited", "pending", "rejected", "removed", "declined"),
        "manager",
        _check_added,
        takes_role=True,
        keeps_role=False,
    ),
    "approve": _Rule("active", ("pending",), "manager", keeps_role=False),
    "change_role": _Rule(None, ("active",), "admin", _check_role, takes_role=True),
    "decline": _Rule("declined", ("invited",)),
    "invite": _Rule("invited", _OUT, "manager", _check_known, takes_role=True, keeps_role=False),
    "join": _Rule("active", (*_OUT, "invited", "pending"), None, _check_join, keeps_role=False),
    "leave": _Rule("left", ("active",), None, _check_admins_left),
    "reject": _Rule("rejected", ("pending",), "manager"),
    "remove": _Rule("removed", ("active", "invited"), "manager", _check_removed),
    "request_join": _Rule("pending", _OUT, None, _check_request, keeps_role=False),
}


def forget(tx: Transaction, group_id: str) -> None:
    """Remove every membership of a group, and what people told it."""
    for one in records.memberships(tx, group_id):
        tx.delete(OF.pack(one.identity_id, group_id))
    tx.delete_range(*MEMBERSHIP.range(group_id))
    tx.delete_range(*FIELDS.range(group_id))


def found(tx: Transaction, group: Group, identity_id: str) -> Membership:
    """Make an identity the first admin of a new group."""
    moment = int(time.time() * 1000)
    made = Membership(group.group_id, identity_id, "admin", "active", moment)
    tx.set(MEMBERSHIP.pack(group.group_id, identity_id), encode(made))
    tx.set(OF.pack(identity_id, group.group_id), b"")
    return made
