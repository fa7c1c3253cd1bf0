"""The two ends of a job: its places opened, and opened anew when the cloud hands out new ones."""

import ipaddress
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import msgspec

from lenticular.engines.connectors.contract import Connector
from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.places import Folder, Peer, Place, Sftp, Store, Web
from lenticular.engines.movers.contract import Job, Verdict
from lenticular.engines.movers.troubles import Failure, at

Opener = Callable[[Place], Connector]
"""Opens a place, without going there yet. Raises `Fault`."""


class Pair:
    """Two places that are open, and how many are using them."""

    def __init__(self, source: Connector, destination: Connector, *, is_exposed: bool) -> None:
        self.source = source
        """Of a deletion: the destination too."""
        self.destination = destination
        self.is_exposed = is_exposed
        """Whether the source's bytes cross a network as they are, for anything to change them."""
        self.users = 0


class Ends:
    """The places of a job."""

    def __init__(self, job: Job, opener: Opener) -> None:
        """Open the places. Raises `Failure` when one cannot be, ever."""
        self._opener = opener
        self._is_secret = job.options.encrypt_data
        self._source, self._destination = job.source, job.destination
        self._pair = self._open()

    def _open(self) -> Pair:
        source, destination = self._source, self._destination
        try:
            if self._is_secret:
                source, destination = source and encrypted(source), encrypted(destination)
            there = self._opener(destination)
            here = self._opener(source) if source else there
        except Fault as fault:
            raise Failure(fault) from fault
        return Pair(here, there, is_exposed=source is not None and is_exposed(source))

    @asynccontextmanager
    async def both(self) -> AsyncIterator[Pair]:
        """Lend both places, as they are now."""
        pair = self._pair
        pair.users += 1
        try:
            yield pair
        finally:
            pair.users -= 1
            if pair is not self._pair and not pair.users:
                await _close(pair)

    async def renew(self, verdict: Verdict) -> None:
        """Use the places that a verdict brings; what is under way ends with the old ones."""
        if verdict.source is None and verdict.destination is None:
            return
        self._source = verdict.source or self._source
        self._destination = verdict.destination or self._destination
        old, self._pair = self._pair, self._open()
        if not old.users:
            await _close(old)

    async def close(self) -> None:
        """Let go of both."""
        await _close(self._pair)

    def is_within(self, source: str, destination: str) -> bool:
        """Tell whether a path of the destination lies within a folder of the source."""
        if self._source is None or self._source.at != self._destination.at:
            return False
        folder = self._source.prefix + source.strip("/")
        return (self._destination.prefix + destination.strip("/")).startswith(
            folder.rstrip("/") + "/"
        )


async def _close(pair: Pair) -> None:
    for end in {pair.source, pair.destination}:
        with at("source"):
            await end.close()


def is_exposed(place: Place) -> bool:
    """Tell whether bytes of a place would cross a network as anybody there can read them."""
    return any(not _is_private(url) for url in _urls(place))


def encrypted(place: Place) -> Place:
    """Return a place with those ways to it that are encrypted. Raises `Fault` if none is."""
    if isinstance(place.at, Peer):
        addresses = tuple(filter(_is_private, place.at.addresses))
        place = msgspec.structs.replace(
            place, at=msgspec.structs.replace(place.at, addresses=addresses)
        )
        if addresses:
            return place
    elif not is_exposed(place):
        return place
    raise Fault(
        "NOT_SUPPORTED",
        "The task asks for encryption, and a place can only be reached without it: offer it"
        " over HTTPS, or submit the task without encrypt_data.",
    )


def _urls(place: Place) -> tuple[str, ...]:
    match place.at:
        case Folder() | Sftp():
            return ()
        case Peer(addresses=addresses):
            return addresses
        case Web(url=url):
            return (url,)
        case Store(options=options):
            told = {name.lower().removeprefix("aws_"): each for name, each in options.items()}
            return (told["endpoint"],) if told.get("endpoint") else ()


def _is_private(url: str) -> bool:
    """Tell whether nobody on the way can read: by TLS, or since it does not leave the machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https" or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
