"""Devices without a browser: the person types a short code into one elsewhere (RFC 8628)."""

import secrets
import time
from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.oauth import codes, families
from lenticular.primitives.oauth.codes import Authorization
from lenticular.primitives.oauth.errors import (
    AccessRefused,
    AuthorizationPending,
    ClientNotAllowed,
    DeviceCodeExpired,
    GrantInvalid,
    OAuthError,
    SlowDown,
)
from lenticular.primitives.oauth.records import Client, DeviceCode, GrantType, decode
from lenticular.primitives.oauth.spaces import DEVICE, USER_CODE
from lenticular.primitives.signin.tokens import digest, new_token

LIFETIME = 600
"""Seconds within which the person has to decide."""

INTERVAL = 5
"""Seconds that a device waits before it asks again."""

_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""No vowels: no words (RFC 8628, section 6.1)."""
_LENGTH = 8


class NewDevice(Struct, frozen=True):
    """What a device is told."""

    device_code: str
    user_code: str
    """As it is shown: ``WDJB-MJHT``."""


class Devices:
    """The devices that wait for a person."""

    def __init__(self, store: KeyValueStore, *, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock

    async def create(self, client: Client, scope: str, *, offline: bool) -> NewDevice:
        """Begin to wait. Raises `ClientNotAllowed`."""
        if GrantType.DEVICE not in client.grants:
            raise ClientNotAllowed(f"a client of the type {client.type} is no device")
        device_code = new_token()
        expires = int(self._clock()) + LIFETIME

        def write(tx: Transaction) -> str:
            user_code = _new_user_code()
            while tx.get(USER_CODE.pack(digest(user_code))) is not None:
                user_code = _new_user_code()
            record = DeviceCode(
                client.client_id, scope, offline, user_code, expires, interval=INTERVAL
            )
            families.put(tx, "device", digest(device_code), record)
            tx.set(USER_CODE.pack(digest(user_code)), digest(device_code))
            return user_code

        user_code = await self._store.transact(write)
        return NewDevice(device_code, f"{user_code[:4]}-{user_code[4:]}")

    async def find(self, user_code: str) -> DeviceCode | None:
        """Return the device that shows a code, however it was typed; None: there is none."""
        now = int(self._clock())
        return await self._store.read(lambda reader: _waiting(reader, _plain(user_code), now))

    async def allow(self, user_code: str, allowed: Authorization) -> bool:
        """Let the device have what the person allowed; False when it waits no longer."""
        now = int(self._clock())

        def write(tx: Transaction) -> bool:
            record = _waiting(tx, _plain(user_code), now)
            if record is None or record.client_id != allowed.client_id:
                return False
            grant = codes.begin(tx, allowed, now)
            scopes = tuple(one.scope.string for one in allowed.wanted)
            _put(
                tx,
                replace(
                    record,
                    identity_id=allowed.identity_id,
                    grant_id=grant.grant_id,
                    scopes=scopes,
                ),
            )
            return True

        return await self._store.transact(write)

    async def deny(self, user_code: str) -> None:
        """Let the device have nothing."""
        now = int(self._clock())

        def write(tx: Transaction) -> None:
            record = _waiting(tx, _plain(user_code), now)
            if record is not None:
                _put(tx, replace(record, denied=True))

        await self._store.transact(write)


def take(tx: Transaction, client: Client, device_code: str, now: int) -> DeviceCode | OAuthError:
    """Return what a person allowed a device, or why there is nothing yet.

    Whoever makes tokens of it drops it then.
    """
    key = digest(device_code)
    data = tx.get(DEVICE.pack(key))
    record = None if data is None else decode(data, DeviceCode)
    if record is None or record.client_id != client.client_id:
        return GrantInvalid("the device code is unknown, used or another client's")
    if now >= record.expires:
        return DeviceCodeExpired("nobody decided in time: ask for a new code")
    if record.denied:
        families.drop(tx, "device", key)
        return AccessRefused("the person said no")
    if not record.grant_id:
        early = now - record.asked < record.interval
        interval = record.interval + INTERVAL * early
        families.put(tx, "device", key, replace(record, asked=now, interval=interval))
        if early:
            return SlowDown(f"wait {interval} s before asking again")
        return AuthorizationPending("the person has not decided yet")
    return record


def _waiting(reader: Reader, user_code: str, now: int) -> DeviceCode | None:
    key = reader.get(USER_CODE.pack(digest(user_code)))
    data = None if key is None else reader.get(DEVICE.pack(key))
    record = None if data is None else decode(data, DeviceCode)
    if record is None or record.denied or record.grant_id or now >= record.expires:
        return None
    return record


def _put(tx: Transaction, record: DeviceCode) -> None:
    key = tx.get(USER_CODE.pack(digest(record.user_code)))
    if key is not None:
        families.put(tx, "device", key, record)


def _new_user_code() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))


def _plain(user_code: str) -> str:
    """Return a code without what people put into it: dashes, spaces, small letters."""
    return "".join(letter for letter in user_code[:50].upper() if letter in _LETTERS)
