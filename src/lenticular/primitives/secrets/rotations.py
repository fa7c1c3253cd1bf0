"""Rotations: secrets that get a new value now, or by a schedule."""

import logging
import uuid
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from lenticular.engines.kv.contract import KeyValueStore, Transaction
from lenticular.primitives.identities import Identities, User
from lenticular.primitives.secrets import renewal
from lenticular.primitives.secrets.errors import RotationImpossible
from lenticular.primitives.secrets.records import (
    ACCESS_KEY,
    CURRENT,
    DUE,
    PREVIOUS,
    Rotation,
    Secret,
    due,
    save,
    secret_at,
    usable,
)

if TYPE_CHECKING:  # secrets have rotations, and rotations change secrets
    from lenticular.primitives.secrets.secrets import Secrets

_RETRIED = 3600 * 1000
"""Milliseconds after which a rotation that failed is tried again."""

_log = logging.getLogger("lenticular.secrets")


class Rotations:
    """What is done to the rotations of secrets."""

    def __init__(self, secrets: "Secrets", store: KeyValueStore, identities: Identities) -> None:
        self._secrets = secrets
        self._store = store
        self._identities = identities

    async def key_holder(self, secret: Secret, user_name: str) -> User | None:
        """Return the user of a secret's account whose access key a rotation renews, if any."""
        return await self._identities.users.find(secret.account_id, user_name)

    async def begin(self, secret: Secret, rotation: Rotation, version_id: str | None) -> Secret:
        """Let a secret be rotated so from now on, and at once when a `version_id` is given.

        Begun again with the same version, nothing happens. Raises `SecretNotFound`,
        `SecretDeleted`, `RotationImpossible`, `PasswordRulesInvalid` and `TooManyVersions`.
        """

        def write(tx: Transaction) -> Secret:
            found = usable(tx, secret.id)
            if any(version.id == version_id for version in found.versions):
                return found
            if found.kind != secret.kind:  # the caller was held to what it was before
                raise RotationImpossible("The Type of the secret has just been changed: try again.")
            renewal.check(found, rotation)
            last = found.rotation.last if found.rotation else 0
            holder = renewal.holder(tx, found, rotation)
            bound = replace(rotation, last=last, holder=holder)
            planned = _planned(found, bound, self._secrets.now())
            if version_id is not None:
                return self._rotate(tx, planned, version_id)
            save(tx, planned)
            return planned

        # Where an access key may be made, identities have to hear of it.
        change = self._identities.change if secret.kind == ACCESS_KEY else self._store.transact
        return await change(write)

    async def stop(self, secret: Secret) -> Secret:
        """Rotate a secret no longer. Raises `SecretNotFound` and `SecretDeleted`."""

        def write(tx: Transaction) -> Secret:
            found = usable(tx, secret.id)
            stopped = found.rotation and replace(found.rotation, enabled=False, next=0)
            changed = replace(found, rotation=stopped)
            save(tx, changed)
            return changed

        return await self._store.transact(write)

    def _rotate(self, tx: Transaction, secret: Secret, version_id: str) -> Secret:
        now = self._secrets.now()
        rotation = secret.rotation or Rotation(enabled=False)
        renewal.check(secret, rotation)
        values = {
            stage: self._secrets.open(tx, secret, version)
            for stage in (CURRENT, PREVIOUS)
            if (version := secret.staged(stage)) is not None
        }
        value = renewal.renewed(
            tx, self._identities, secret, rotation, values.get(CURRENT), values.get(PREVIOUS)
        )
        planned = _planned(secret, replace(rotation, last=now), now)
        return self._secrets.add_version(tx, planned, value, version_id, (CURRENT,))

    async def maintain(self) -> None:
        """Rotate the secrets that are due."""
        now = self._secrets.now()
        for secret_id in await self._store.read(lambda reader: due(reader, DUE, now)):
            try:
                await self._identities.change(partial(self._rotate_due, secret_id=secret_id))
            except Exception:
                # The others are not to wait for it.
                _log.exception("a secret was not rotated", extra={"secret": secret_id})
                await self._store.transact(partial(_postpone, secret_id=secret_id, now=now))

    def _rotate_due(self, tx: Transaction, secret_id: str) -> None:
        found = secret_at(tx, secret_id)
        if found.rotation is not None and 0 < found.rotation.next <= self._secrets.now():
            self._rotate(tx, found, str(uuid.uuid4()))


def _planned(secret: Secret, rotation: Rotation, now: int) -> Secret:
    """Return the secret with a rotation, and when that will be next."""
    time_between = renewal.interval(rotation) if rotation.enabled else 0
    following = now + time_between if time_between else 0
    return replace(secret, rotation=replace(rotation, next=following))


def _postpone(tx: Transaction, secret_id: str, now: int) -> None:
    found = secret_at(tx, secret_id)
    if found.rotation is not None:
        save(tx, replace(found, rotation=replace(found.rotation, next=now + _RETRIED)))
