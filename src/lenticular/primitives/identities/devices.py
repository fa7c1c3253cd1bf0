"""Virtual devices for multi-factor authentication: they show one-time codes."""

import secrets
from collections.abc import Callable, Mapping

from msgspec.structs import replace

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.primitives.identities import spaces
from lenticular.primitives.identities.directory import USERS
from lenticular.primitives.identities.errors import (
    CodeWrong,
    EntityExists,
    EntityInUse,
    EntityNotFound,
    QuotaExceeded,
)
from lenticular.primitives.identities.onetime import SEED_SIZE, STEP, find_step
from lenticular.primitives.identities.quotas import DEVICES_PER_USER, count
from lenticular.primitives.identities.records import MfaDevice, User, decode, encode, present
from lenticular.primitives.identities.store import IdentityStore

_QUOTA = "MfaDevicesPerAccount"

_WINDOW = 1
"""Time steps that a code may come early or late (RFC 6238, section 5.2)."""

_RESYNC_WINDOW = 20
"""Time steps that a device's clock may be away when two codes in a row tell by how much."""


def devices_of(reader: Reader, account_id: str, owner_id: str) -> list[MfaDevice]:
    """Return the devices of a user, or of the root identity (by the account's id), by name."""
    rows = reader.range(*spaces.DEVICE_OF.range(account_id, owner_id))
    return [
        decode(present(reader.get(spaces.DEVICE.pack(account_id, _name(key)))), MfaDevice)
        for key, _ in rows
    ]


def devices_in(reader: Reader, account_id: str) -> list[MfaDevice]:
    """Return every device of an account by name."""
    rows = reader.range(*spaces.DEVICE.range(account_id))
    return [decode(raw, MfaDevice) for _, raw in rows]


def _name(index_key: bytes) -> str:
    return str(spaces.DEVICE_OF.unpack(index_key)[-1])


class MfaDevices:
    """The virtual devices of every account. A user name of ``""`` is the root identity."""

    def __init__(self, store: IdentityStore) -> None:
        self._store = store

    async def create(
        self, account_id: str, name: str, *, path: str = "/", tags: Mapping[str, str] | None = None
    ) -> tuple[MfaDevice, bytes]:
        """Make a device that is nobody's yet; return it and its seed, which is not told again.

        Raises `EntityExists` and `QuotaExceeded`.
        """
        seed = secrets.token_bytes(SEED_SIZE)

        def create(tx: Transaction) -> MfaDevice:
            device = MfaDevice(
                account_id, name, path, self._store.now(), b"", tags=dict(tags or {})
            )
            if tx.get(_key(device)) is not None:
                raise EntityExists("MFADevice entity at the same path and name already exists.")
            count(tx, account_id, _QUOTA, 1)
            sealed = self._store.vault.seal(seed, device.serial_number)
            device = replace(device, sealed_seed=sealed)
            _put(tx, device)
            return device

        return await self._store.change(create), seed

    async def find(self, account_id: str, serial_number: str) -> MfaDevice | None:
        """Return an account's device, or None."""
        return await self._store.read(lambda reader: _find(reader, account_id, serial_number))

    async def of_user(self, account_id: str, user_name: str = "") -> list[MfaDevice]:
        """Return the devices of an identity by name. Raises `EntityNotFound`."""
        return await self._store.read(
            lambda reader: devices_of(reader, account_id, _owner_id(reader, account_id, user_name))
        )

    async def owner(self, device: MfaDevice) -> User | None:
        """Return the user that has a device; None: the root identity, or nobody."""
        if device.user_id in {"", device.account_id}:
            return None
        return await self._store.read(
            lambda reader: USERS.at(reader, device.account_id, device.user_id)
        )

    async def enable(
        self, account_id: str, user_name: str, serial_number: str, codes: tuple[str, str]
    ) -> None:
        """Give a device to an identity that read two codes in a row from it.

        Raises `EntityNotFound`, `EntityExists` (it is somebody's), `QuotaExceeded` and
        `CodeWrong`.
        """

        def enable(tx: Transaction) -> None:
            owner_id = _owner_id(tx, account_id, user_name)
            device = _get(tx, account_id, serial_number)
            if device.user_id:
                raise EntityExists(f"MFA Device is already in use: {device.serial_number}")
            if len(devices_of(tx, account_id, owner_id)) >= DEVICES_PER_USER:
                raise QuotaExceeded("MFADevicesPerUser", DEVICES_PER_USER)
            device = self._synchronised(device, codes)
            _put(tx, replace(device, user_id=owner_id, enabled=self._store.now()))
            tx.set(_index(device, owner_id), b"")

        await self._store.change(enable)

    async def resync(
        self, account_id: str, user_name: str, serial_number: str, codes: tuple[str, str]
    ) -> None:
        """Learn by two codes in a row what time a device has.

        Raises `EntityNotFound` and `CodeWrong`.
        """

        def resync(tx: Transaction) -> None:
            _put(tx, self._synchronised(_owned(tx, account_id, user_name, serial_number), codes))

        await self._store.write(resync)

    async def deactivate(self, account_id: str, user_name: str, serial_number: str) -> None:
        """Let a device be nobody's again. Raises `EntityNotFound`."""

        def deactivate(tx: Transaction) -> None:
            device = _owned(tx, account_id, user_name, serial_number)
            tx.delete(_index(device, device.user_id))
            _put(tx, replace(device, user_id="", enabled=0))

        await self._store.change(deactivate)

    async def delete(self, account_id: str, serial_number: str) -> None:
        """Delete a device that is nobody's. Raises `EntityNotFound` and `EntityInUse`."""

        def delete(tx: Transaction) -> None:
            device = _get(tx, account_id, serial_number)
            if device.user_id:
                raise EntityInUse("MFA VirtualDevice in use. Must deactivate first.")
            tx.delete(_key(device))
            count(tx, account_id, _QUOTA, -1)

        await self._store.change(delete)

    async def alter(
        self, account_id: str, serial_number: str, change: Callable[[MfaDevice], MfaDevice]
    ) -> None:
        """Change the tags of a device. Raises `EntityNotFound`."""
        await self._store.change(lambda tx: _put(tx, change(_get(tx, account_id, serial_number))))

    async def verify(self, account_id: str, user_name: str, serial_number: str, code: str) -> bool:
        """Tell whether a device of an identity shows a code now; each code is good once."""

        def verify(tx: Transaction) -> bool:
            try:
                device = _owned(tx, account_id, user_name, serial_number)
            except EntityNotFound:
                return False
            shown = self._step() + device.drift
            step = find_step(
                self._seed(device), (code,), range(shown - _WINDOW, shown + _WINDOW + 1)
            )
            if step is None or step <= device.last_step:
                return False
            _put(tx, replace(device, last_step=step))
            return True

        return await self._store.write(verify)

    async def list(self, account_id: str) -> list[MfaDevice]:
        """Return every device of an account by name."""
        return await self._store.read(lambda reader: devices_in(reader, account_id))

    def _synchronised(self, device: MfaDevice, codes: tuple[str, str]) -> MfaDevice:
        now = self._step()
        steps = range(now - _RESYNC_WINDOW, now + _RESYNC_WINDOW + 1)
        step = find_step(self._seed(device), codes, steps)
        if step is None or step + 1 <= device.last_step:
            raise CodeWrong(device.serial_number)
        # The second of the two codes is what the device shows now, or showed last.
        drift = step + 1 - now
        return replace(device, last_step=step + 1, drift=0 if abs(drift) <= _WINDOW else drift)

    def _seed(self, device: MfaDevice) -> bytes:
        return self._store.vault.open(device.sealed_seed, device.serial_number)

    def _step(self) -> int:
        return self._store.now() // 1000 // STEP


def _owner_id(reader: Reader, account_id: str, user_name: str) -> str:
    return USERS.get(reader, account_id, user_name).id if user_name else account_id


def _find(reader: Reader, account_id: str, serial_number: str) -> MfaDevice | None:
    name = serial_number.rpartition("/")[2].lower()
    raw = reader.get(spaces.DEVICE.pack(account_id, name))
    device = None if raw is None else decode(raw, MfaDevice)
    return device if device is not None and device.serial_number == serial_number else None


def _get(reader: Reader, account_id: str, serial_number: str) -> MfaDevice:
    device = _find(reader, account_id, serial_number)
    if device is None:
        raise EntityNotFound(f"VirtualMFADevice with serial number {serial_number} doesn't exist.")
    return device


def _owned(reader: Reader, account_id: str, user_name: str, serial_number: str) -> MfaDevice:
    """Return a device of an identity. Raises `EntityNotFound` for any other's, too."""
    device = _find(reader, account_id, serial_number)
    if device is None or device.user_id != _owner_id(reader, account_id, user_name):
        raise EntityNotFound(f"MFA Device invalid for user: {serial_number}")
    return device


def _key(device: MfaDevice) -> bytes:
    return spaces.DEVICE.pack(device.account_id, device.name.lower())


def _index(device: MfaDevice, owner_id: str) -> bytes:
    return spaces.DEVICE_OF.pack(device.account_id, owner_id, device.name.lower())


def _put(tx: Transaction, device: MfaDevice) -> None:
    tx.set(_key(device), encode(device))
