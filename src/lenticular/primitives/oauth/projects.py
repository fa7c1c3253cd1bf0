"""Projects: clients that are administered together (Globus Auth API, "Projects")."""

import time
import uuid
from collections.abc import Callable

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.oauth.errors import EntryInvalid, EntryNotFound
from lenticular.primitives.oauth.lookup import get_client
from lenticular.primitives.oauth.records import Client, Project, decode, encode
from lenticular.primitives.oauth.spaces import CLIENT_OF, PROJECT

_LONGEST = 256


class Projects:
    """The projects of every account."""

    def __init__(self, store: KeyValueStore, *, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock

    async def create(
        self,
        account_id: str,
        display_name: str,
        contact_email: str,
        admin_ids: tuple[str, ...],
        admin_group_ids: tuple[str, ...] = (),
    ) -> Project:
        """Begin a project. Raises `EntryInvalid`."""
        project = Project(
            str(uuid.uuid4()),
            account_id,
            display_name.strip(),
            contact_email.strip(),
            admin_ids,
            admin_group_ids,
            int(self._clock()),
        )
        _check(project)
        await self._store.transact(lambda tx: _save(tx, project))
        return project

    async def of(self, account_id: str) -> list[Project]:
        """Return the projects of an account."""

        def collect(reader: Reader) -> list[Project]:
            return [decode(data, Project) for _, data in reader.range(*PROJECT.range(account_id))]

        return await self._store.read(collect)

    async def get(self, account_id: str, project_id: str) -> Project:
        """Return a project of an account. Raises `EntryNotFound`."""
        return await self._store.read(lambda reader: _get(reader, account_id, project_id))

    async def change(
        self, account_id: str, project_id: str, fn: Callable[[Project], Project]
    ) -> Project:
        """Replace a project by what `fn` makes of it. Raises `EntryNotFound`, `EntryInvalid`."""

        def write(tx: Transaction) -> Project:
            changed = fn(_get(tx, account_id, project_id))
            _check(changed)
            _save(tx, changed)
            return changed

        return await self._store.transact(write)

    async def delete(self, account_id: str, project_id: str) -> Project:
        """End a project that has no clients. Raises `EntryNotFound` and `EntryInvalid`."""

        def write(tx: Transaction) -> Project:
            project = _get(tx, account_id, project_id)
            if any(client.project_id == project_id for client in _clients(tx, account_id)):
                raise EntryInvalid("the project has clients: delete them first")
            tx.delete(PROJECT.pack(account_id, project_id))
            return project

        return await self._store.transact(write)


def _clients(reader: Reader, account_id: str) -> list[Client]:
    rows = reader.range(*CLIENT_OF.range(account_id))
    return [get_client(reader, CLIENT_OF.unpack(key)[1]) for key, _ in rows]


def _get(reader: Reader, account_id: str, project_id: str) -> Project:
    data = reader.get(PROJECT.pack(account_id, project_id))
    if data is None:
        raise EntryNotFound(f"there is no project {project_id[:100]!r}")
    return decode(data, Project)


def _save(tx: Transaction, project: Project) -> None:
    tx.set(PROJECT.pack(project.account_id, project.project_id), encode(project))


def _check(project: Project) -> None:
    for value in (project.display_name, project.contact_email):
        if not value or len(value) > _LONGEST or not value.isprintable():
            raise EntryInvalid(f"a project has a name and a contact, not {value[:100]!r}")
    if not project.admin_ids and not project.admin_group_ids:
        raise EntryInvalid("a project needs an administrator")
