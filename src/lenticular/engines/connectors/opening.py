"""Opening a place: which connector reaches it, with its rules around it.

A connector is imported when it is used: an agent's start waits for none of their libraries.
"""

from collections.abc import Callable, Sequence

from lenticular.engines.connectors.confined import Confined
from lenticular.engines.connectors.contract import Connector
from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.grants import Grants
from lenticular.engines.connectors.places import Announced, Folder, Peer, Place, Sftp, Store, Web
from lenticular.engines.connectors.posix import PosixFiles, real_folder

PeerOpener = Callable[[Peer], Connector]
"""Opens what another agent serves."""


def open_place(
    place: Place,
    *,
    folders: Sequence[Announced] | None = None,
    peer: PeerOpener | None = None,
) -> Connector:
    """Return the files of a place as somebody may use them, without going there yet.

    `folders` are those of this machine that may be used, whatever the place says; None: the
    place is believed, and where it was when it was published is where it must be: a link that
    was put there since leads to nothing. `peer` opens the places of other agents. Raises `Fault`
    ``NOT_SUPPORTED`` for a place that cannot be reached from here.
    """
    grants = Grants(place.rules)
    match place.at:
        case Folder(root=root):
            if folders is not None:
                root = real_folder(root)
                real = [Announced(real_folder(each.path), each.permission) for each in folders]
                grants = Grants.within(root + place.prefix, place.rules, real)
            return Confined(PosixFiles(root, place.prefix, grants), grants)
        case Sftp():
            from lenticular.engines.connectors.sftp import SftpFiles

            return Confined(SftpFiles(place.at, place.prefix, grants), grants)
        case Store():
            from lenticular.engines.connectors.stores import open_store

            # A folder of it is there as soon as it is named.
            return Confined(open_store(place.at, place.prefix), grants)
        case Web():
            from lenticular.engines.connectors.web import WebFiles

            inner: Connector = WebFiles(place.at)
        case Peer():
            if peer is None:
                raise Fault("NOT_SUPPORTED", "another agent's files cannot be reached from here")
            inner = peer(place.at)
    return Confined(inner, grants, place.prefix)


__all__ = ["PeerOpener", "open_place"]
