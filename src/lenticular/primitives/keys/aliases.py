"""Aliases: names of keys that can be moved from one key to another.

AWS KMS Developer Guide, "Aliases in AWS KMS", "Controlling access to aliases": whoever makes,
moves or deletes one must be allowed to by the alias and by each key that is concerned.
"""

from msgspec.structs import replace

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.primitives.keys.catalog import kept
from lenticular.primitives.keys.errors import (
    AliasExists,
    AliasReserved,
    AliasTargetInvalid,
    LimitExceeded,
)
from lenticular.primitives.keys.keystore import KeyStore
from lenticular.primitives.keys.names import MANAGED_PREFIX, KeyName, check_alias
from lenticular.primitives.keys.records import (
    ALIAS,
    Alias,
    Key,
    decode_alias,
    encode,
    key_at,
    save,
)
from lenticular.primitives.keys.rights import KeyRequest, admit, require, require_in_account

MOST_ALIASES = 50
"""Of one key."""


class Aliases:
    """All aliases of one cloud."""

    def __init__(self, store: KeyStore) -> None:
        self._store = store

    async def create(self, asked: KeyRequest, alias: KeyName) -> Key:
        """Let an alias stand for the key that is asked for.

        Raises `AccessDenied`, `KeyNotFound`, `KeyStateInvalid`, `AliasNameInvalid`,
        `AliasReserved`, `AliasExists`, `AliasTargetInvalid` and `LimitExceeded`.
        """
        require_in_account(asked, alias.arn)
        _check_free_to_use(alias)
        now = self._store.now()

        def write(tx: Transaction) -> Key:
            key = _target(tx, asked, alias)
            if tx.get(ALIAS.pack(*alias)) is not None:
                raise AliasExists(alias.arn)
            return _attach(tx, key, alias, Alias(key.id, now, now))

        return await self._store.change(write)

    async def update(self, asked: KeyRequest, alias: KeyName) -> Key:
        """Let an alias stand for another key, of the same kind and usage. Raises as `create`,
        and `AliasNotFound`.
        """
        require_in_account(asked, alias.arn)
        _check_free_to_use(alias)
        now = self._store.now()

        def write(tx: Transaction) -> Key:
            found = _alias_at(tx, alias)
            before = key_at(tx, found.key_id)
            require(tx, asked, before)
            key = _target(tx, asked, alias)
            if (before.spec, before.usage) != (key.spec, key.usage):
                raise AliasTargetInvalid(
                    f"Alias {alias.arn} stands for a key of {before.spec} and {before.usage}, "
                    f"and cannot be changed to one of {key.spec} and {key.usage}"
                )
            if key.id == before.id:
                return key
            _detach(tx, before, alias)
            return _attach(tx, key, alias, replace(found, key_id=key.id, changed=now))

        return await self._store.change(write)

    async def delete(self, asked: KeyRequest, alias: KeyName) -> Key:
        """Remove an alias; the key stays. Raises `AccessDenied`, `AliasNotFound`,
        `AliasReserved`, and returns the key that it stood for.
        """
        require_in_account(asked, alias.arn)
        _check_free_to_use(alias)

        def write(tx: Transaction) -> Key:
            key = key_at(tx, _alias_at(tx, alias).key_id)
            require(tx, asked, key)
            tx.delete(ALIAS.pack(*alias))
            return _detach(tx, key, alias)

        return await self._store.change(write)

    async def of_account(self, asked: KeyRequest, region: str) -> list[tuple[KeyName, Alias]]:
        """Return the aliases of the caller's account in a region; with a key in `asked` its own.

        Raises `AccessDenied` and `KeyNotFound`.
        """
        require_in_account(replace(asked, key=""))
        account_id = asked.principal.account_id

        def read(reader: Reader) -> list[tuple[KeyName, Alias]]:
            key_id = ""
            if asked.key:
                name = asked.name()
                key = name.find(reader)
                if key is None or name.account_id != account_id:
                    raise name.not_found()
                key_id = key.id
            found = [
                (KeyName(*ALIAS.unpack(packed)), decode_alias(data))
                for packed, data in reader.range(*ALIAS.range(account_id, region))
            ]
            return [pair for pair in found if not key_id or pair[1].key_id == key_id]

        return await self._store.read(read)


def _check_free_to_use(alias: KeyName) -> None:
    check_alias(alias.name)
    if alias.name.startswith(MANAGED_PREFIX):
        raise AliasReserved(alias.arn)


def _alias_at(reader: Reader, alias: KeyName) -> Alias:
    data = reader.get(ALIAS.pack(*alias))
    if data is None:
        raise alias.not_found()
    return decode_alias(data)


def _target(reader: Reader, asked: KeyRequest, alias: KeyName) -> Key:
    key = kept(admit(reader, asked))
    if key.region != alias.region:
        raise AliasTargetInvalid(f"{alias.arn} cannot stand for {key.arn}: it is elsewhere")
    return key


def _attach(tx: Transaction, key: Key, alias: KeyName, record: Alias) -> Key:
    if len(key.aliases) >= MOST_ALIASES:
        raise LimitExceeded(f"A key has {MOST_ALIASES} aliases at most")
    tx.set(ALIAS.pack(*alias), encode(record))
    named = replace(key, aliases=(*key.aliases, alias.name))
    save(tx, named)
    return named


def _detach(tx: Transaction, key: Key, alias: KeyName) -> Key:
    aliases = tuple(name for name in key.aliases if name != alias.name)
    unnamed = replace(key, aliases=aliases)
    save(tx, unnamed)
    return unnamed
