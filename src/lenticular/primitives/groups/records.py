"""What the store remembers of groups.

Records are MessagePack arrays: a field added at the end with a default reads old records
unchanged. Times are milliseconds since the epoch; 0: never.
"""

from typing import Literal, get_args

import msgspec
from msgspec import Struct

from lenticular.engines.kv.contract import Reader
from lenticular.engines.kv.keys import Subspace

Role = Literal["member", "manager", "admin"]
"""In rising order: each may do what those before it may."""

Status = Literal["active", "invited", "pending", "rejected", "removed", "left", "declined"]
"""Only ``active`` members are in the group; the others are on their way in or out."""

Visibility = Literal["authenticated", "private"]
MembersVisibility = Literal["members", "managers"]

SignupField = Literal[
    "institution",
    "current_project_name",
    "address",
    "city",
    "state",
    "country",
    "address1",
    "address2",
    "zip",
    "phone",
    "department",
    "field_of_science",
]

ROLES: tuple[Role, ...] = get_args(Role)
STATUSES: tuple[Status, ...] = get_args(Status)

GROUP = Subspace("groups", "group")  # (group id) -> Group
CHILD = Subspace("groups", "child")  # (parent's id, group id) -> nothing
MEMBERSHIP = Subspace("groups", "membership")  # (group id, identity id) -> Membership
OF = Subspace("groups", "of")  # (identity id, group id) -> nothing
FIELDS = Subspace("groups", "fields")  # (group id, identity id) -> MembershipFields
UNADDED = Subspace("groups", "unadded")  # (identity id): nobody may add it without being asked

DEEPEST = 8
"""Groups on the way from a group to the one at the top, itself among them."""


class Policies(Struct, array_like=True, frozen=True):
    """The rules of one group; these defaults are Globus's for a new one."""

    is_high_assurance: bool = False
    authentication_assurance_timeout: int | None = None
    """Seconds."""
    group_visibility: Visibility = "private"
    """``private``: seen by its members and those invited or waiting only."""
    group_members_visibility: MembersVisibility = "managers"
    join_requests: bool = False
    """Whoever sees the group may ask to join it."""
    signup_fields: tuple[SignupField, ...] = ()
    """What one must have told before asking to join."""


class Group(Struct, array_like=True, frozen=True):
    """People of any accounts who are given access together."""

    group_id: str
    name: str
    created: int
    parent_id: str = ""
    """Empty: the group is at the top."""
    description: str | None = None
    terms_and_conditions: str | None = None
    policies: Policies = Policies()


class Membership(Struct, array_like=True, frozen=True):
    """What one identity is to one group."""

    group_id: str
    identity_id: str
    role: Role
    status: Status
    updated: int
    invited: int = 0
    status_reason: str | None = None
    invite_email_address: str | None = None
    source_group_id: str = ""
    """The subgroup whose members are members here too; empty: a membership of its own."""


class MembershipFields(Struct, array_like=True, frozen=True):
    """What a person told a group of themselves."""

    values: dict[str, str]


encode = msgspec.msgpack.Encoder().encode
_decode_group = msgspec.msgpack.Decoder(Group).decode
_decode_membership = msgspec.msgpack.Decoder(Membership).decode
_decode_fields = msgspec.msgpack.Decoder(MembershipFields).decode


def group(reader: Reader, group_id: str) -> Group | None:
    """Return a group."""
    data = reader.get(GROUP.pack(group_id))
    return None if data is None else _decode_group(data)


def child_ids(reader: Reader, group_id: str) -> list[str]:
    """Return the ids of a group's own subgroups."""
    return [CHILD.unpack(key)[1] for key, _ in reader.range(*CHILD.range(group_id))]


def lineage(reader: Reader, group_id: str) -> list[Group]:
    """Return a group and the groups above it, the one at the top last."""
    found: list[Group] = []
    while group_id and len(found) < DEEPEST:
        at = group(reader, group_id)
        if at is None:
            break
        found.append(at)
        group_id = at.parent_id
    return found


def membership(reader: Reader, group_id: str, identity_id: str) -> Membership | None:
    """Return an identity's own membership of a group."""
    data = reader.get(MEMBERSHIP.pack(group_id, identity_id))
    return None if data is None else _decode_membership(data)


def memberships(reader: Reader, group_id: str) -> list[Membership]:
    """Return a group's own memberships, those of every status."""
    return [_decode_membership(data) for _, data in reader.range(*MEMBERSHIP.range(group_id))]


def memberships_of(reader: Reader, identity_id: str) -> list[Membership]:
    """Return an identity's own memberships of any groups, those of every status."""
    ids = [OF.unpack(key)[1] for key, _ in reader.range(*OF.range(identity_id))]
    found = (membership(reader, group_id, identity_id) for group_id in ids)
    return [own for own in found if own is not None]


def fields(reader: Reader, group_id: str, identity_id: str) -> dict[str, str]:
    """Return what an identity told a group of itself."""
    data = reader.get(FIELDS.pack(group_id, identity_id))
    return {} if data is None else _decode_fields(data).values
