"""Rotations: a key gets new material, and keeps what it had for what that has encrypted.

AWS KMS Developer Guide, "Rotate AWS KMS keys".
"""

from functools import partial

from msgspec.structs import replace

from lenticular.engines.kv.contract import Transaction
from lenticular.primitives.keys.catalog import DAY, YEAR, Catalog, kept
from lenticular.primitives.keys.errors import LimitExceeded, OperationUnsupported
from lenticular.primitives.keys.keystore import KeyStore
from lenticular.primitives.keys.records import DUE, ENABLED, Key, due, find_key, save
from lenticular.primitives.keys.rights import KeyRequest
from lenticular.primitives.keys.sealing import check_enabled
from lenticular.primitives.keys.specs import SYMMETRIC_DEFAULT

AUTOMATIC = "AUTOMATIC"
ON_DEMAND = "ON_DEMAND"

MOST_ON_DEMAND = 25
"""Rotations of a key that its owner can ask for."""


class Rotations:
    """What is done to the materials of keys."""

    def __init__(self, store: KeyStore, catalog: Catalog) -> None:
        self._store = store
        self._catalog = catalog

    async def enable(self, asked: KeyRequest, days: int | None = None) -> Key:
        """Rotate a key by itself, every so many days from now on.

        By default as it was, or every year. Raises as `Catalog.alter`, `KeyDisabled`,
        `KeyStateInvalid` and `OperationUnsupported`.
        """
        now = self._store.now()

        def enabled(key: Key) -> Key:
            _check_rotatable(key)
            period = days or key.rotation_days or YEAR
            if period == key.rotation_days:
                return key
            return replace(key, rotation_days=period, next_rotation=now + period * DAY)

        return await self._catalog.alter(asked, enabled)

    async def disable(self, asked: KeyRequest) -> Key:
        """Rotate a key no more by itself. Raises as `enable`."""

        def disabled(key: Key) -> Key:
            _check_rotatable(key)
            return replace(key, rotation_days=0, next_rotation=0)

        return await self._catalog.alter(asked, disabled)

    async def rotate(self, asked: KeyRequest) -> Key:
        """Rotate a key at once. Raises as `enable`, and `LimitExceeded`."""

        def rotated(key: Key) -> Key:
            _check_rotatable(key)
            if sum(each.rotation == ON_DEMAND for each in key.materials) >= MOST_ON_DEMAND:
                raise LimitExceeded(f"A key is rotated on demand {MOST_ON_DEMAND} times at most")
            return self._with_material(key, ON_DEMAND)

        return await self._catalog.alter(asked, rotated)

    async def rotate_due(self) -> None:
        """Rotate the keys whose time has come."""
        now = self._store.now()
        for key_id in await self._store.read(lambda reader: due(reader, DUE, now)):
            await self._store.change(partial(self._rotate_due, key_id=key_id, now=now))

    def _rotate_due(self, tx: Transaction, key_id: str, now: int) -> None:
        key = find_key(tx, key_id)
        if key is not None and key.state == ENABLED and 0 < key.next_rotation <= now:
            rotated = self._with_material(key, AUTOMATIC)
            save(tx, replace(rotated, next_rotation=now + key.rotation_days * DAY))

    def _with_material(self, key: Key, rotation: str) -> Key:
        number = len(key.materials) + 1
        material = self._catalog.draw(key.id, number, self._store.now(), rotation)
        return replace(key, materials=(*key.materials, material))


def _check_rotatable(key: Key) -> None:
    check_enabled(kept(key))
    if key.spec != SYMMETRIC_DEFAULT:
        raise OperationUnsupported(f"{key.arn} is {key.spec}: only symmetric keys are rotated")
