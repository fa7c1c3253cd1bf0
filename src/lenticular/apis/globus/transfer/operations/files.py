"""File operations: list, stat, make a folder, rename. The collection's agent is asked for each."""

from typing import Final, Literal

from msgspec import Struct

from lenticular.apis.globus.transfer.calls import ALL, collection_id, flag, number, person
from lenticular.apis.globus.transfer.documents import result
from lenticular.apis.globus.transfer.files import (
    Act,
    absence,
    failure,
    file_document,
    list_document,
)
from lenticular.apis.globus.transfer.turns import Turns
from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.globus.wire.service import Call, Result, operation
from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.paths import clean
from lenticular.engines.connectors.places import Folder, Place, Sftp, Web
from lenticular.engines.movers.messages import (
    Done,
    Failed,
    Listed,
    Ls,
    MakeFolder,
    Question,
    Rename,
    Stat,
)
from lenticular.primitives.agents import AgentAbsent, Agents
from lenticular.primitives.collections import Collections, Served

_MOST: Final = 100_000
"""Entries of one listing (Transfer API, "List Directory Contents")."""

_LONGEST_PATH: Final = 4096

Pausing = Literal["pause_ls", "pause_mkdir", "pause_rename"]
"""What of a pause rule an operation heeds."""

_MOST_QUESTIONS: Final = 32
"""That one person may have waiting for an answer: an agent takes 200 of all people."""


class NewFolder(Struct, frozen=True):
    """A folder to make."""

    path: str


class Renaming(Struct, frozen=True):
    """What to give another path."""

    old_path: str
    new_path: str


class FileOperations:
    """The operations on files and folders of a collection."""

    def __init__(self, collections: Collections, agents: Agents) -> None:
        self._collections = collections
        self._agents = agents
        self._turns = Turns(_MOST_QUESTIONS, "questions about files")

    @operation("GET", "/v0.10/operation/endpoint/{endpoint_id}/ls", scopes=(ALL,))
    async def list_directory(self, call: Call) -> Result:
        place, served = await self._place(call, "pause_ls")
        wanted = call.query.get("path") or served.default_directory
        ls = Ls(
            place,
            _path(wanted, served.home),
            show_hidden=flag(call, "show_hidden", True),
            filters=tuple(value for name, value in call.request.query if name == "filter"),
            order=tuple(filter(None, call.query.get("orderby", "").split(","))),
            limit=number(call, "limit", _MOST, _MOST),
            offset=number(call, "offset", 0, 1 << 31),
        )
        answer = _listed("DirListing", served, await self._ask(call, "DirListing", served, ls))
        return list_document(
            collection_id(call),
            f"{wanted.rstrip('/')}/",
            f"{answer.absolute_path.rstrip('/')}/",
            answer.entries,
            answer.total,
        ) | {
            "rename_supported": not isinstance(place.at, Web),
            "symlink_supported": isinstance(place.at, Folder | Sftp),
        }

    @operation("GET", "/v0.10/operation/endpoint/{endpoint_id}/stat", scopes=(ALL,))
    async def stat_path(self, call: Call) -> Result:
        place, served = await self._place(call, "pause_ls")
        if "path" not in call.query:
            raise GlobusError(400, "path is missing: say of what", "ClientError.BadRequest")
        path = _path(call.query["path"], served.home)
        answer = _listed("Stat", served, await self._ask(call, "Stat", served, Stat(place, path)))
        if not answer.entries:
            raise _odd("Stat", served)
        return file_document(answer.entries[0])

    @operation(
        "POST",
        "/v0.10/operation/endpoint/{endpoint_id}/mkdir",
        scopes=(ALL,),
        document=NewFolder,
    )
    async def make_directory(self, call: Call) -> Result:
        new: NewFolder = call.document
        place, served = await self._place(call, "pause_mkdir", write=True)
        await self._ask(call, "Mkdir", served, MakeFolder(place, _path(new.path, served.home)))
        return result(
            call, "DirectoryCreated", "The directory was created successfully", "mkdir_result"
        )

    @operation(
        "POST",
        "/v0.10/operation/endpoint/{endpoint_id}/rename",
        scopes=(ALL,),
        document=Renaming,
    )
    async def rename_path(self, call: Call) -> Result:
        renaming: Renaming = call.document
        place, served = await self._place(call, "pause_rename", write=True)
        old, new = (_path(path, served.home) for path in (renaming.old_path, renaming.new_path))
        await self._ask(call, "Rename", served, Rename(place, old, new))
        return result(call, "FileRenamed", "File or directory renamed successfully")

    async def _place(
        self, call: Call, pausing: Pausing, *, write: bool = False
    ) -> tuple[Place, Served]:
        """Return the files of the collection that a call is about, as the caller may use them.

        Raises `GlobusError` (409) while a pause rule says that this is not to be done.
        """
        wanted = collection_id(call)
        place = await self._collections.place(wanted, call.caller, write=write)
        for rule in await self._collections.pauses(wanted, person(call)):
            if getattr(rule, pausing):
                raise GlobusError(
                    409, f"This is paused on the collection: {rule.message}", "EndpointPaused"
                )
        return place, await self._collections.served(wanted)

    async def _ask(self, call: Call, act: Act, served: Served, question: Question) -> Listed | Done:
        """Return what the agent answers. Raises `GlobusError`."""
        try:
            with self._turns.one(call.caller.identity_id):
                answer = await self._agents.ask(served.agent_id, question)
        except AgentAbsent as error:
            raise absence(act, served.display_name, str(error)) from None
        if isinstance(answer, Failed):
            raise failure(act, served.display_name, answer)
        return answer


def _listed(act: Act, served: Served, answer: Listed | Done) -> Listed:
    """Return the answer of an agent as what was asked for. Raises `GlobusError` (502)."""
    if not isinstance(answer, Listed):
        raise _odd(act, served)
    return answer


def _odd(act: Act, served: Served) -> GlobusError:
    return failure(act, served.display_name, Failed("UNKNOWN", "Its agent answers oddly"))


def _path(given: str, home: str) -> str:
    """Return a path within the collection, with what ``/~/`` stands for.

    Raises `GlobusError` (400).
    """
    if given in ("~", "/~") or given.startswith(("~/", "/~/")):
        given = f"{home}/{given.partition('~')[2]}"
    try:
        path = clean(given)
    except Fault as fault:
        raise GlobusError(400, fault.description, "ClientError.InvalidPath") from None
    if len(path.encode()) > _LONGEST_PATH:
        raise GlobusError(
            400, f"a path has at most {_LONGEST_PATH} bytes", "ClientError.InvalidPath"
        )
    return path
