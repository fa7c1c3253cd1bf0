"""Where a person stands in a group: with all their identities, through subgroups and from above.

Members of a subgroup are members of the groups above it, and an admin of a group is an
admin of the groups below it: a subgroup is a part of its group, as in a directory.
"""

from collections.abc import Iterable, Sequence

import msgspec

from lenticular.engines.kv.contract import Reader
from lenticular.primitives.groups import records
from lenticular.primitives.groups.errors import GroupNotFound, NotPermitted
from lenticular.primitives.groups.records import ROLES, Group, Membership, Role

_VISIBLE = ("active", "invited", "pending")


def role_of(reader: Reader, group: Group, identity_ids: Iterable[str]) -> Role | None:
    """Return the highest role that one of the identities has in a group; None: they have none."""
    ids = tuple(identity_ids)
    roles: list[Role] = []
    for at in records.lineage(reader, group.group_id):
        for identity_id in ids:
            own = records.membership(reader, at.group_id, identity_id)
            if own is None or own.status != "active":
                continue
            # From above, only an admin's role comes down.
            if own.role == "admin" or at.group_id == group.group_id:
                roles.append(own.role)
    if not roles and implied(reader, group.group_id, ids):
        roles.append("member")
    return max(roles, key=ROLES.index, default=None)


def mine(reader: Reader, group_id: str, identity_ids: Iterable[str]) -> list[Membership]:
    """Return the memberships that these identities have in a group, and those implied."""
    ids = tuple(identity_ids)
    own = [records.membership(reader, group_id, identity_id) for identity_id in ids]
    direct = [one for one in own if one is not None]
    return direct + implied(reader, group_id, ids, besides=direct)


def implied(
    reader: Reader, group_id: str, identity_ids: Iterable[str], besides: Sequence[Membership] = ()
) -> list[Membership]:
    """Return the memberships that identities have in a group because of its subgroups.

    One for each identity, none for those that are active members `besides`.
    """
    active = {one.identity_id for one in besides if one.status == "active"}
    found: list[Membership] = []
    for identity_id in identity_ids:
        for own in records.memberships_of(reader, identity_id):
            if identity_id in active or own.status != "active" or own.group_id == group_id:
                continue
            above = records.lineage(reader, own.group_id)
            if any(at.group_id == group_id for at in above):
                active.add(identity_id)
                found.append(from_subgroup(own, group_id))
    return found


def from_subgroup(own: Membership, group_id: str) -> Membership:
    """Return what a membership of a subgroup implies for a group above it."""
    return msgspec.structs.replace(
        own, group_id=group_id, role="member", source_group_id=own.group_id
    )


def everybody(reader: Reader, group_id: str) -> list[Membership]:
    """Return all memberships of a group: its own, and what its subgroups imply."""
    own = records.memberships(reader, group_id)
    active = {one.identity_id for one in own if one.status == "active"}
    below = records.child_ids(reader, group_id)
    while below:
        child_id = below.pop()
        below += records.child_ids(reader, child_id)
        for one in records.memberships(reader, child_id):
            if one.status == "active" and one.identity_id not in active:
                active.add(one.identity_id)
                own.append(from_subgroup(one, group_id))
    return own


def active_groups(reader: Reader, identity_ids: Iterable[str]) -> tuple[str, ...]:
    """Return the ids of the groups that one of the identities is in, and of those above them."""
    found: dict[str, None] = {}
    for identity_id in identity_ids:
        for own in records.memberships_of(reader, identity_id):
            if own.status == "active":
                found |= {at.group_id: None for at in records.lineage(reader, own.group_id)}
    return tuple(found)


def visible(reader: Reader, group_id: str, identity_ids: Iterable[str]) -> Group:
    """Return a group that the person may see. Raises `GroupNotFound`."""
    ids = tuple(identity_ids)
    group = records.group(reader, group_id)
    if group is None:
        raise GroupNotFound(group_id)
    if group.policies.group_visibility == "authenticated":
        return group
    known = any(one.status in _VISIBLE for one in mine(reader, group_id, ids))
    if not known and role_of(reader, group, ids) is None:
        raise GroupNotFound(group_id)
    return group


def sees_members(group: Group, role: Role | None) -> bool:
    """Tell whether a person with this role may see who is in a group."""
    if role == "member":
        return group.policies.group_members_visibility == "members"
    return role is not None


def ruled(reader: Reader, group_id: str, identity_ids: Iterable[str], least: Role) -> Group:
    """Return a group in which the person has a role, at least `least`.

    Raises `GroupNotFound` when they may not see it, `NotPermitted` when that is all.
    """
    ids = tuple(identity_ids)
    group = visible(reader, group_id, ids)
    role = role_of(reader, group, ids)
    if role is None or ROLES.index(role) < ROLES.index(least):
        raise NotPermitted(
            f"This needs the role {least} in the group {group.name!r}, and you "
            + (f"are a {role}" if role else "have none")
        )
    return group
