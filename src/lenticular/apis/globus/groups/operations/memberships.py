"""Memberships: batches of actions, and what members tell of themselves."""

import uuid

from lenticular.apis.globus.groups.documents import (
    FIELD_NAMES,
    ActionDocument,
    Document,
    membership_document,
)
from lenticular.apis.globus.groups.operations.calls import ALL, VIEW, group_id, identity_ids
from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.globus.wire.service import Call, operation
from lenticular.primitives.groups import Groups, Request
from lenticular.primitives.people import People

Actions = dict[str, list[ActionDocument] | None]
Fields = dict[str, dict[str, str | None]]


class MembershipOperations:
    """The operations on who is in a group."""

    def __init__(self, groups: Groups, people: People) -> None:
        self._groups = groups
        self._people = people

    @operation("POST", "/v2/groups/{group_id}", scopes=(ALL,), document=Actions)
    async def batch_membership_action(self, call: Call) -> Document:
        """Act on memberships: what was done is told by action, what was refused in ``errors``."""
        wanted: Actions = call.document
        requests = {
            action: [_request(one) for one in documents]
            for action, documents in wanted.items()
            if documents
        }
        outcome = await self._groups.act(group_id(call), identity_ids(call), requests)
        done = [one for memberships in outcome.done.values() for one in memberships]
        names = await self._people.usernames({one.identity_id for one in done})
        document: Document = {
            action: [membership_document(one, names) for one in memberships]
            for action, memberships in outcome.done.items()
        }
        if outcome.refused:
            document["errors"] = outcome.refused
        return document

    @operation("GET", "/v2/groups/{group_id}/membership_fields", scopes=(VIEW, ALL))
    async def get_membership_fields(self, call: Call) -> dict[str, dict[str, str]]:
        """Return what the caller's identities told a group."""
        return await self._groups.fields(group_id(call), identity_ids(call))

    @operation("PUT", "/v2/groups/{group_id}/membership_fields", scopes=(ALL,), document=Fields)
    async def set_membership_fields(self, call: Call) -> dict[str, dict[str, str]]:
        """Keep what the caller's identities tell a group."""
        wanted: Fields = call.document
        unknown = sorted({name for values in wanted.values() for name in values} - FIELD_NAMES)
        if unknown:
            raise GlobusError(
                400, f"There is no field {unknown[0][:100]!r}; there are {sorted(FIELD_NAMES)}"
            )
        told = {
            identity_id: {name: value for name, value in values.items() if value is not None}
            for identity_id, values in wanted.items()
        }
        await self._groups.tell(group_id(call), identity_ids(call), told)
        return await self._groups.fields(group_id(call), identity_ids(call))


def _request(document: ActionDocument) -> Request:
    try:
        identity_id = str(uuid.UUID(document.identity_id))
    except ValueError:
        raise GlobusError(
            400, f"An identity_id is a UUID, and not {document.identity_id[:100]!r}"
        ) from None
    return Request(
        identity_id, document.role, document.status_reason, document.invite_email_address
    )
