"""The catalog: keys are made, found, changed, and destroyed."""

import asyncio
import uuid
from collections.abc import Callable, Mapping
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.primitives.access import AccessDenied
from lenticular.primitives.identities.bindings import bind, shown
from lenticular.primitives.keys import specs
from lenticular.primitives.keys.errors import KeyStateInvalid, LimitExceeded, LockedOut
from lenticular.primitives.keys.keystore import KeyStore
from lenticular.primitives.keys.names import KeyName
from lenticular.primitives.keys.policies import compiled, default_policy, s3_policy
from lenticular.primitives.keys.records import (
    ALIAS,
    DELETED,
    DISABLED,
    ENABLED,
    OWNED,
    PENDING_DELETION,
    Alias,
    Key,
    Material,
    due,
    encode,
    find_key,
    forget,
    save,
)
from lenticular.primitives.keys.rights import KeyRequest, admit, require, require_in_account

DESTROYED = b"keys destroyed"
"""The topic that is signalled when a key is destroyed."""

DAY = 24 * 3600 * 1000
"""Milliseconds."""

YEAR = 365
"""Days between two rotations of a key that the cloud makes itself."""

MOST_TAGS = 50

Alteration = Callable[[Key], Key]
"""Returns a key as it is to be; raises what forbids it."""


class Plan(Struct, frozen=True, kw_only=True):
    """What a new key is to be like."""

    region: str
    spec: str = specs.SYMMETRIC_DEFAULT
    usage: str = specs.ENCRYPT_DECRYPT
    policy: str = ""
    """Empty: the one that leaves all to the policies of the account."""
    may_lock_out: bool = False
    """Whether the policy may keep whoever makes the key from changing it."""
    description: str = ""
    tags: Mapping[str, str] = {}


class Catalog:
    """All keys of one cloud."""

    def __init__(self, store: KeyStore) -> None:
        self._store = store

    async def create(self, asked: KeyRequest, plan: Plan) -> Key:
        """Make a key in the caller's account.

        Raises `AccessDenied`, `SpecUnsupported`, `InputInvalid`, `PolicyMalformed`,
        `PrincipalUnknown`, `LockedOut` and `LimitExceeded`.
        """
        require_in_account(asked)
        if plan.tags:
            require_in_account(replace(asked, action="kms:TagResource"))
        specs.check_usage(plan.spec, plan.usage)
        # To find large primes takes a second or more: others are served meanwhile.
        secret = await asyncio.to_thread(specs.spec_named(plan.spec).draw)
        key_id, now = str(uuid.uuid4()), self._store.now()
        account_id = asked.principal.account_id
        key = Key(
            id=key_id,
            account_id=account_id,
            region=plan.region,
            created=now,
            spec=plan.spec,
            usage=plan.usage,
            materials=(self._store.materials.seal(key_id, 1, secret, now),),
            policy=default_policy(account_id),
            description=plan.description,
            tags=_limited(plan.tags),
        )

        def write(tx: Transaction) -> Key:
            made = key
            if plan.policy:
                made = _governed(tx, key, asked, plan.policy, lockout=plan.may_lock_out)
            save(tx, made)
            return made

        return await self._store.change(write)

    def make_managed(self, tx: Transaction, name: KeyName) -> Key:
        """Make the key of a managed alias, for objects, within a transaction."""
        key_id, now = str(uuid.uuid4()), self._store.now()
        key = Key(
            id=key_id,
            account_id=name.account_id,
            region=name.region,
            created=now,
            spec=specs.SYMMETRIC_DEFAULT,
            usage=specs.ENCRYPT_DECRYPT,
            materials=(self.draw(key_id, 1, now),),
            policy=s3_policy(name.account_id),
            description="Default key that protects my S3 objects when no other key is defined",
            managed=True,
            aliases=(name.alias,),
            rotation_days=YEAR,
            next_rotation=now + YEAR * DAY,
        )
        tx.set(ALIAS.pack(*name), encode(Alias(key_id, now, now)))
        save(tx, key)
        return key

    def draw(self, key_id: str, number: int, now: int, rotation: str = "") -> Material:
        """Return a new material of a key that encrypts."""
        secret = specs.spec_named(specs.SYMMETRIC_DEFAULT).draw()
        return self._store.materials.seal(key_id, number, secret, now, rotation)

    async def find(self, asked: KeyRequest) -> Key:
        """Return a key. Raises `AccessDenied`, `KeyNotFound` and `KeyNameInvalid`."""
        return await self._store.read(lambda reader: admit(reader, asked))

    async def find_managed(self, asked: KeyRequest) -> Key:
        """Return the key of a managed alias, which is made if this is the first time.

        Raises `AccessDenied`.
        """

        def write(tx: Transaction) -> Key:
            name = asked.name()
            if name.find(tx) is None:
                self.make_managed(tx, name)
            return admit(tx, asked)

        return await self._store.change(write)

    async def of_account(self, asked: KeyRequest, region: str) -> list[Key]:
        """Return the keys of the caller's account in a region. Raises `AccessDenied`."""
        require_in_account(asked)
        account_id = asked.principal.account_id

        def read(reader: Reader) -> list[Key]:
            index = reader.range(*OWNED.range(account_id, region))
            found = (find_key(reader, OWNED.unpack(packed)[2]) for packed, _ in index)
            return [key for key in found if key is not None]

        return await self._store.read(read)

    async def alter(self, asked: KeyRequest, alteration: Alteration) -> Key:
        """Change a key. Raises as `find`, and what `alteration` raises."""

        def write(tx: Transaction) -> Key:
            changed = alteration(admit(tx, asked))
            _limited(changed.tags)
            save(tx, changed)
            return changed

        return await self._store.change(write)

    async def enable(self, asked: KeyRequest) -> Key:
        """Let a key be used. Raises as `find`, and `KeyStateInvalid`."""
        return await self.alter(asked, lambda key: replace(kept(key), state=ENABLED))

    async def disable(self, asked: KeyRequest) -> Key:
        """Let a key not be used until it is enabled. Raises as `find`, and `KeyStateInvalid`."""
        return await self.alter(asked, lambda key: replace(kept(key), state=DISABLED))

    async def schedule_deletion(self, asked: KeyRequest, days: int) -> Key:
        """Let a key be destroyed after some days, and not be used until then.

        Raises as `find`, and `KeyStateInvalid`.
        """
        at = self._store.now() + days * DAY
        return await self.alter(
            asked, lambda key: replace(kept(key), state=PENDING_DELETION, deletion=at)
        )

    async def cancel_deletion(self, asked: KeyRequest) -> Key:
        """Let a key stay, disabled. Raises as `find`, and `KeyStateInvalid`."""

        def cancelled(key: Key) -> Key:
            if key.state != PENDING_DELETION:
                raise KeyStateInvalid(key.arn, key.state)
            return replace(key, state=DISABLED, deletion=0)

        return await self.alter(asked, cancelled)

    async def policy(self, asked: KeyRequest) -> str:
        """Return the policy of a key as it is to be shown. Raises as `find`."""

        def read(reader: Reader) -> str:
            key = admit(reader, asked)
            return shown(reader, key.policy, key.bindings)

        return await self._store.read(read)

    async def set_policy(self, asked: KeyRequest, document: str, *, lockout: bool = False) -> Key:
        """Replace the policy of a key; `lockout`: though it keeps the caller from doing so again.

        Raises as `find`, `KeyStateInvalid`, `PolicyMalformed`, `PrincipalUnknown` and `LockedOut`.
        """

        def write(tx: Transaction) -> Key:
            key = _governed(tx, kept(admit(tx, asked)), asked, document, lockout=lockout)
            save(tx, key)
            return key

        return await self._store.change(write)

    async def destroy_due(self) -> None:
        """Destroy the keys whose time has come, with their materials, aliases and grants."""
        now = self._store.now()
        for key_id in await self._store.read(lambda reader: due(reader, DELETED, now)):
            await self._store.change(partial(_destroy_due, key_id=key_id, now=now))
            self.forget_materials()

    def forget_materials(self) -> None:
        """Keep no material open: a key was destroyed, here or by another process."""
        self._store.materials.forget()


def kept(key: Key) -> Key:
    """Return a key that is not about to be destroyed. Raises `KeyStateInvalid` for one that is."""
    if key.state == PENDING_DELETION:
        raise KeyStateInvalid(key.arn, key.state)
    return key


def _governed(reader: Reader, key: Key, asked: KeyRequest, document: str, *, lockout: bool) -> Key:
    """Return a key with another policy, which must let the caller change it again."""
    bindings = bind(reader, compiled(document, key.arn))
    governed = replace(key, policy=document, bindings=bindings)
    if not lockout:
        try:
            require(reader, replace(asked, action="kms:PutKeyPolicy"), governed)
        except AccessDenied as error:
            raise LockedOut(key.arn) from error
    return governed


def _destroy_due(tx: Transaction, key_id: str, now: int) -> None:
    key = find_key(tx, key_id)
    if key is not None and 0 < key.deletion <= now:
        forget(tx, key)
        tx.signal(DESTROYED)


def _limited(tags: Mapping[str, str]) -> Mapping[str, str]:
    if len(tags) > MOST_TAGS:
        raise LimitExceeded(f"A key has {MOST_TAGS} tags at most")
    return tags
