"""Groups: people of any accounts, by their identities, who are given access together."""

import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress

import msgspec
from msgspec import Struct

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.primitives.groups import actions, records, standing
from lenticular.primitives.groups.errors import GroupInUse, GroupNotFound, InputInvalid
from lenticular.primitives.groups.records import (
    CHILD,
    DEEPEST,
    FIELDS,
    GROUP,
    STATUSES,
    UNADDED,
    Group,
    Membership,
    MembershipFields,
    Policies,
    Role,
    Status,
    encode,
)
from lenticular.primitives.identities import Identities

_LONGEST_NAME = 256
_LONGEST_TEXT = 16 * 1024
_LONGEST_FIELD = 1024
_MOST_OWN = 1000
"""Active memberships of a person above which they make no further group (Groups API)."""


TellInvited = Callable[[Transaction, str, str, str, str], object]
"""Is told of an invitation: whose identity, at which address (empty: that of the identity), to
the group of which name, and by which identity."""


class NewGroup(Struct, frozen=True, kw_only=True):
    """The group to make."""

    name: str
    description: str | None = None
    terms_and_conditions: str | None = None
    parent_id: str = ""
    policies: Policies = Policies()


class View(Struct, frozen=True, kw_only=True):
    """A group as one person sees it, at one moment."""

    group: Group
    role: Role | None
    """The person's own, with all their identities."""
    mine: list[Membership]
    child_ids: list[str]
    memberships: list[Membership] | None = None
    """None: not asked for, or not for this person to see."""
    fields: dict[str, dict[str, str]] = {}
    """By identity, what the members in `memberships` told of themselves."""
    allowed: dict[str, list[str]] = {}
    """By action, those of the person's identities that may take it."""


class Groups:
    """The groups of one cloud.

    Whoever asks is named by the ids of all their identities, the acting one first.
    """

    def __init__(self, identities: Identities, knows: Callable[[Reader, str], bool]) -> None:
        """Keep groups of the identities that `knows` says there are.

        What groups somebody is in decides what they may do: it is changed as identities are.
        """
        self._identities = identities
        self._knows = knows
        self._tell: TellInvited | None = None

    def on_invitation(self, tell: TellInvited) -> None:
        """Let somebody be told of invitations, within the transactions that make them."""
        self._tell = tell

    async def create(self, new: NewGroup, identity_ids: tuple[str, ...]) -> View:
        """Make a group; the acting identity is its first admin.

        Raises `InputInvalid`, and `GroupNotFound` or `NotPermitted` for its parent.
        """
        group = Group(
            group_id=str(uuid.uuid4()),
            name=_named(new.name),
            created=int(time.time() * 1000),
            parent_id=new.parent_id,
            description=_text(new.description, "description"),
            terms_and_conditions=_text(new.terms_and_conditions, "terms_and_conditions"),
            policies=new.policies,
        )

        def write(tx: Transaction) -> View:
            if group.parent_id:
                standing.ruled(tx, group.parent_id, identity_ids, "admin")
                if len(records.lineage(tx, group.parent_id)) >= DEEPEST:
                    raise InputInvalid(f"Groups are at most {DEEPEST} deep")
                tx.set(CHILD.pack(group.parent_id, group.group_id), b"")
            if len(standing.active_groups(tx, identity_ids)) > _MOST_OWN:
                raise InputInvalid(f"Who is in more than {_MOST_OWN} groups makes no further one")
            tx.set(GROUP.pack(group.group_id), encode(group))
            actions.found(tx, group, identity_ids[0])
            return self._view(tx, group, identity_ids)

        return await self._identities.change(write)

    async def get(
        self, group_id: str, identity_ids: tuple[str, ...], *, memberships: bool = False
    ) -> View:
        """Return a group as a person sees it. Raises `GroupNotFound`."""

        def find(reader: Reader) -> View:
            group = standing.visible(reader, group_id, identity_ids)
            return self._view(reader, group, identity_ids, memberships=memberships)

        return await self._identities.read(find)

    async def mine(
        self, identity_ids: tuple[str, ...], statuses: Sequence[Status] = ("active",)
    ) -> list[View]:
        """Return the groups in which a person has a membership of one of these statuses."""

        def find(reader: Reader) -> list[View]:
            ids = dict.fromkeys(standing.active_groups(reader, identity_ids))
            for identity_id in identity_ids:
                own = records.memberships_of(reader, identity_id)
                ids |= dict.fromkeys(one.group_id for one in own)
            views = []
            for group_id in ids:
                group = records.group(reader, group_id)
                if group is None:
                    continue
                view = self._view(reader, group, identity_ids)
                fitting = [one for one in view.mine if one.status in statuses]
                if fitting:
                    views.append(msgspec.structs.replace(view, mine=fitting))
            return sorted(views, key=lambda view: (view.group.name, view.group.group_id))

        return await self._identities.read(find)

    async def children(self, group_id: str, identity_ids: tuple[str, ...]) -> list[View]:
        """Return those subgroups of a group that a person may see. Raises `GroupNotFound`."""

        def find(reader: Reader) -> list[View]:
            standing.visible(reader, group_id, identity_ids)
            views = []
            for child_id in records.child_ids(reader, group_id):
                with suppress(GroupNotFound):
                    child = standing.visible(reader, child_id, identity_ids)
                    views.append(self._view(reader, child, identity_ids))
            return views

        return await self._identities.read(find)

    async def update(
        self,
        group_id: str,
        identity_ids: tuple[str, ...],
        change: Callable[[Group], Group],
    ) -> View:
        """Change what is said of a group; `change` leaves its ids alone.

        Raises `GroupNotFound`, `NotPermitted`, `InputInvalid`.
        """

        def write(tx: Transaction) -> View:
            group = change(standing.ruled(tx, group_id, identity_ids, "admin"))
            _named(group.name)
            _text(group.description, "description")
            _text(group.terms_and_conditions, "terms_and_conditions")
            tx.set(GROUP.pack(group_id), encode(group))
            return self._view(tx, group, identity_ids)

        return await self._identities.change(write)

    async def delete(self, group_id: str, identity_ids: tuple[str, ...]) -> View:
        """Delete a group and return what it was.

        Raises `GroupNotFound`, `NotPermitted`, and `GroupInUse` when it has subgroups.
        """

        def remove(tx: Transaction) -> View:
            group = standing.ruled(tx, group_id, identity_ids, "admin")
            view = self._view(tx, group, identity_ids)
            if view.child_ids:
                raise GroupInUse(f"The group {group.name!r} has subgroups: delete them first")
            actions.forget(tx, group_id)
            tx.delete(GROUP.pack(group_id))
            if group.parent_id:
                tx.delete(CHILD.pack(group.parent_id, group_id))
            return view

        return await self._identities.change(remove)

    async def act(
        self,
        group_id: str,
        identity_ids: tuple[str, ...],
        requests: Mapping[str, Sequence[actions.Request]],
    ) -> actions.Outcome:
        """Act on memberships: see `actions.perform`, also for what it raises."""

        def write(tx: Transaction) -> actions.Outcome:
            outcome = actions.perform(tx, group_id, identity_ids, requests, self._knows)
            group = records.group(tx, group_id)
            if self._tell is not None and group is not None:
                for one in outcome.done.get("invite", ()):
                    address = one.invite_email_address or ""
                    self._tell(tx, one.identity_id, address, group.name, identity_ids[0])
            return outcome

        return await self._identities.change(write)

    async def counts(self, identity_ids: tuple[str, ...]) -> dict[str, dict[Status, int]]:
        """Return how many memberships of each status those groups have that a person manages."""

        def count(reader: Reader) -> dict[str, dict[Status, int]]:
            found = {}
            for group_id in standing.active_groups(reader, identity_ids):
                group = records.group(reader, group_id)
                if group and standing.role_of(reader, group, identity_ids) in ("manager", "admin"):
                    statuses = [one.status for one in records.memberships(reader, group_id)]
                    found[group_id] = {status: statuses.count(status) for status in STATUSES}
            return found

        return await self._identities.read(count)

    async def fields(
        self, group_id: str, identity_ids: tuple[str, ...]
    ) -> dict[str, dict[str, str]]:
        """Return by identity what a person told a group of themselves. Raises `GroupNotFound`."""

        def find(reader: Reader) -> dict[str, dict[str, str]]:
            standing.visible(reader, group_id, identity_ids)
            return {one: records.fields(reader, group_id, one) for one in identity_ids}

        return await self._identities.read(find)

    async def tell(
        self, group_id: str, identity_ids: tuple[str, ...], told: Mapping[str, dict[str, str]]
    ) -> None:
        """Keep what a person tells a group of themselves.

        Raises `GroupNotFound`, and `InputInvalid` for another's identity.
        """
        _own(told, identity_ids)
        for values in told.values():
            for name, value in values.items():
                if len(value) > _LONGEST_FIELD:
                    raise InputInvalid(f"{name} has at most {_LONGEST_FIELD} characters")

        def write(tx: Transaction) -> None:
            standing.visible(tx, group_id, identity_ids)
            for identity_id, values in told.items():
                tx.set(FIELDS.pack(group_id, identity_id), encode(MembershipFields(values)))

        await self._identities.change(write)

    async def addable(self, identity_ids: tuple[str, ...]) -> dict[str, bool]:
        """Tell of each identity whether managers may add it to groups without asking."""
        return await self._identities.read(
            lambda reader: {one: reader.get(UNADDED.pack(one)) is None for one in identity_ids}
        )

    async def allow_adding(
        self, identity_ids: tuple[str, ...], wanted: Mapping[str, bool]
    ) -> dict[str, bool]:
        """Set what `addable` tells. Raises `InputInvalid` for another's identity."""
        _own(wanted, identity_ids)

        def write(tx: Transaction) -> None:
            for identity_id, allow in wanted.items():
                if allow:
                    tx.delete(UNADDED.pack(identity_id))
                else:
                    tx.set(UNADDED.pack(identity_id), b"")

        await self._identities.change(write)
        return await self.addable(identity_ids)

    def knows(self, reader: Reader, group_id: str) -> bool:
        """Tell whether there is a group of this id."""
        return records.group(reader, group_id) is not None

    async def named(self, group_ids: Iterable[str]) -> list[Group]:
        """Return the groups of these ids, for who may know that they are there."""

        def find(reader: Reader) -> list[Group]:
            found = (records.group(reader, one) for one in group_ids)
            return [one for one in found if one is not None]

        return await self._identities.read(find)

    def active(self, reader: Reader, identity_ids: Sequence[str]) -> tuple[str, ...]:
        """Return the ids of all groups that a person is in, for policies to ask."""
        return standing.active_groups(reader, identity_ids)

    def _view(
        self,
        reader: Reader,
        group: Group,
        identity_ids: tuple[str, ...],
        *,
        memberships: bool = False,
    ) -> View:
        role = standing.role_of(reader, group, identity_ids)
        shown = None
        told = {}
        if memberships and standing.sees_members(group, role):
            everybody = standing.everybody(reader, group.group_id)
            shown = [one for one in everybody if self._knows(reader, one.identity_id)]
            told = {
                one.identity_id: records.fields(reader, group.group_id, one.identity_id)
                for one in shown
            }
        return View(
            group=group,
            role=role,
            mine=standing.mine(reader, group.group_id, identity_ids),
            child_ids=records.child_ids(reader, group.group_id),
            memberships=shown,
            fields=told,
            allowed=actions.allowed(reader, group, identity_ids),
        )


def _named(name: str) -> str:
    if not 1 <= len(name) <= _LONGEST_NAME or not name.isprintable() or not name.strip():
        raise InputInvalid(f"A group's name has 1 to {_LONGEST_NAME} printable characters")
    return name


def _text(value: str | None, what: str) -> str | None:
    if value is not None and len(value) > _LONGEST_TEXT:
        raise InputInvalid(f"{what} has at most {_LONGEST_TEXT} characters")
    return value


def _own(wanted: Mapping[str, object], identity_ids: tuple[str, ...]) -> None:
    others = sorted(set(wanted) - set(identity_ids))
    if others:
        raise InputInvalid(f"{others[0]} is not one of your identities")
