"""Datasets: made, described, published, given new versions, and withdrawn by their owners."""

from typing import Any, Final

from msgspec import Struct

from lenticular.apis.globus.publish.documents import Document, dataset_document
from lenticular.apis.globus.wire.service import Call, operation
from lenticular.primitives.oauth.builtin import TRANSFER_ALL
from lenticular.primitives.publications import (
    DatasetNotFound,
    Draft,
    Metadata,
    Publications,
    Version,
)

_SCOPES: Final = (TRANSFER_ALL,)
"""Publishing is a transfer: a token that may transfer may publish."""


class DraftDocument(Struct, frozen=True, forbid_unknown_fields=True):
    """A draft as it is sent."""

    metadata: Metadata = Metadata()
    collection_id: str = ""
    path: str = ""


class NewVersion(Struct, frozen=True, forbid_unknown_fields=True):
    """A new version; without ``metadata`` it says what the last one does."""

    metadata: Metadata | None = None
    collection_id: str = ""
    path: str = ""


class Withdrawal(Struct, frozen=True, forbid_unknown_fields=True):
    """Which version is withdrawn, and why."""

    version: int
    reason: str


class DatasetOperations:
    """The operations on the caller's own datasets."""

    def __init__(self, publications: Publications) -> None:
        self._publications = publications

    @operation("GET", "/publish/v1/datasets", scopes=_SCOPES)
    async def list_datasets(self, call: Call) -> Document:
        """Return the newest version of each of the caller's datasets."""
        found = await self._publications.own(call.caller)
        documents = [dataset_document(self._publications, [one]) for one in found]
        return {"DATA_TYPE": "dataset_list", "length": len(documents), "DATA": documents}

    @operation("POST", "/publish/v1/datasets", scopes=_SCOPES, document=DraftDocument, status=201)
    async def create_dataset(self, call: Call) -> Document:
        """Make a draft, and reserve its identifier."""
        made = await self._publications.create(call.caller, _draft(call.document))
        return await self._document(call, made)

    @operation("GET", "/publish/v1/datasets/{name}", scopes=_SCOPES)
    async def get_dataset(self, call: Call) -> Document:
        """Return a dataset with all its versions."""
        versions = await self._publications.versions(call.caller, _name(call))
        return dataset_document(self._publications, versions)

    @operation("PUT", "/publish/v1/datasets/{name}", scopes=_SCOPES, document=DraftDocument)
    async def update_dataset(self, call: Call) -> Document:
        """Replace the draft of a dataset."""
        changed = await self._publications.change(call.caller, _name(call), _draft(call.document))
        return await self._document(call, changed)

    @operation("DELETE", "/publish/v1/datasets/{name}", scopes=_SCOPES)
    async def delete_draft(self, call: Call) -> None:
        """Delete the draft of a dataset."""
        await self._publications.discard(call.caller, _name(call))

    @operation("POST", "/publish/v1/datasets/{name}/publish", scopes=_SCOPES, status=202)
    async def publish_dataset(self, call: Call) -> Document:
        """Begin to publish the draft of a dataset."""
        begun = await self._publications.publish(call.caller, _name(call))
        return await self._document(call, begun)

    @operation(
        "POST",
        "/publish/v1/datasets/{name}/versions",
        scopes=_SCOPES,
        document=NewVersion,
        status=201,
    )
    async def create_version(self, call: Call) -> Document:
        """Make a draft of a new version."""
        new: NewVersion = call.document
        name = _name(call)
        if new.metadata is None and not (new.collection_id or new.path):
            made = await self._publications.begin_version(call.caller, name)
        else:
            last = (await self._publications.versions(call.caller, name))[-1]
            draft = Draft(
                new.metadata if new.metadata is not None else last.said,
                new.collection_id or last.collection_id,
                new.path or last.path,
            )
            made = await self._publications.begin_version(call.caller, name, draft)
        return await self._document(call, made)

    @operation("POST", "/publish/v1/datasets/{name}/withdraw", scopes=_SCOPES, document=Withdrawal)
    async def withdraw_version(self, call: Call) -> Document:
        """Withdraw a version: its page stays, and says why."""
        wanted: Withdrawal = call.document
        gone = await self._publications.withdraw(
            call.caller, _name(call), wanted.version, wanted.reason
        )
        return await self._document(call, gone)

    async def _document(self, call: Call, version: Version) -> Document:
        versions = await self._publications.versions(call.caller, version.name)
        return dataset_document(self._publications, versions)


def _name(call: Call) -> str:
    name = call.arguments["name"]
    if len(name) > 100:
        raise DatasetNotFound(name)
    return name


def _draft(document: Any) -> Draft:
    given: DraftDocument = document
    return Draft(given.metadata, given.collection_id, given.path)
