"""Who may see and change a client: the client itself, and the administrators of its project.

What somebody may not see is not there for them: the answer is the same.
"""

from lenticular.apis.globus.wire.service import Call
from lenticular.primitives.oauth import AuthorizationServer, Client, EntryNotFound, Project
from lenticular.primitives.oauth.builtin import MANAGE_PROJECTS


class Administered:
    """The clients and projects of whoever calls."""

    def __init__(self, oauth: AuthorizationServer) -> None:
        self._oauth = oauth

    async def projects(self, call: Call) -> list[Project]:
        """Return the projects that the caller administers."""
        account_id = call.caller.principal.account_id
        found = await self._oauth.projects.of(account_id) if account_id else []
        return [project for project in found if _is_administrator(call, project)]

    async def project(self, call: Call, project_id: str) -> Project:
        """Return a project that the caller administers. Raises `EntryNotFound`."""
        for project in await self.projects(call):
            if project.project_id == project_id:
                return project
        raise EntryNotFound(f"there is no project {project_id[:100]!r}")

    async def clients(self, call: Call) -> list[Client]:
        """Return the clients that the caller administers."""
        if not call.caller.token:
            return [await self._oauth.clients.get(call.caller.client_id)]
        own = {project.project_id for project in await self.projects(call)}
        found = await self._oauth.clients.of_account(call.caller.principal.account_id)
        return [client for client in found if client.project_id in own]

    async def client(self, call: Call, client_id: str, *, to_see: bool = False) -> Client:
        """Return a client that the caller administers, or may see. Raises `EntryNotFound`."""
        client = await self._oauth.clients.find(client_id)
        if client is not None:
            if to_see and client.visibility == "public":
                return client
            if not call.caller.token and call.caller.client_id == client_id:
                return client
            if call.caller.token and client.project_id and MANAGE_PROJECTS in call.caller.scopes:
                for project in await self.projects(call):
                    if project.project_id == client.project_id:
                        return client
        raise EntryNotFound(f"there is no client {client_id[:100]!r}")


def _is_administrator(call: Call, project: Project) -> bool:
    caller = call.caller
    return not (
        {*caller.identity_ids}.isdisjoint(project.admin_ids)
        and {*caller.group_ids}.isdisjoint(project.admin_group_ids)
    )
