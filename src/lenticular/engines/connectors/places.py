"""Places: what must be known to reach the files of a collection, as it is sent to who moves them.

A place says where its files are (one of the structs below), which folder there is the
collection's root, and what may be done in it. Whoever is handed a place has the right to act
in it, within its rules, and nowhere else. It holds secrets: it is sent over authenticated
connections only, and never written down or logged.
"""

from typing import Literal

from msgspec import Struct

Permission = Literal["r", "rw"]


class Folder(Struct, frozen=True, tag="folder"):
    """A folder of the machine on which the place is opened."""

    root: str
    """Its absolute path; no path within it leads out of it, whatever symbolic links say."""


class Store(Struct, frozen=True, tag="store"):
    """An object store: S3 (this cloud's own too), Azure Blob Storage or Google Cloud Storage."""

    url: str
    """``s3://BUCKET/PREFIX``, ``az://CONTAINER/PREFIX`` or ``gs://BUCKET/PREFIX``."""
    options: dict[str, str] = {}
    """The names and values that `obstore` has for endpoint, region and credentials."""


class Sftp(Struct, frozen=True, tag="sftp"):
    """A folder of an SFTP server."""

    host: str
    user: str
    root: str = "/"
    port: int = 22
    host_key: str = ""
    """The line that the server's key has in ``known_hosts``, without the host's name; needed."""
    password: str = ""
    private_key: str = ""
    """In OpenSSH's form, without passphrase."""


class Web(Struct, frozen=True, tag="web"):
    """What lies below a URL of an HTTP server: it can be read, and listed where it lists itself."""

    url: str
    headers: dict[str, str] = {}


class Peer(Struct, frozen=True, tag="peer"):
    """A collection that another agent serves, reached over HTTPS."""

    addresses: tuple[str, ...]
    """Base URLs of the collection, the best first: each is tried until one answers."""
    token: str = ""
    fingerprint: str = ""
    """SHA-256 (hexadecimal) of the certificate that the agent shows; empty: any that is trusted."""


class Rule(Struct, frozen=True):
    """What may be done with a file or a folder and all in it."""

    path: str
    """Absolute within the collection; that of a folder ends with ``/``."""
    permission: Permission


class Place(Struct, frozen=True):
    """The files of a collection, as somebody may use them."""

    at: Folder | Store | Sftp | Web | Peer
    prefix: str = "/"
    """The folder in it that is the collection's root; begins and ends with ``/``."""
    rules: tuple[Rule, ...] = (Rule("/", "rw"),)
    """What is allowed; a path that no rule covers is as if it were not there."""
    gridftp: str = ""
    """URL of the place's root at a GridFTP server of the same files (``gsiftp://HOST:PORT/PATH``),
    for who may do there whatever that server lets them: it knows no rules. Empty: none."""


class Announced(Struct, frozen=True):
    """A folder of an agent's machine that the cloud may use."""

    path: str
    """Absolute on that machine."""
    permission: Permission
    """Of folders within one another the innermost counts."""
