"""The key-encryption keys of the cloud: which there are, and a new one that takes over."""

from datetime import UTC, datetime

from msgspec import Struct

from lenticular.primitives.encryption import EncryptionKey
from lenticular.server.administration.contract import Nothing, Site


class KeyShown(Struct, frozen=True):
    """A key-encryption key."""

    id: int
    created: str
    state: str
    """``current``: it wraps new data keys; ``retiring``: until what it wrapped is wrapped anew."""


async def list_keys(site: Site, wanted: Nothing) -> list[KeyShown]:
    """List the keys, the oldest first: none before anything was encrypted."""
    return [_shown(key) for key in await site.cloud.rotation.list()]


async def rotate(site: Site, wanted: Nothing) -> KeyShown:
    """Make a new key; the worker of the running cloud then wraps all data keys with it."""
    return _shown(await site.cloud.rotation.rotate())


def _shown(key: EncryptionKey) -> KeyShown:
    created = datetime.fromtimestamp(key.created / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return KeyShown(key.id, created, "current" if key.is_current else "retiring")
