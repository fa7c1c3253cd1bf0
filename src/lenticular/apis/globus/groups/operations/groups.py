"""Groups themselves: made, found, described, changed and deleted."""

from typing import cast

from msgspec import UNSET
from msgspec.structs import replace

from lenticular.apis.globus.groups.documents import (
    INCLUDABLE,
    Document,
    GroupChange,
    NewGroupDocument,
    PolicyChange,
    VerifiedDocument,
    changed_policies,
    group_document,
    policies_document,
)
from lenticular.apis.globus.groups.operations.calls import (
    ALL,
    VIEW,
    group_id,
    identity_ids,
    listed,
    parsed_id,
)
from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.globus.wire.service import Call, operation
from lenticular.primitives.groups import STATUSES, Group, Groups, NewGroup, Policies, Status, View
from lenticular.primitives.people import People

_NO_SUBSCRIPTIONS = "This cloud has no subscriptions: its groups need none"


class GroupOperations:
    """The operations on groups."""

    def __init__(self, groups: Groups, people: People) -> None:
        self._groups = groups
        self._people = people

    @operation("GET", "/v2/groups/my_groups", scopes=(VIEW, ALL))
    async def get_my_groups(self, call: Call) -> list[Document]:
        """Return the groups of whoever calls, by default those in which they are active."""
        statuses = cast("tuple[Status, ...]", listed(call, "statuses", frozenset(STATUSES)))
        views = await self._groups.mine(identity_ids(call), statuses or ("active",))
        return [await self._document(call, view) for view in views]

    @operation("GET", "/v2/groups/statuses", scopes=(ALL,))
    async def get_statuses(self, call: Call) -> dict[str, dict[Status, int]]:
        """Return how many memberships of each status the groups have that the caller manages."""
        return await self._groups.counts(identity_ids(call))

    @operation("POST", "/v2/groups", scopes=(ALL,), document=NewGroupDocument, status=201)
    async def create_group(self, call: Call) -> Document:
        """Make a group, of which the acting identity is the admin."""
        new: NewGroupDocument = call.document
        group = NewGroup(
            name=new.name,
            description=new.description,
            terms_and_conditions=new.terms_and_conditions,
            parent_id=parsed_id(new.parent_id) if new.parent_id else "",
            policies=changed_policies(Policies(), new.policies or PolicyChange()),
        )
        return await self._document(call, await self._groups.create(group, identity_ids(call)))

    @operation("GET", "/v2/groups/{group_id}", scopes=(VIEW, ALL))
    async def get_group(self, call: Call) -> Document:
        """Return a group, with what ``include`` names."""
        include = listed(call, "include", INCLUDABLE)
        wants_members = "memberships" in include
        if wants_members and ALL not in call.caller.scopes:
            raise GlobusError(403, f"To see memberships the token must have the scope {ALL}")
        view = await self._groups.get(group_id(call), identity_ids(call), memberships=wants_members)
        return await self._document(call, view)

    @operation("GET", "/v2/groups/{group_id}/children", scopes=(VIEW, ALL))
    async def get_children(self, call: Call) -> Document:
        """Return those subgroups that the caller may see."""
        views = await self._groups.children(group_id(call), identity_ids(call))
        return {"children": [await self._document(call, view) for view in views]}

    @operation("PUT", "/v2/groups/{group_id}", scopes=(ALL,), document=GroupChange)
    async def update_group(self, call: Call) -> Document:
        """Change a group's name and texts."""
        wanted: GroupChange = call.document
        if wanted.subscription_admin_verified_id is not None:
            raise GlobusError(404, _NO_SUBSCRIPTIONS)

        def change(group: Group) -> Group:
            if wanted.name is not None:
                group = replace(group, name=wanted.name)
            if wanted.description is not UNSET:
                group = replace(group, description=wanted.description)
            if wanted.terms_and_conditions is not UNSET:
                group = replace(group, terms_and_conditions=wanted.terms_and_conditions)
            return group

        view = await self._groups.update(group_id(call), identity_ids(call), change)
        return await self._document(call, view)

    @operation("DELETE", "/v2/groups/{group_id}", scopes=(ALL,))
    async def delete_group(self, call: Call) -> Document:
        """Delete a group without subgroups, and return what it was."""
        return await self._document(
            call, await self._groups.delete(group_id(call), identity_ids(call))
        )

    @operation("GET", "/v2/groups/{group_id}/policies", scopes=(VIEW, ALL))
    async def get_group_policies(self, call: Call) -> Document:
        """Return a group's policies."""
        view = await self._groups.get(group_id(call), identity_ids(call))
        return policies_document(view.group.policies)

    @operation("PUT", "/v2/groups/{group_id}/policies", scopes=(ALL,), document=PolicyChange)
    async def set_group_policies(self, call: Call) -> Document:
        """Change a group's policies."""
        wanted: PolicyChange = call.document
        view = await self._groups.update(
            group_id(call),
            identity_ids(call),
            lambda group: replace(group, policies=changed_policies(group.policies, wanted)),
        )
        return policies_document(view.group.policies)

    @operation(
        "PUT",
        "/v2/groups/{group_id}/subscription_admin_verified",
        scopes=(ALL,),
        document=VerifiedDocument,
    )
    async def set_subscription_admin_verified(self, call: Call) -> Document:
        """Say of a group that no subscription's administrator vouches for it: there are none."""
        wanted: VerifiedDocument = call.document
        view = await self._groups.update(group_id(call), identity_ids(call), lambda group: group)
        if wanted.subscription_admin_verified_id is not None:
            raise GlobusError(404, _NO_SUBSCRIPTIONS)
        return {"group_id": view.group.group_id, "subscription_admin_verified_id": None}

    @operation("GET", "/v2/subscription_info/{subscription_id}", scopes=(VIEW, ALL))
    async def get_group_by_subscription_id(self, call: Call) -> Document:
        """Refuse: there are no subscriptions."""
        raise GlobusError(404, _NO_SUBSCRIPTIONS)

    async def _document(self, call: Call, view: View) -> Document:
        members = [*view.mine, *(view.memberships or ())]
        names = await self._people.usernames({one.identity_id for one in members})
        return group_document(view, names, listed(call, "include", INCLUDABLE))
