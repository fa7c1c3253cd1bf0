"""Who asks: a person with all their identities and groups, a client, or nobody in particular."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from lenticular.primitives.search.errors import EntryInvalid

PUBLIC = "public"
AUTHENTICATED = "all_authenticated_users"

_KINDS = {"urn:globus:auth:identity:": "identity", "urn:globus:groups:id:": "group"}
_IDENTITY, _GROUP = _KINDS


@dataclass(frozen=True, slots=True)
class Viewer:
    """One who asks; without identities, it is anybody."""

    identity_ids: tuple[str, ...] = ()
    """The acting one first."""
    group_ids: tuple[str, ...] = ()

    @property
    def urns(self) -> frozenset[str]:
        """What roles and sets of principals call them."""
        identities = {_IDENTITY + identity_id for identity_id in self.identity_ids}
        return frozenset(identities | {_GROUP + group_id for group_id in self.group_ids})

    @property
    def principals(self) -> frozenset[str]:
        """What the audiences of entries call them."""
        return self.urns | {PUBLIC} | ({AUTHENTICATED} if self.identity_ids else set())


def principal_type(urn: str) -> str:
    """Return ``identity`` or ``group``."""
    return next(kind for start, kind in _KINDS.items() if urn.startswith(start))


def identity_urn(identity_id: str) -> str:
    """Return the URN of an identity."""
    return _IDENTITY + identity_id


def checked_urn(text: str) -> str:
    """Return the URN of an identity or group in its usual form. Raises `EntryInvalid`."""
    for start in _KINDS:
        if text.startswith(start):
            try:
                return start + str(uuid.UUID(text.removeprefix(start)))
            except ValueError:
                break
    raise EntryInvalid(f"{text[:200]!r} is not a principal: {_IDENTITY}UUID and {_GROUP}UUID are")


def checked_audience(texts: Iterable[str]) -> tuple[str, ...]:
    """Return who may see an entry, in the usual form. Raises `EntryInvalid`."""
    usual = (text if text in (PUBLIC, AUTHENTICATED) else checked_urn(text) for text in texts)
    return tuple(dict.fromkeys(usual))
