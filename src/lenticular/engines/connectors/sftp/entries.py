"""Entries of files behind SFTP."""

import stat

import asyncssh

from lenticular.engines.connectors.contract import Entry, Kind

_KINDS: dict[int, Kind] = {stat.S_IFREG: "file", stat.S_IFDIR: "dir", stat.S_IFLNK: "link"}


def kind_of(status: asyncssh.SFTPAttrs) -> Kind:
    """Return what something is."""
    return _KINDS.get(stat.S_IFMT(status.permissions or 0), "other")


def version_of(status: asyncssh.SFTPAttrs) -> str:
    """Return what is mostly another when a file is: size and time, in whole seconds."""
    return f"{status.size or 0:x}-{status.mtime or 0:x}"


def entry_of(
    name: str, status: asyncssh.SFTPAttrs, target: bytes = b"", leads: Kind | None = None
) -> Entry:
    """Return the entry of a file; of a link with what it says and what it leads to."""
    kind = kind_of(status)
    permissions = status.permissions
    return Entry(
        name,
        kind,
        (status.size or 0) if kind == "file" else 0,
        float(status.mtime or 0),
        "" if permissions is None else f"{permissions & 0o7777:04o}",
        status.owner or ("" if status.uid is None else str(status.uid)),
        status.group or ("" if status.gid is None else str(status.gid)),
        target.decode(errors="replace"),
        leads or "",
        version_of(status),
    )
