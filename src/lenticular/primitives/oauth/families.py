"""Families of tokens: what one authorization gave, which lives and ends together.

A code, the tokens that it was exchanged for, those that these were refreshed or passed on to:
all belong to one grant. Revoking the grant removes them all (RFC 6749, section 4.1.2; RFC
9700, section 4.14.2). What has expired is swept; a grant goes with the last of its family.
"""

import os
import uuid
from collections.abc import Callable, Collection
from typing import NamedTuple

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.engines.kv.keys import Subspace
from lenticular.primitives.oauth.records import (
    AccessToken,
    Code,
    DeviceCode,
    Grant,
    RefreshToken,
    decode,
    encode,
)
from lenticular.primitives.oauth.spaces import (
    ACCESS,
    CODE,
    DEVICE,
    GRANT,
    GRANT_OF,
    REFRESH,
    TOKEN_OF,
    UNTIL,
    USER_CODE,
)
from lenticular.primitives.signin import Authentication
from lenticular.primitives.signin.tokens import digest

Expiring = AccessToken | Code | DeviceCode


class _Kind(NamedTuple):
    space: Subspace
    decode: Callable[[bytes], Expiring]


_KINDS = {
    "access": _Kind(ACCESS, lambda data: decode(data, AccessToken)),
    "code": _Kind(CODE, lambda data: decode(data, Code)),
    "device": _Kind(DEVICE, lambda data: decode(data, DeviceCode)),
    "refresh": _Kind(REFRESH, lambda data: decode(data, RefreshToken)),
}


def new_grant(
    tx: Transaction,
    client_id: str,
    identity_id: str,
    now: int,
    *,
    authentications: tuple[Authentication, ...] = (),
    label: str = "",
) -> Grant:
    """Begin a family."""
    grant = Grant(
        os.urandom(16), client_id, identity_id, now, str(uuid.uuid4()), authentications, label
    )
    tx.set(GRANT.pack(grant.grant_id), encode(grant))
    tx.set(GRANT_OF.pack(identity_id, client_id, grant.grant_id), b"")
    return grant


def find_grant(reader: Reader, grant_id: bytes) -> Grant | None:
    """Return a grant, or None when it is revoked or all its tokens have expired."""
    data = reader.get(GRANT.pack(grant_id))
    return None if data is None else decode(data, Grant)


def grants_of(reader: Reader, identity_id: str, client_id: str | None = None) -> list[Grant]:
    """Return the grants that a person gave, to any client or to one."""
    where = (identity_id,) if client_id is None else (identity_id, client_id)
    rows = reader.range(*GRANT_OF.range(*where))
    found = (find_grant(reader, GRANT_OF.unpack(key)[2]) for key, _ in rows)
    return [grant for grant in found if grant is not None]


def put(tx: Transaction, kind: str, key: bytes, record: Expiring) -> None:
    """Keep a token or code until it expires; in place of the one of this key, if there is one."""
    place = _KINDS[kind].space.pack(key)
    before = tx.get(place)
    if before is not None:
        tx.delete(UNTIL.pack(_KINDS[kind].decode(before).expires, kind, key))
    tx.set(place, encode(record))
    tx.set(UNTIL.pack(record.expires, kind, key), b"")
    if record.grant_id:
        tx.set(TOKEN_OF.pack(record.grant_id, kind, key), b"")


def drop(tx: Transaction, kind: str, key: bytes) -> None:
    """Remove a token or code; with the last of its family, the grant."""
    place = _KINDS[kind].space.pack(key)
    data = tx.get(place)
    if data is None:
        return
    record = _KINDS[kind].decode(data)
    tx.delete(place)
    tx.delete(UNTIL.pack(record.expires, kind, key))
    if isinstance(record, DeviceCode):
        tx.delete(USER_CODE.pack(digest(record.user_code)))
    if record.grant_id:
        tx.delete(TOKEN_OF.pack(record.grant_id, kind, key))
        if not tx.range(*TOKEN_OF.range(record.grant_id), limit=1):
            _forget(tx, record.grant_id)


def of(reader: Reader, grant_id: bytes, kind: str) -> list[bytes]:
    """Return the keys of the tokens of one kind in a family."""
    return [TOKEN_OF.unpack(row)[2] for row, _ in reader.range(*TOKEN_OF.range(grant_id, kind))]


def drop_standing_on(tx: Transaction, grant: Grant, numbers: Collection[int]) -> None:
    """Remove the tokens of a family that stand on any of some consents."""
    for kind in ("access", "refresh"):
        for key in of(tx, grant.grant_id, kind):
            data = tx.get(_KINDS[kind].space.pack(key))
            record = None if data is None else _KINDS[kind].decode(data)
            if isinstance(record, AccessToken) and not set(record.consents).isdisjoint(numbers):
                drop(tx, kind, key)


def revoke(tx: Transaction, grant_id: bytes) -> None:
    """End a family: every token and code of it is removed."""
    for row, _ in tx.range(*TOKEN_OF.range(grant_id)):
        _, kind, key = TOKEN_OF.unpack(row)
        drop(tx, kind, key)
    _forget(tx, grant_id)


def sweep(tx: Transaction, now: int, limit: int) -> int:
    """Remove up to `limit` tokens and codes that have expired; return how many there were."""
    start, _ = UNTIL.range()
    rows = tx.range(start, UNTIL.pack(now + 1), limit=limit)
    for row, _ in rows:
        _, kind, key = UNTIL.unpack(row)
        drop(tx, kind, key)
        tx.delete(row)
    return len(rows)


def _forget(tx: Transaction, grant_id: bytes) -> None:
    grant = find_grant(tx, grant_id)
    if grant is not None:
        tx.delete(GRANT_OF.pack(grant.identity_id, grant.client_id, grant_id))
        tx.delete(GRANT.pack(grant_id))
