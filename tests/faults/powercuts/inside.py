"""What is in the cloud of a folder, opened and read with its own code."""

import base64
import hashlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from lenticular.engines.blobs.contract import BlobCorrupt, BlobNotFound
from lenticular.engines.kv.keys import Subspace
from lenticular.primitives.objects import ALWAYS
from lenticular.primitives.objects.errors import BucketNotFound
from lenticular.primitives.principals import Principal
from lenticular.primitives.tables.errors import TableNotFound
from lenticular.primitives.tables.queries import Selection
from lenticular.primitives.tables.records import TableName
from lenticular.primitives.tables.values import Item
from lenticular.server.blobplaces import BLOBS_NAME
from lenticular.server.settings import load
from lenticular.server.wiring import Cloud, open_cloud

from ..values import make_value
from ..writers import TABLE, make_item
from .notes import State
from .objectclients import MARKER, Objects, Versions

TORN = "torn: "
"""What the token of something begins with whose bytes are not those that were written."""

_TOLD: dict[bytes, str] = {}
"""Tokens by the digests of values."""

_LATER = 3600.0
"""Seconds from now: a sweep takes all that nobody needs by then."""


@dataclass(slots=True)
class Found:
    """What was found in a folder."""

    state: State = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    """That it does not open, that the database is not sound."""
    orphans: list[str] = field(default_factory=list)
    """Files of blobs, and records of contents, that nothing points at."""


async def examine(data: Path, *, empties: bool) -> Found:
    """Open the cloud of `data` and return what is in it.

    If it `empties` the cloud that is swept first, and all is deleted and swept in the end: then
    nothing may be left.
    """
    found = Found()
    try:
        async with open_cloud(load({"data": data})) as cloud:
            root = await cloud.identities.first_account()
            found.state[f"root/{root.access_key_id}"] = root.secret_access_key
            found.problems += await cloud.check_store()
            if empties:
                await _sweep(cloud)
            principal = await cloud.identities.read(
                lambda reader: cloud.identities.root_principal(reader, root.account_id)
            )
            found.state |= await _objects(cloud, principal)
            found.state |= await _versions(cloud, principal)
            found.state |= await _items(cloud, root.account_id)
            found.state |= await _users(cloud, root.account_id)
            if empties:
                found.orphans += await _left_when_emptied(cloud, principal, data / BLOBS_NAME)
    except Exception as error:
        found.problems.append(f"{type(error).__name__}: {error}")
    return found


async def _objects(cloud: Cloud, principal: Principal) -> State:
    state: State = {}
    try:
        page = await cloud.storage.listings.list(principal, Objects.bucket)
    except BucketNotFound:
        return state
    state[f"setup/{Objects.bucket}"] = "there"
    for key, listed in page.objects:
        state[key] = await _token(cloud, principal, Objects.bucket, key, None)
        found = await cloud.storage.objects.get(principal, Objects.bucket, key, load=False)
        if (found.version.etag, found.version.size) != (listed.etag, listed.size):
            state[key] = f"{TORN}listed as {listed.etag}, {listed.size} bytes"
    return state


async def _versions(cloud: Cloud, principal: Principal) -> State:
    state: State = {}
    try:
        page = await cloud.storage.listings.list_versions(principal, Versions.bucket)
        bucket = await cloud.storage.buckets.find(Versions.bucket)
    except BucketNotFound:
        return state
    state[f"setup/{Versions.bucket}"] = bucket.versioning or "there"
    for key, version, _ in reversed(page.versions):
        token = MARKER
        if not version.is_marker:
            token = await _token(cloud, principal, Versions.bucket, key, version.version_id)
        state[key] = f"{state[key]} {token}" if key in state else token
    return state


async def _token(
    cloud: Cloud, principal: Principal, bucket: str, key: str, version_id: str | None
) -> str:
    """Return the token of an object after comparing every byte, its size and its entity tag."""
    found = await cloud.storage.objects.get(principal, bucket, key, version_id)
    try:
        body = found.data
        if body is None:
            body = b"".join([chunk async for chunk in cloud.storage.objects.read(found)])
    except (BlobCorrupt, BlobNotFound) as error:
        return f"{TORN}{error}"
    etag = found.version.etag
    if found.version.size != len(body) or (
        "-" not in etag and etag != hashlib.md5(body).hexdigest()
    ):
        return f"{TORN}{len(body)} bytes, said to be {found.version.size} with {etag}"
    return _told(body)


def _told(value: bytes) -> str:
    """Return the token of a value after comparing every byte: once, for all disks."""
    digest = hashlib.sha256(value).digest()
    if digest not in _TOLD:
        _TOLD[digest] = _compared(value)
    return _TOLD[digest]


def _compared(value: bytes) -> str:
    token = value.partition(b"\n")[0].decode(errors="replace")
    try:
        return token if value == make_value(token) else f"{TORN}{token}"
    except ValueError:
        return f"{TORN}{value[:60]!r}"


async def _items(cloud: Cloud, account_id: str) -> State:
    state: State = {}
    try:
        items = [item async for item in _scan(cloud, account_id, None)]
    except TableNotFound:
        return state
    state[f"setup/{TABLE}"] = "there"
    for item in items:
        address = f"{item['writer']['S']}/{item['number']['N']}"
        state[address] = token = _told(base64.b64decode(item["value"]["B"]))
        expected = make_item(address, token) if not token.startswith(TORN) else {}
        if expected:
            expected["value"] = {"B": base64.b64encode(expected["value"]["B"]).decode()}
        if item != expected:
            state[address] = f"{TORN}{item}"
    for index in ("by-count", "by-group"):
        indexed = [item async for item in _scan(cloud, account_id, index)]
        if sorted(map(str, indexed)) != sorted(map(str, items)):
            state[f"setup/{TABLE}"] = f"{TORN}{index} has {len(indexed)} of {len(items)} items"
    return state


async def _scan(cloud: Cloud, account_id: str, index: str | None) -> AsyncIterator[Item]:
    name = TableName(account_id, "us-east-1", TABLE)
    start = None
    while True:
        selection = Selection(index=index, start=start)
        page = await cloud.tables.select(name, lambda table, selection=selection: selection)
        for row in page.rows:
            yield dict(sorted(row.item().items()))
        if (start := page.last) is None:
            return


async def _users(cloud: Cloud, account_id: str) -> State:
    state: State = {}
    for user in await cloud.identities.users.list(account_id):
        address = user.name.replace(".", "/")
        state[address] = user.path.strip("/")
        for key in await cloud.identities.keys.list(account_id, user.name):
            signer = await cloud.identities.signer(key.access_key_id)
            # That its secret can be read says that it is the one: it is sealed.
            state[f"{address}/key"] = (
                key.access_key_id if signer else f"{TORN}nobody may sign with it"
            )
    return state


async def _left_when_emptied(cloud: Cloud, principal: Principal, blobs: Path) -> list[str]:
    """Delete all objects; return what is left of their bytes and of what points at them."""
    for bucket in (Objects.bucket, Versions.bucket):
        try:
            page = await cloud.storage.listings.list_versions(principal, bucket)
        except BucketNotFound:
            continue
        named = [(key, version.version_id, ALWAYS) for key, version, _ in page.versions]
        await cloud.storage.deletions.delete_many(principal, bucket, named)
        for key, upload in (await cloud.storage.uploads.list(principal, bucket)).uploads:
            await cloud.storage.uploads.abort(principal, bucket, key, upload.id)
    await _sweep(cloud)
    start, stop = Subspace("contents").range()
    records = await cloud.store.read(lambda reader: reader.range(start, stop))
    return [*map(repr, records), *_files_below(blobs)]


def _files_below(blobs: Path) -> list[str]:
    return [str(path) for path in blobs.rglob("*") if path.is_file() and path.name != "lock"]


async def _sweep(cloud: Cloud) -> None:
    later = time.time() + _LATER
    await cloud.contents.sweep(later)
    await cloud.contents.sweep_orphans(later)
