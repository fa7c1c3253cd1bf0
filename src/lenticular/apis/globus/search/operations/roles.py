"""Who may do what with an index."""

from msgspec import Struct

from lenticular.apis.globus.search.documents import Document, role_document
from lenticular.apis.globus.search.operations.calls import ALL, index_id, viewer
from lenticular.apis.globus.wire.service import Call, operation
from lenticular.primitives.search import Indices, RoleName


class RoleCreate(Struct, frozen=True):
    """A role to give."""

    role_name: RoleName
    principal: str


class RoleOperations:
    """The operations on roles."""

    def __init__(self, indices: Indices) -> None:
        self._roles = indices.roles

    @operation("POST", "/v1/index/{index_id}/role", scopes=(ALL,), document=RoleCreate)
    async def create_role(self, call: Call) -> Document:
        """Give a role to an identity or a group."""
        new: RoleCreate = call.document
        role = await self._roles.grant(viewer(call), index_id(call), new.role_name, new.principal)
        return role_document(role)

    @operation("GET", "/v1/index/{index_id}/role_list", scopes=(ALL,))
    async def get_role_list(self, call: Call) -> Document:
        """Return all roles on an index."""
        roles = await self._roles.list(viewer(call), index_id(call))
        return {"role_list": [role_document(role) for role in roles]}

    @operation("DELETE", "/v1/index/{index_id}/role/{role_id}", scopes=(ALL,))
    async def delete_role(self, call: Call) -> Document:
        """Take a role away."""
        role = await self._roles.revoke(viewer(call), index_id(call), call.arguments["role_id"])
        return {"deleted": role_document(role), "success": True}
