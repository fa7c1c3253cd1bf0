"""Opening a place: which connector reaches it, with its rules around it."""

from collections.abc import Callable, Sequence

from lenticular.engines.connectors.confined import Confined
from lenticular.engines.connectors.contract import Connector
from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.grants import Grants
from lenticular.engines.connectors.places import Announced, Folder, Peer, Place
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
    place is believed. `peer` opens the places of other agents. Raises `Fault`
    ``NOT_SUPPORTED`` for a place that cannot be reached from here.
    """
    match place.at:
        case Folder(root=root):
            # No folder of a place has another one around it of which it may be the way out:
            # links are resolved beneath the collection's own root, and judged by its rules.
            root = real_folder(root)
            grants = Grants(place.rules)
            if folders is not None:
                real = [Announced(real_folder(each.path), each.permission) for each in folders]
                grants = Grants.within(root + place.prefix, place.rules, real)
            return Confined(PosixFiles(root, place.prefix, grants), grants)
        case Peer():
            if peer is None:
                raise Fault("NOT_SUPPORTED", "another agent's files cannot be reached from here")
            inner = peer(place.at)
        case _:
            raise Fault("NOT_SUPPORTED", "no connector reaches this place")
    return Confined(inner, Grants(place.rules), place.prefix)


__all__ = ["PeerOpener", "open_place"]
