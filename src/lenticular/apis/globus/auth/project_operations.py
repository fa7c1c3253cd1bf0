"""Projects (Globus Auth API, "Projects")."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from lenticular.apis.globus.auth.administered import Administered
from lenticular.apis.globus.auth.documents import project_document
from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.globus.wire.service import Call, Result, operation
from lenticular.primitives.groups import Groups
from lenticular.primitives.oauth import AuthorizationServer, EntryInvalid, Project
from lenticular.primitives.oauth.builtin import MANAGE_PROJECTS
from lenticular.primitives.people import People

_PROJECTS = "/v2/api/projects"
_PROJECT = "/v2/api/projects/{project_id}"
_MANAGE = (MANAGE_PROJECTS,)


class _Changes(Struct):
    """What can be said of a project; UNSET: nothing is said."""

    display_name: str | UnsetType = UNSET
    contact_email: str | UnsetType = UNSET
    admin_ids: list[str] | UnsetType | None = UNSET
    admin_group_ids: list[str] | UnsetType | None = UNSET


class _Document(Struct):
    project: _Changes


class ProjectOperations:
    """Begins projects and manages them."""

    def __init__(
        self,
        oauth: AuthorizationServer,
        people: People,
        groups: Groups,
        administered: Administered,
    ) -> None:
        self._projects = oauth.projects
        self._groups = groups
        self._people = people
        self._administered = administered

    @operation("GET", _PROJECTS, scopes=_MANAGE)
    async def get_projects(self, call: Call) -> Result:
        """Return the projects that the caller administers."""
        found = await self._administered.projects(call)
        return {"projects": [await self._document(project) for project in found]}

    @operation("POST", _PROJECTS, scopes=_MANAGE, document=_Document, status=201)
    async def create_project(self, call: Call) -> Result:
        """Begin a project in the caller's account."""
        account_id = call.caller.principal.account_id
        if not account_id:
            raise GlobusError(403, "An instance of a template belongs to no account")
        fields = await self._fields(call.document.project)
        project = await self._projects.create(
            account_id,
            fields.get("display_name", ""),
            fields.get("contact_email", ""),
            fields.get("admin_ids", ()),
            fields.get("admin_group_ids", ()),
        )
        return {"project": await self._document(project)}

    @operation("GET", _PROJECT, scopes=_MANAGE)
    async def get_project(self, call: Call) -> Result:
        """Return a project."""
        return {"project": await self._document(await self._own(call))}

    @operation("PUT", _PROJECT, scopes=_MANAGE, document=_Document)
    async def update_project(self, call: Call) -> Result:
        """Change what is said of a project."""
        project = await self._own(call)
        fields = await self._fields(call.document.project)
        changed = await self._projects.change(
            project.account_id, project.project_id, lambda known: replace(known, **fields)
        )
        return {"project": await self._document(changed)}

    @operation("DELETE", _PROJECT, scopes=_MANAGE)
    async def delete_project(self, call: Call) -> Result:
        """End a project that has no clients."""
        project = await self._own(call)
        document = await self._document(project)
        await self._projects.delete(project.account_id, project.project_id)
        return {"project": document}

    async def _own(self, call: Call) -> Project:
        return await self._administered.project(call, call.arguments["project_id"])

    async def _document(self, project: Project) -> dict[str, Any]:
        admins = [await self._people.identity(one) for one in project.admin_ids]
        groups = await self._groups.named(project.admin_group_ids)
        return project_document(project, [one for one in admins if one is not None], groups)

    async def _fields(self, wanted: _Changes) -> dict[str, Any]:
        """Return what is said of a project, by the names of its record. Raises `EntryInvalid`."""
        fields: dict[str, Any] = {}
        for name in ("display_name", "contact_email"):
            value = getattr(wanted, name)
            if value is not UNSET:
                fields[name] = value
        for name in ("admin_ids", "admin_group_ids"):
            value = getattr(wanted, name)
            if value is not UNSET:
                fields[name] = tuple(value or ())
        for identity_id in fields.get("admin_ids", ()):
            if await self._people.identity(identity_id) is None:
                raise EntryInvalid(f"there is no identity {identity_id[:100]!r}")
        return fields
