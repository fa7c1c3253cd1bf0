"""The keys of one cloud: its parts, and what other primitives ask of them."""

import time
from collections.abc import Callable, Mapping

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.access import AccessDenied
from lenticular.primitives.keys import sealing
from lenticular.primitives.keys.aliases import Aliases
from lenticular.primitives.keys.catalog import Catalog
from lenticular.primitives.keys.ciphers import Ciphers
from lenticular.primitives.keys.errors import AliasNotFound, KeyNotFound
from lenticular.primitives.keys.grants import Grants
from lenticular.primitives.keys.keystore import KeyStore
from lenticular.primitives.keys.names import S3_ALIAS
from lenticular.primitives.keys.rights import KeyRequest, check_signed
from lenticular.primitives.keys.rotations import Rotations
from lenticular.primitives.keys.sealing import DataKey
from lenticular.primitives.keys.signatures import Signatures
from lenticular.primitives.principals import Principal
from lenticular.primitives.vault import Vault


class Keys:
    """Keys that never leave the cloud: what they seal does."""

    def __init__(
        self, store: KeyValueStore, vault: Vault, *, clock: Callable[[], float] = time.time
    ) -> None:
        """`clock` gives seconds since the epoch."""
        self._store = KeyStore(store, vault, clock)
        self.catalog = Catalog(self._store)
        self.aliases = Aliases(self._store)
        self.grants = Grants(self._store, vault)
        self.rotations = Rotations(self._store, self.catalog)
        self.ciphers = Ciphers(self._store)
        self.signatures = Signatures(self._store)

    async def generate_data_key(
        self,
        principal: Principal,
        key: str,
        context: Mapping[str, str],
        *,
        via: str = "",
        account_id: str = "",
    ) -> DataKey:
        """Make a data key of 32 bytes for a service that asks on a principal's behalf.

        `key` is an id, an alias or the ARN of either; empty: the account's key for objects.
        `account_id` is whose ids and aliases bare names are, by default the principal's;
        `via` is the service (``s3.REGION.amazonaws.com``). The principal must be allowed
        kms:GenerateDataKey. Raises `AccessDenied`, `KeyNotFound`, `KeyNameInvalid`,
        `KeyDisabled`, `KeyStateInvalid` and `KeyUsageInvalid`.
        """
        asked = _generating(principal, key, context, via, account_id)
        made = await self._store.read(lambda reader: self._data_key(reader, asked))
        if made is None:
            made = await self._store.change(lambda tx: self._first_data_key(tx, asked))
        return made

    def generate_data_key_within(
        self,
        tx: Transaction,
        principal: Principal,
        key: str,
        context: Mapping[str, str],
        *,
        via: str = "",
        account_id: str = "",
    ) -> DataKey:
        """Make a data key as `generate_data_key` does, within a transaction of its caller."""
        asked = _generating(principal, key, context, via, account_id)
        return self._data_key(tx, asked) or self._first_data_key(tx, asked)

    async def open_data_key(
        self, principal: Principal, wrapped: bytes, context: Mapping[str, str], *, via: str = ""
    ) -> bytes:
        """Return a data key that was made with this context.

        The principal must be allowed kms:Decrypt with the key that `wrapped` names. Raises
        `CiphertextInvalid`, `AccessDenied`, `KeyDisabled` and `KeyStateInvalid`.
        """
        return await self._store.read(
            lambda reader: self.open_data_key_within(reader, principal, wrapped, context, via=via)
        )

    def open_data_key_within(
        self,
        reader: Reader,
        principal: Principal,
        wrapped: bytes,
        context: Mapping[str, str],
        *,
        via: str = "",
    ) -> bytes:
        """Return a data key as `open_data_key` does, within a read of its caller."""
        asked = KeyRequest(principal, "kms:Decrypt", "", context=context, via=via)
        return sealing.open_sealed(reader, self._store.materials, asked, wrapped)[1]

    async def maintain(self) -> None:
        """Delete and rotate the keys whose time has come. To be called now and then."""
        await self.catalog.destroy_due()
        await self.rotations.rotate_due()

    def _data_key(self, reader: Reader, asked: KeyRequest) -> DataKey | None:
        """Make a data key; None: of a key that is made with its first one."""
        try:
            return sealing.data_key(reader, self._store.materials, asked)
        except (AccessDenied, AliasNotFound):
            if sealing.is_for_s3(asked) and asked.name().find(reader) is None:
                return None
            raise

    def _first_data_key(self, tx: Transaction, asked: KeyRequest) -> DataKey:
        name = asked.name()
        if name.find(tx) is None:  # another may have been first
            self.catalog.make_managed(tx, name)
        return sealing.data_key(tx, self._store.materials, asked)


def _generating(
    principal: Principal, key: str, context: Mapping[str, str], via: str, account_id: str
) -> KeyRequest:
    asked = KeyRequest(
        principal, "kms:GenerateDataKey", key or S3_ALIAS, account_id, context=context, via=via
    )
    check_signed(asked)
    asked = sealing.in_region_of(asked)
    if asked.region and asked.name().region != asked.region:
        raise KeyNotFound(asked.key)  # a service uses the keys of its own region only
    return asked
