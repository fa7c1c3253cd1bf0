"""Published datasets, as the owner of the cloud administers them."""

from typing import Literal

import msgspec
from msgspec import Struct

from lenticular.primitives.oauth.callers import Caller
from lenticular.primitives.publications import DatasetNotFound as NotFound
from lenticular.primitives.publications import Draft, Metadata, MetadataInvalid, Version
from lenticular.primitives.publications.citations import bibtex, ris, text
from lenticular.primitives.publications.datacite import document, xml
from lenticular.primitives.publications.identifiers import ark, parse
from lenticular.server.administration.contract import Nothing, Site

Form = Literal["datacite-xml", "datacite-json", "bibtex", "ris", "text"]


class Named(Struct, frozen=True, forbid_unknown_fields=True):
    """A dataset: its name, or its ARK, which may have a version."""

    name: str


class Publishing(Struct, frozen=True, forbid_unknown_fields=True):
    """What to publish, and whose it is."""

    owner: str
    """A user's sign-in name."""
    collection_id: str = ""
    path: str = ""
    metadata: str = ""
    """JSON."""
    name: str = ""
    """A dataset that has a draft, or is to get a new version; empty: a new dataset."""


class Withdrawing(Struct, frozen=True, forbid_unknown_fields=True):
    """Which version to withdraw, and why; with `erase` its files are destroyed."""

    name: str
    version: int
    reason: str
    erase: bool = False


class Exporting(Struct, frozen=True, forbid_unknown_fields=True):
    """Which document of a dataset to write; with a DOI, as for its registration."""

    name: str
    form: Form = "datacite-xml"
    doi: str = ""


class Described(Struct, frozen=True):
    """A version as commands print it. Times are milliseconds since the epoch; 0: never."""

    name: str
    version: int
    identifier: str
    state: str
    title: str
    owner: str
    url: str
    files: int
    bytes: int
    published: int
    withdrawn: int
    reason: str
    problem: str


class Document(Struct, frozen=True):
    """A document of a dataset."""

    form: str
    text: str


async def list_datasets(site: Site, wanted: Nothing) -> list[Described]:
    """Return all versions of all datasets."""
    return [_described(site, one) for one in await site.cloud.publications.everything()]


async def show(site: Site, named: Named) -> list[Described]:
    """Return the versions of a dataset. Raises `DatasetNotFound`."""
    name, number = _parsed(named.name)
    versions = await site.cloud.publications.versions(None, name)
    return [_described(site, one) for one in versions if number in (0, one.number)]


async def publish(site: Site, wanted: Publishing) -> Described:
    """Begin to publish a folder for a user, with the user's rights.

    Raises what `Publications` raises, and `DatasetNotFound`.
    """
    publications = site.cloud.publications
    caller = await _caller(site, wanted.owner)
    if not wanted.name:
        draft = Draft(_metadata(wanted.metadata), wanted.collection_id, wanted.path)
        made = await publications.create(caller, draft)
        try:
            return _described(site, await publications.publish(caller, made.name))
        except Exception:
            await publications.discard(caller, made.name)
            raise
    name, _ = _parsed(wanted.name)
    last = (await publications.versions(caller, name))[-1]
    if last.is_public:
        last = await publications.begin_version(caller, name)
    if wanted.metadata or wanted.collection_id or wanted.path:
        draft = Draft(
            _metadata(wanted.metadata) if wanted.metadata else last.said,
            wanted.collection_id or last.collection_id,
            wanted.path or last.path,
        )
        await publications.change(caller, name, draft)
    return _described(site, await publications.publish(caller, name))


async def withdraw(site: Site, wanted: Withdrawing) -> Described:
    """Withdraw a version. Raises `DatasetNotFound` and `StateWrong`."""
    name, _ = _parsed(wanted.name)
    gone = await site.cloud.publications.withdraw(
        None, name, wanted.version, wanted.reason, erases=wanted.erase
    )
    return _described(site, gone)


async def export(site: Site, wanted: Exporting) -> Document:
    """Return a document of a version. Raises `DatasetNotFound`."""
    name, number = _parsed(wanted.name)
    edition = await site.cloud.publications.preview(None, name, number)
    if wanted.form == "datacite-xml":
        written = xml(edition, wanted.doi).decode()
    elif wanted.form == "datacite-json":
        encoded = msgspec.json.encode(document(edition, wanted.doi))
        written = msgspec.json.format(encoded).decode()
    else:
        written = {"bibtex": bibtex, "ris": ris, "text": text}[wanted.form](edition)
    return Document(wanted.form, written)


async def _caller(site: Site, owner: str) -> Caller:
    """Return a user as whoever calls. Raises `DatasetNotFound` when there is none."""
    cloud = site.cloud
    user = await cloud.identities.find_user(owner)
    if user is None:
        raise NotFound(f"of {owner}: nobody is called so here")
    principal = await cloud.identities.read(
        lambda reader: cloud.identities.user_principal(reader, user.account_id, user.name)
    )
    username = await cloud.identities.sign_in_name(user)
    return Caller(principal, user.identity_id, (user.identity_id,), username)


def _metadata(text: str) -> Metadata:
    try:
        return msgspec.json.decode(text, type=Metadata)
    except msgspec.DecodeError as error:
        raise MetadataInvalid([str(error)]) from None


def _parsed(given: str) -> tuple[str, int]:
    """Return the name and version in a name, an ARK or an address. Raises `DatasetNotFound`."""
    wanted = parse(given.rpartition("/")[2])
    if wanted is None:
        raise NotFound(given)
    return wanted


def _described(site: Site, version: Version) -> Described:
    publications = site.cloud.publications
    identifier = ark(publications.naan, version.name, version.number)
    return Described(
        name=version.name,
        version=version.number,
        identifier=identifier,
        state=version.state,
        title=version.said.title,
        owner=version.username,
        url=f"{publications.url}/{identifier}",
        files=version.files,
        bytes=version.size,
        published=version.published,
        withdrawn=version.withdrawn,
        reason=version.reason,
        problem=version.problem,
    )
