"""What agents say to each other about the files of a collection, beside HTTP's own methods.

Bytes of one file are read by GET with a range. All else is a POST to the collection's base
URL: a document of one of the structs below, in MessagePack, and another one as the answer
(status 200), or a `Failure` (status 422). Blocks of files that are being written come as
frames, in the body of a POST that lasts as long as there is something to write.
"""

from hashlib import blake2b
from struct import Struct as Layout
from typing import Final, Literal

import msgspec
from msgspec import Struct

from lenticular.engines.connectors.contract import Entry, Parcel, Whole

DOCUMENT: Final = "application/vnd.lenticular.peer+msgpack"
"""Media type of operations and answers: none that a browser sends from another site's page."""

FRAMES: Final = "application/vnd.lenticular.peer.frames"
"""Media type of blocks: each is a `FRAME` and the bytes themselves."""

FRAME: Final = Layout(">QI")
"""Offset in the file, and how many bytes follow."""

WRITER: Final = "writer"
"""Parameter of the query of a POST of frames: the writer that `Opened` named."""

RELAY: Final = "lenticular-relay"
"""What a connection is upgraded to at the relay: to whatever the other end speaks."""

PAGE: Final = 1000
"""Entries of a listing after which an answer is ended."""


class Stat(Struct, frozen=True, tag="stat"):
    """`Connector.stat`. The answer is an `Entry`."""

    path: str
    follow: bool = True


class Listing(Struct, frozen=True, tag="entries"):
    """`Connector.entries`. The answer is a `Page`."""

    path: str
    more: str = ""
    """What the page before said; empty: from the beginning."""


class Failure(Struct, frozen=True, tag="failure"):
    """A `Fault`."""

    code: str
    description: str


class Named(Struct, frozen=True, tag="entry"):
    """An entry, where a `Failure` may stand in its stead."""

    entry: Entry


class Page(Struct, frozen=True):
    """Some of a folder's entries."""

    entries: tuple[Named | Failure, ...]
    more: str = ""
    """With which to ask for those that follow, within a minute or so; empty: that was all."""


class Checksum(Struct, frozen=True, tag="checksum"):
    """`Connector.checksum`. The answer is `Text`."""

    path: str
    algorithm: str


class Text(Struct, frozen=True):
    """A checksum, or a writer's mark."""

    text: str = ""


class MakeFolder(Struct, frozen=True, tag="make_folder"):
    """`Connector.make_folder`. The answer is `Done`."""

    path: str


class Rename(Struct, frozen=True, tag="rename"):
    """`Connector.rename`. The answer is `Done`."""

    old: str
    new: str


class Remove(Struct, frozen=True, tag="remove"):
    """`Connector.remove`. The answer is `Done`."""

    path: str


class MakeLink(Struct, frozen=True, tag="make_link"):
    """`Connector.make_link`. The answer is `Done`."""

    path: str
    target: str


class SetModified(Struct, frozen=True, tag="set_modified"):
    """`Connector.set_modified`. The answer is `Done`."""

    path: str
    modified: float


class Done(Struct, frozen=True):
    """It was done."""


class Open(Struct, frozen=True, tag="open_writer"):
    """`Connector.open_writer`. The answer is `Opened`."""

    path: str
    size: int
    resume: str = ""


class Opened(Struct, frozen=True):
    """A writer, which is held for `HELD` seconds after it was last heard of."""

    writer: str


class Close(Struct, frozen=True, tag="close_writer"):
    """`Writer.durable` (the answer is `Text`), `suspend` or `abort` (`Done`)."""

    writer: str
    how: Literal["durable", "suspend", "abort"]


class Commit(Struct, frozen=True, tag="commit"):
    """`Writer.commit`. The answer is an `Entry`."""

    writer: str
    size: int
    modified: float = 0.0
    checksum: str = ""


class Written(Struct, frozen=True):
    """The answer to frames."""

    bytes: int


class ReadMany(Struct, frozen=True, tag="read_many"):
    """`Bundles.read_many`. The answer is `Wholes`."""

    paths: tuple[str, ...]


class Read(Struct, frozen=True, tag="whole"):
    """A small file, where a `Failure` may stand in its stead."""

    whole: Whole


class Wholes(Struct, frozen=True):
    """Small files, in the order in which they were asked for."""

    files: tuple[Read | Failure, ...]


class WriteMany(Struct, frozen=True, tag="write_many"):
    """`Bundles.write_many`. The answer is a `Page`."""

    files: tuple[Parcel, ...]


HELD: Final = 60.0
"""Seconds that a writer is held of which nothing is heard; then it is suspended."""

Operation = (
    Stat
    | Listing
    | Checksum
    | MakeFolder
    | MakeLink
    | Rename
    | Remove
    | SetModified
    | Open
    | Close
    | Commit
    | ReadMany
    | WriteMany
)


def tag_of(entry: Entry) -> str:
    """Return the ETag (RFC 9110, section 8.8.3) of a file: another one whenever its bytes are."""
    said = entry.version or f"{entry.size} {entry.modified!r}"
    return f'"{blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()}"'


encode = msgspec.msgpack.Encoder().encode
read_operation = msgspec.msgpack.Decoder(Operation).decode
read_failure = msgspec.msgpack.Decoder(Failure).decode
