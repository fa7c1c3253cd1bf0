"""Collections of files that the server itself reaches, as the owner of the cloud publishes them."""

import uuid
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

from msgspec import UNSET, Struct

from lenticular.engines.connectors.places import Folder, Sftp, Store, Web
from lenticular.primitives.collections import (
    Collection,
    CollectionNotFound,
    Details,
    InputInvalid,
    Kind,
    NewMapped,
    Origin,
)
from lenticular.primitives.people import Identity
from lenticular.server.administration.contract import Nothing, Site

_STORES: Final = ("s3", "az", "gs")


class Wanted(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every collection is described by."""

    name: str
    id: str = ""
    """Empty: a new UUID."""
    owner: str = ""
    """A user's name, username or mail address, an application's id, or an identity's; empty:
    the collection is everybody's in the account."""
    account_id: str = ""
    """Whose it is without an owner; empty: the account that the cloud started with."""
    anonymous_read: bool = False
    public: bool = False
    description: str | None = None


class WantedFolder(Wanted, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A folder of the server's machine."""

    path: str


class WantedBucket(Wanted, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A bucket of this cloud, or what begins with a prefix in it."""

    bucket: str
    prefix: str = ""


class WantedStore(Wanted, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An object store elsewhere."""

    url: str
    secret_options: dict[str, str] = {}
    """Of `obstore`; secrets may be among them."""


class WantedSftp(Wanted, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A folder of an SFTP server."""

    url: str
    """``sftp://USER@HOST:PORT/FOLDER``."""
    host_key: str
    private_key: str = ""
    password: str = ""


class WantedWeb(Wanted, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What lies below an address of an HTTP server."""

    url: str
    secret_headers: dict[str, str] = {}


class Named(Struct, frozen=True, forbid_unknown_fields=True):
    """One collection."""

    id: str


class Described(Struct, frozen=True):
    """A collection as commands print it."""

    id: str
    name: str
    https_server: str
    """The address before the path of a file."""
    type: str
    """``mapped``, or ``guest``: shared by somebody from another one."""
    kind: Kind
    where: str
    owner: str
    """A username; of one that is everybody's in its account, the account's id."""
    account_id: str
    anonymous_read: bool
    public: bool
    description: str


class SetupKey(Struct, frozen=True):
    """What makes a machine the one of a collection, once."""

    id: str
    setup_key: str


async def create(site: Site, wanted: WantedFolder) -> Described:
    """Publish a folder. Raises `InputInvalid` and `EntryExists`."""
    path = _folder(site, wanted.path)
    return await _create(site, wanted, "folder", Folder(str(path)))


async def create_bucket(site: Site, wanted: WantedBucket) -> Described:
    """Publish a bucket of this cloud. Raises as `create`, and `BucketNotFound`."""
    bucket = await site.cloud.storage.buckets.find(wanted.bucket)
    prefix = wanted.prefix.strip("/")
    origin = Store(f"s3://{bucket.name}/{quote(prefix)}".rstrip("/"))
    return await _create(site, wanted, "bucket", origin, bucket.account_id)


async def create_store(site: Site, wanted: WantedStore) -> Described:
    """Publish an object store elsewhere. Raises as `create`."""
    parts = urlsplit(wanted.url)
    if parts.scheme not in _STORES or not parts.netloc:
        raise InputInvalid(
            f"The address of a store is s3://BUCKET/PREFIX, az://CONTAINER/PREFIX or "
            f"gs://BUCKET/PREFIX, not {wanted.url[:200]!r}"
        )
    _check_whole(wanted.url)
    return await _create(site, wanted, "store", Store(wanted.url, wanted.secret_options))


async def create_sftp(site: Site, wanted: WantedSftp) -> Described:
    """Publish a folder of an SFTP server. Raises as `create`."""
    parts = urlsplit(wanted.url)
    if parts.scheme != "sftp" or not parts.hostname or not parts.username or parts.password:
        raise InputInvalid(
            f"The address of an SFTP server is sftp://USER@HOST:PORT/FOLDER, without a password, "
            f"not {parts.scheme}://{parts.hostname or ''}"
        )
    if not wanted.private_key and not wanted.password:
        raise InputInvalid("An SFTP server wants a private key or a password: give one of them")
    origin = Sftp(
        parts.hostname,
        parts.username,
        parts.path or "/",
        parts.port or 22,
        wanted.host_key.strip(),
        wanted.password,
        wanted.private_key,
    )
    return await _create(site, wanted, "sftp", origin)


async def create_web(site: Site, wanted: WantedWeb) -> Described:
    """Publish what lies below an address of an HTTP server. Raises as `create`."""
    parts = urlsplit(wanted.url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise InputInvalid(
            f"The address of a web server is http://HOST/FOLDER/ or https://HOST/FOLDER/, "
            f"without a user, not {parts.scheme}://{parts.hostname or ''}"
        )
    _check_whole(wanted.url)
    return await _create(site, wanted, "web", Web(wanted.url, wanted.secret_headers))


async def list_collections(site: Site, wanted: Nothing) -> list[Described]:
    """Return all collections, by name."""
    found = [await _described(site, one) for one in await site.cloud.collections.everything()]
    return sorted(found, key=lambda one: (one.name.lower(), one.id))


async def show(site: Site, wanted: Named) -> Described:
    """Return one collection. Raises `CollectionNotFound`."""
    found = await site.cloud.store.read(
        lambda reader: site.cloud.collections.find(reader, wanted.id.lower())
    )
    if found is None:
        raise CollectionNotFound(wanted.id)
    return await _described(site, found)


async def new_setup_key(site: Site, wanted: Named) -> SetupKey:
    """Return a new setup key for the machine of a collection.

    Raises `CollectionNotFound`, and `NotSupported` for one without a machine.
    """
    collection_id = wanted.id.lower()
    return SetupKey(collection_id, await site.cloud.collections.new_setup_key(collection_id, None))


async def delete(site: Site, wanted: Named) -> Described:
    """Delete a collection and those that were shared from it; no file is touched.

    Raises `CollectionNotFound`.
    """
    return await _described(site, await site.cloud.collections.delete(wanted.id.lower(), None))


async def _create(
    site: Site, wanted: Wanted, kind: Kind, origin: Origin, account_id: str = ""
) -> Described:
    owner = await _owner(site, wanted.owner) if wanted.owner else None
    accounts = (account_id, owner.account_id if owner is not None else "", wanted.account_id)
    first = (await site.cloud.identities.first_account()).account_id
    made = await site.cloud.collections.create_mapped(
        NewMapped(
            kind=kind,
            origin=origin,
            account_id=next(filter(None, accounts), first),
            owner_id=owner.identity_id if owner is not None else "",
            collection_id=wanted.id,
            details=Details(
                display_name=wanted.name,
                description=wanted.description or UNSET,
                anonymous_read=wanted.anonymous_read,
                public=wanted.public,
            ),
        )
    )
    return await _described(site, made)


def _check_whole(url: str) -> None:
    """Raise `InputInvalid` for an address of which a part is no path: more would be published."""
    if "?" in url or "#" in url:
        raise InputInvalid("An address has no '?' or '#': write %3F and %23 where a name has them")


async def _owner(site: Site, name: str) -> Identity:
    """Return the person or application that is called so. Raises `InputInvalid`."""
    people = site.cloud.people
    found = await people.by_username(name)
    if found is None and (identity_id := _uuid(name)):
        found = await people.identity(identity_id)
    if found is None and (user := await site.cloud.identities.find_user(name)) is not None:
        found = await people.identity(user.identity_id)
    if found is None:
        raise InputInvalid(
            f"Nobody is called {name[:200]!r} here: name a user (`lenticular user list`), or an "
            f"application's id"
        )
    return found


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return ""


def _folder(site: Site, path: str) -> Path:
    """Return a folder that may be published: never what the cloud itself is kept in."""
    given = Path(path)
    if not given.is_absolute() or not given.is_dir():
        raise InputInvalid(f"{path} is no folder on the server's machine: name one that is there")
    real, data = given.resolve(), site.configuration.data.resolve()
    if real.is_relative_to(data) or data.is_relative_to(real):
        raise InputInvalid(
            f"{path} is, or has in it, the data folder of the cloud with its master key: "
            f"publish another folder"
        )
    return real


async def _described(site: Site, collection: Collection) -> Described:
    owner = await site.cloud.people.identity(collection.owner_id) if collection.owner_id else None
    return Described(
        id=collection.collection_id,
        name=collection.display_name,
        https_server=site.cloud.collections.https_server(collection.collection_id),
        type=collection.entity,
        kind=collection.kind,
        where=collection.where,
        owner=owner.username if owner else collection.owner_id or collection.account_id,
        account_id=collection.account_id,
        anonymous_read=collection.anonymous_read,
        public=collection.public,
        description=collection.description or "",
    )
