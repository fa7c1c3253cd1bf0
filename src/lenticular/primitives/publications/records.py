"""What the store remembers of datasets.

Records are MessagePack arrays: a field added at the end with a default reads old records
unchanged. Times are milliseconds since the epoch; 0: never.
"""

from collections.abc import Iterator
from typing import Final, Literal

import msgspec
from msgspec import Struct

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.engines.kv.keys import Subspace, after
from lenticular.primitives.publications.metadata import Metadata, decode

State = Literal["draft", "publishing", "published", "withdrawn"]

Step = Literal[
    "", "deposit", "submit", "copy", "verify", "keep", "describe", "announce", "abandon", "clear",
    "hide",
]  # fmt: skip
"""What is next to be done with a version; empty: nothing. See `publishing`."""

CHANGED: Final = b"publications/changed"
"""Signalled when there is something to be done."""

_PAGE: Final = 200

VERSION = Subspace("publications", "version")  # (name, number) -> Version
OWNED = Subspace("publications", "owned")  # (owner's identity id, name) -> nothing
WORK = Subspace("publications", "work")  # (name, number): something is to be done -> nothing
FILE = Subspace("publications", "file")  # (name, number, path) -> File
STAMPED = Subspace("publications", "stamped")  # (datestamp, name, number) -> nothing
REPOSITORY = Subspace("publications", "repository")  # () -> Repository


class Version(Struct, array_like=True, frozen=True):
    """A version of a dataset: a draft, what is in the course of publication, or what is public."""

    name: str
    """Of the ARK."""
    number: int
    owner_id: str
    """The identity whose dataset it is."""
    username: str
    account_id: str
    created: int
    changed: int
    metadata: bytes
    collection_id: str
    """Of the folder to publish."""
    path: str
    """Of the folder there, as it was given."""
    state: State = "draft"
    step: Step = ""
    attempt: int = 0
    """Counted up with each publication that was begun."""
    problem: str = ""
    """Why the last one came to nothing."""
    rule_id: str = ""
    """The access rule by which the copy comes in, while it may."""
    task_id: str = ""
    """Of the copy."""
    done: int = 0
    """Files that the step has dealt with."""
    last: str = ""
    """The path of the last one, where a step goes by paths."""
    files: int = 0
    size: int = 0
    """Bytes of all files."""
    published: int = 0
    withdrawn: int = 0
    reason: str = ""
    """Why it was withdrawn."""
    erases: bool = False
    """Whether its files are to be destroyed for good, and not only hidden."""
    stamp: int = 0
    """When its public record last changed, in seconds since the epoch (OAI-PMH's datestamp)."""

    @property
    def is_public(self) -> bool:
        """Whether anybody may know of it."""
        return self.state in ("published", "withdrawn")

    @property
    def said(self) -> Metadata:
        """What is said of it."""
        return decode(self.metadata)

    @property
    def folder(self) -> str:
        """Where it lies among what is published; ends with a slash."""
        return f"{self.name}/v{self.number}/"

    @property
    def deposit(self) -> str:
        """Where it comes in; ends with a slash."""
        return f"{self.folder}{self.attempt}/"


class File(Struct, array_like=True, frozen=True):
    """A file of a version. Its path is within the folder that was published."""

    path: str
    size: int
    sha256: bytes
    sha512: bytes
    version_id: str
    """Of the object that was read when it had come in: just this one is kept."""


class Repository(Struct, array_like=True, frozen=True):
    """Where datasets are kept: an account of their own, to which nobody has a key."""

    suffix: str
    """Makes the names below it unlike all others."""
    published_id: str
    """The collection of what is published."""
    arrivals_id: str
    """The collection of all that comes in."""
    account_id: str = ""
    curator_id: str = ""
    """The identity that owns the collections: nobody can sign in with it."""
    deposits_id: str = ""
    """The guest collection through which copies come in."""
    index_id: str = ""
    """The search index of what is published."""
    is_ready: bool = False

    @property
    def account_name(self) -> str:
        return f"Published datasets {self.suffix}"

    @property
    def bucket(self) -> str:
        """Of what is published, under object lock."""
        return f"datasets-{self.suffix}"

    @property
    def arrivals(self) -> str:
        """The bucket of all that comes in."""
        return f"deposits-{self.suffix}"


encode = msgspec.msgpack.Encoder().encode
_decode_version = msgspec.msgpack.Decoder(Version).decode
_decode_file = msgspec.msgpack.Decoder(File).decode
_decode_repository = msgspec.msgpack.Decoder(Repository).decode


def version(reader: Reader, name: str, number: int) -> Version | None:
    """Return a version of a dataset."""
    data = reader.get(VERSION.pack(name, number))
    return None if data is None else _decode_version(data)


def versions(reader: Reader, name: str) -> list[Version]:
    """Return all versions of a dataset, the oldest first."""
    return [_decode_version(data) for _, data in reader.range(*VERSION.range(name))]


def owned(reader: Reader, identity_id: str) -> list[str]:
    """Return the names of the datasets that an identity owns."""
    return [OWNED.unpack(key)[1] for key, _ in reader.range(*OWNED.range(identity_id))]


def everything(reader: Reader) -> Iterator[Version]:
    """Iterate over all versions of all datasets."""
    at, stop = VERSION.range()
    while page := reader.range(at, stop, limit=_PAGE):
        yield from (_decode_version(data) for _, data in page)
        at = after(page[-1][0])


def stamped(reader: Reader) -> Iterator[tuple[str, int]]:
    """Iterate over the public versions, name and number, the one changed last first."""
    start, stop = STAMPED.range()
    while page := reader.range(start, stop, limit=_PAGE, reverse=True):
        for key, _ in page:
            _, name, number = STAMPED.unpack(key)
            yield name, number
        stop = page[-1][0]


def write(tx: Transaction, old: Version | None, new: Version) -> Version:
    """Keep a version as it is now, and note what is to be done with it; return it."""
    key = new.name, new.number
    if old is not None and old.stamp and old.stamp != new.stamp:
        tx.delete(STAMPED.pack(old.stamp, *key))
    if new.stamp:
        tx.set(STAMPED.pack(new.stamp, *key), b"")
    if new.step:
        tx.set(WORK.pack(*key), b"")
        tx.signal(CHANGED)
    else:
        tx.delete(WORK.pack(*key))
    tx.set(OWNED.pack(new.owner_id, new.name), b"")
    tx.set(VERSION.pack(*key), encode(new))
    return new


def files(reader: Reader, version: Version, behind: str = "", limit: int = _PAGE) -> list[File]:
    """Return files of a version in the order of their paths, those behind the path `behind`."""
    start, stop = FILE.range(version.name, version.number)
    if behind:
        start = after(FILE.pack(version.name, version.number, behind))
    return [_decode_file(data) for _, data in reader.range(start, stop, limit=limit)]


def repository(reader: Reader) -> Repository | None:
    """Return where datasets are kept; None while there is no such place."""
    data = reader.get(REPOSITORY.pack())
    return None if data is None else _decode_repository(data)
