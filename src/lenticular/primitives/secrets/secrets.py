"""The secrets of the cloud: every operation as one call that is atomic and durable."""

import hmac
import os
import secrets as randomness
import string
import time
from collections.abc import Callable, Mapping
from functools import partial

from msgspec.structs import replace

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.identities import Identities
from lenticular.primitives.identities.bindings import bind, shown
from lenticular.primitives.policies.documents import Policy
from lenticular.primitives.secrets import stages
from lenticular.primitives.secrets.errors import (
    SecretDeleted,
    SecretExists,
    SecretNameTaken,
    TooManyTags,
    VersionExists,
    VersionNotFound,
)
from lenticular.primitives.secrets.records import (
    CURRENT,
    DELETED,
    NAMED,
    VALUE,
    Secret,
    SecretName,
    Value,
    Version,
    due,
    find_secret,
    purge,
    save,
    secret_at,
    secrets_of,
    usable,
)
from lenticular.primitives.secrets.rotations import Rotations
from lenticular.primitives.vault import Vault

MOST_TAGS = 50

_DAY = 24 * 3600 * 1000
_SUFFIX = string.ascii_letters + string.digits

Alteration = Callable[[Secret], Secret]


class Secrets:
    """The secrets of every account. Whoever may see them is asked by the interface."""

    def __init__(
        self,
        store: KeyValueStore,
        vault: Vault,
        identities: Identities,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`clock` gives seconds since the epoch."""
        self._store = store
        self._vault = vault
        self._clock = clock
        self.rotations = Rotations(self, store, identities)

    # -- finding

    async def find(self, name: SecretName) -> Secret:
        """Return a secret, marked for deletion or not. Raises `SecretNotFound`."""
        return await self._store.read(lambda reader: find_secret(reader, name))

    async def of_account(self, account_id: str, region: str) -> list[Secret]:
        """Return all secrets of an account in a region, by name."""
        return await self._store.read(
            lambda reader: secrets_of(reader, account_id, region), long=True
        )

    async def value(
        self, secret: Secret, version_id: str | None = None, stage: str | None = None
    ) -> tuple[Secret, Version, Value]:
        """Return a version of a secret, by default the current one, with its value.

        With an id and a stage the version must have both. Raises `SecretNotFound`,
        `SecretDeleted` and `VersionNotFound`.
        """

        def read(reader: Reader) -> tuple[Secret, Version, Value]:
            found = usable(reader, secret.id)
            version = _version(found, version_id, stage)
            return found, version, self.open(reader, found, version)

        found = await self._store.read(read)
        await self._note_access(*found[:2])
        return found

    async def _note_access(self, secret: Secret, version: Version) -> None:
        """Remember the day on which a version was read, once a day."""
        today = self.now() // _DAY * _DAY
        if version.accessed >= today:
            return

        def write(tx: Transaction) -> None:
            found = secret_at(tx, secret.id)
            versions = tuple(
                replace(each, accessed=today) if each.id == version.id else each
                for each in found.versions
            )
            save(tx, replace(found, accessed=today, versions=versions))

        await self._store.transact(write)

    # -- making and changing

    async def create(
        self,
        name: SecretName,
        value: Value | None,
        version_id: str,
        *,
        description: str = "",
        kind: str = "",
        key_id: str = "",
        tags: Mapping[str, str] | None = None,
    ) -> Secret:
        """Make a secret, with a first version if there is a value.

        Made again with the same version and value it is the same. Raises `SecretExists`,
        `SecretNameTaken` and `TooManyTags`.
        """
        now = self.now()
        made = Secret(
            id=os.urandom(8).hex(),
            account_id=name.account_id,
            region=name.region,
            name=name.name,
            suffix="".join(randomness.choice(_SUFFIX) for _ in range(6)),
            created=now,
            changed=now,
            description=description,
            kind=kind,
            key_id=key_id,
            tags=_limited(tags or {}),
        )

        def write(tx: Transaction) -> Secret:
            if tx.get(NAMED.pack(*name)) is not None:
                return self._made_before(tx, find_secret(tx, name), value, version_id)
            tx.set(NAMED.pack(*name), made.id.encode())
            if value is None:
                save(tx, made)
                return made
            return self.add_version(tx, made, value, version_id, (CURRENT,))

        return await self._store.transact(write)

    def _made_before(
        self, reader: Reader, secret: Secret, value: Value | None, version_id: str
    ) -> Secret:
        """Return a secret that was made by the same request. Raises what `create` raises."""
        if secret.deleted:
            raise SecretNameTaken
        known = next((each for each in secret.versions if each.id == version_id), None)
        if value is None or known is None:
            raise SecretExists(secret.name)
        if not _equal(self.open(reader, secret, known), value):
            raise SecretExists(secret.name)
        return secret

    async def put(
        self,
        secret: Secret,
        value: Value,
        version_id: str,
        stages: tuple[str, ...] = (CURRENT,),
    ) -> Secret:
        """Add a version with these stages; the first one is current whatever they are.

        Put again with the same value it is the same. Raises `SecretNotFound`,
        `SecretDeleted`, `VersionExists`, `TooManyVersions` and `TooManyStages`.
        """
        return await self._store.transact(
            lambda tx: self._put(tx, usable(tx, secret.id), value, version_id, stages)
        )

    async def update(
        self,
        secret: Secret,
        alteration: Alteration,
        value: Value | None = None,
        version_id: str = "",
    ) -> Secret:
        """Change the settings of a secret and, with a value, its current version too.

        Raises as `put`, `TooManyTags`, and what `alteration` raises.
        """
        now = self.now()

        def write(tx: Transaction) -> Secret:
            changed = replace(alteration(usable(tx, secret.id)), changed=now)
            _limited(changed.tags)
            if value is not None:
                return self._put(tx, changed, value, version_id, (CURRENT,))
            save(tx, changed)
            return changed

        return await self._store.transact(write)

    async def policy(self, secret: Secret) -> str:
        """Return the policy of a secret as it is to be shown; empty: it has none."""
        return await self._store.read(lambda reader: shown(reader, secret.policy, secret.bindings))

    async def check_policy(self, policy: Policy) -> None:
        """Raise `PrincipalUnknown` for a policy that could not be set."""
        await self._store.read(lambda reader: bind(reader, policy))

    async def set_policy(self, secret: Secret, policy: Policy | None) -> None:
        """Replace the policy of a secret; None: it is to have none.

        Raises `SecretNotFound`, `SecretDeleted` and `PrincipalUnknown`.
        """
        now = self.now()

        def write(tx: Transaction) -> None:
            found = usable(tx, secret.id)
            document, bindings = ("", ()) if policy is None else (policy.document, bind(tx, policy))
            save(tx, replace(found, policy=document, bindings=bindings, changed=now))

        await self._store.transact(write)

    async def move_stage(
        self, secret: Secret, stage: str, source: str | None, target: str | None
    ) -> Secret:
        """Take a stage from one version and give it to another.

        Raises `SecretNotFound`, `SecretDeleted`, and as `lenticular.primitives.secrets.stages`.
        """
        return await self.update(secret, lambda found: stages.moved(found, stage, source, target))

    def _put(
        self, tx: Transaction, secret: Secret, value: Value, version_id: str, on: tuple[str, ...]
    ) -> Secret:
        known = next((each for each in secret.versions if each.id == version_id), None)
        if known is None:
            on = on if secret.versions or CURRENT in on else (*on, CURRENT)
            return self.add_version(tx, secret, value, version_id, on)
        if not _equal(self.open(tx, secret, known), value):
            raise VersionExists(version_id)
        save(tx, secret)
        return secret

    def add_version(
        self, tx: Transaction, secret: Secret, value: Value, version_id: str, on: tuple[str, ...]
    ) -> Secret:
        """Add a version within a transaction. Raises `TooManyVersions` and `TooManyStages`."""
        now = self.now()
        version = Version(version_id, now, tuple(dict.fromkeys(on)))
        changed, dropped = stages.with_version(replace(secret, changed=now), version, now)
        for gone in dropped:
            tx.delete(VALUE.pack(secret.id, gone))
        sealed = self._vault.seal(value.pack(), _context(secret.id, version_id))
        tx.set(VALUE.pack(secret.id, version_id), sealed)
        save(tx, changed)
        return changed

    def open(self, reader: Reader, secret: Secret, version: Version) -> Value:
        """Return the value of a version. Raises `VersionNotFound` and `VaultError`."""
        sealed = reader.get(VALUE.pack(secret.id, version.id))
        if sealed is None:
            raise VersionNotFound(f"VersionId: {version.id}")
        return Value.unpack(self._vault.open(sealed, _context(secret.id, version.id)))

    # -- deleting

    async def delete(self, secret: Secret, after: float) -> Secret:
        """Mark a secret for deletion `after` so many seconds; at 0 it is gone at once.

        Raises `SecretNotFound` and `SecretDeleted`.
        """
        now = self.now()

        def write(tx: Transaction) -> Secret:
            found = secret_at(tx, secret.id)
            if found.deleted and after:
                raise SecretDeleted
            marked = replace(found, deleted=now, purge=now + int(after * 1000))
            if after:
                save(tx, marked)
            else:
                purge(tx, found)
            return marked

        return await self._store.transact(write)

    async def restore(self, secret: Secret) -> Secret:
        """Take the mark off. Raises `SecretNotFound`."""

        def write(tx: Transaction) -> Secret:
            found = secret_at(tx, secret.id)
            restored = replace(found, deleted=0, purge=0)
            save(tx, restored)
            return restored

        return await self._store.transact(write)

    # -- in the background

    async def maintain(self) -> None:
        """Delete what is due, and rotate what is due. To be called now and then."""
        now = self.now()
        for secret_id in await self._store.read(lambda reader: due(reader, DELETED, now)):
            await self._store.transact(partial(_purge_due, secret_id=secret_id, now=now))
        await self.rotations.maintain()

    def now(self) -> int:
        """Return the time in milliseconds since the epoch."""
        return int(self._clock() * 1000)


def _version(secret: Secret, version_id: str | None, stage: str | None) -> Version:
    if version_id is None:
        found = secret.staged(stage or CURRENT)
        if found is None:
            raise VersionNotFound(f"staging label: {stage or CURRENT}")
        return found
    version = secret.version(version_id)
    if stage is not None and stage not in version.stages:
        raise VersionNotFound(f"VersionId: {version_id} and staging label: {stage}")
    return version


def _purge_due(tx: Transaction, secret_id: str, now: int) -> None:
    found = secret_at(tx, secret_id)
    if 0 < found.purge <= now:
        purge(tx, found)


def _limited(tags: Mapping[str, str]) -> Mapping[str, str]:
    if len(tags) > MOST_TAGS:
        raise TooManyTags
    return tags


def _equal(one: Value, other: Value) -> bool:
    return hmac.compare_digest(one.pack(), other.pack())


def _context(secret_id: str, version_id: str) -> str:
    return f"secret {secret_id} version {version_id}"
