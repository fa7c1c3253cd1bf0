"""The catalog: keys are made, found, enabled and disabled, described, and destroyed."""

import uuid
from functools import partial

from lenticular.engines.kv.contract import Transaction
from lenticular.primitives.keys.keystore import KeyStore
from lenticular.primitives.keys.names import KeyName
from lenticular.primitives.keys.policies import s3_policy
from lenticular.primitives.keys.records import (
    ALIAS,
    DELETED,
    Alias,
    Key,
    due,
    encode,
    find_key,
    forget,
    save,
)
from lenticular.primitives.keys.specs import ENCRYPT_DECRYPT, SYMMETRIC_DEFAULT

DAY = 24 * 3600 * 1000
"""Milliseconds."""


class Catalog:
    """All keys of one cloud."""

    def __init__(self, store: KeyStore) -> None:
        self._store = store

    def make_managed(self, tx: Transaction, name: KeyName) -> Key:
        """Make the key of a managed alias, for objects, within a transaction."""
        now = self._store.now()
        key_id = str(uuid.uuid4())
        key = Key(
            id=key_id,
            account_id=name.account_id,
            region=name.region,
            created=now,
            spec=SYMMETRIC_DEFAULT,
            usage=ENCRYPT_DECRYPT,
            materials=(self._store.materials.draw(key_id, 1, now),),
            policy=s3_policy(name.account_id),
            description="Default key that protects my S3 objects when no other key is defined",
            managed=True,
            aliases=(name.alias,),
            rotation_days=365,
            next_rotation=now + 365 * DAY,
        )
        tx.set(ALIAS.pack(*name), encode(Alias(key_id, now, now)))
        save(tx, key)
        return key

    async def maintain(self) -> None:
        """Destroy the keys whose time has come."""
        now = self._store.now()
        for key_id in await self._store.read(lambda reader: due(reader, DELETED, now)):
            await self._store.change(partial(_destroy_due, key_id=key_id, now=now))
            self._store.materials.forget()


def _destroy_due(tx: Transaction, key_id: str, now: int) -> None:
    key = find_key(tx, key_id)
    if key is not None and 0 < key.deletion <= now:
        forget(tx, key)
