"""Roles on collections. Transfer API, "Roles"."""

from typing import Literal

from msgspec import Struct

from lenticular.apis.globus.transfer.calls import ALL, collection_id, person
from lenticular.apis.globus.transfer.documents import Document, listed, narrowed, result
from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.globus.wire.service import Call, operation
from lenticular.primitives.collections import Collections, EntryExists, Role, RoleName


class NewRole(Struct, frozen=True):
    """A role to give."""

    principal: str
    role: RoleName
    principal_type: Literal["identity", "group"] = "identity"


class RoleOperations:
    """The operations on roles."""

    def __init__(self, collections: Collections) -> None:
        self._assignments = collections.assignments

    @operation("GET", "/v0.10/endpoint/{endpoint_id}/role_list", scopes=(ALL,))
    async def get_role_list(self, call: Call) -> Document:
        """Return the roles on a collection; who does not administer it sees their own."""
        found = await self._assignments.of(collection_id(call), person(call))
        documents = [_document(role) for role in found]
        return listed(call, "role_list", documents)

    @operation(
        "POST", "/v0.10/endpoint/{endpoint_id}/role", scopes=(ALL,), document=NewRole, status=201
    )
    async def create_role(self, call: Call) -> Document:
        """Give somebody a role."""
        new: NewRole = call.document
        try:
            made = await self._assignments.give(
                collection_id(call), person(call), new.principal_type, new.principal, new.role
            )
        except EntryExists as error:
            raise GlobusError(409, str(error), "ClientError.Conflict") from error
        return result(
            call, "Created", "Role created successfully", "role_create_result"
        ) | _document(made, "role_create_result")

    @operation("GET", "/v0.10/endpoint/{endpoint_id}/role/{role_id}", scopes=(ALL,))
    async def get_role(self, call: Call) -> Document:
        """Return a role."""
        role_id = call.arguments["role_id"]
        found = await self._assignments.get(collection_id(call), role_id, person(call))
        return narrowed(call, _document(found))

    @operation("DELETE", "/v0.10/endpoint/{endpoint_id}/role/{role_id}", scopes=(ALL,))
    async def delete_role(self, call: Call) -> Document:
        """Take a role away."""
        role_id = call.arguments["role_id"]
        await self._assignments.take(collection_id(call), role_id, person(call))
        return result(call, "Deleted", f"Role '{role_id}' deleted successfully")


def _document(role: Role, data_type: str = "role") -> Document:
    return {
        "DATA_TYPE": data_type,
        "id": role.role_id,
        "principal_type": role.principal_type,
        "principal": role.principal,
        "role": role.role,
    }
