"""Grants: made by who may use a key, for somebody else to use it; retired and revoked.

AWS KMS API reference, "CreateGrant", "RetireGrant", "RevokeGrant". A grant counts as soon as it
is made: its token, which AWS gives out to bridge the time until then, is taken and adds nothing.
"""

import base64
import hmac
import re
import secrets
from collections.abc import Iterable
from typing import NamedTuple

from msgspec.structs import replace

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.primitives.access import AccessDenied
from lenticular.primitives.identities.bindings import bind
from lenticular.primitives.keys import granting
from lenticular.primitives.keys.errors import (
    GranteeInvalid,
    GrantInvalid,
    GrantNotFound,
    GrantTokenInvalid,
)
from lenticular.primitives.keys.keystore import KeyStore
from lenticular.primitives.keys.policies import naming
from lenticular.primitives.keys.records import (
    GRANT,
    GRANTEE,
    RETIRING,
    Grant,
    Key,
    decode_grant,
    encode,
    forget_grant,
    key_at,
)
from lenticular.primitives.keys.rights import (
    KeyRequest,
    admit,
    check_signed,
    require,
    require_in_account,
)
from lenticular.primitives.keys.sealing import check_enabled
from lenticular.primitives.keys.specs import ENCRYPT_DECRYPT, SIGN_VERIFY, SYMMETRIC_DEFAULT
from lenticular.primitives.policies.documents import PolicyMalformed
from lenticular.primitives.vault import Vault

_ANY = frozenset({"CreateGrant", "DescribeKey", "RetireGrant"})
_SYMMETRIC = frozenset(
    {
        "Decrypt",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
        "GenerateDataKeyWithoutPlaintext",
        "ReEncryptFrom",
        "ReEncryptTo",
    }
)
_RSA = frozenset({"Decrypt", "Encrypt", "GetPublicKey", "ReEncryptFrom", "ReEncryptTo"})
_SIGNING = frozenset({"GetPublicKey", "Sign", "Verify"})
_MAC = frozenset({"GenerateMac", "VerifyMac"})

_ROOT = re.compile(r"arn:aws:iam::([0-9]{12}):root")
_TOKEN_SIZE = 16


class Issued(NamedTuple):
    """A grant that was made, or was there."""

    key: Key
    grant: Grant
    token: str


class Grants:
    """All grants of one cloud."""

    def __init__(self, store: KeyStore, vault: Vault) -> None:
        self._store = store
        self._token_key = vault.derive("grant tokens")

    async def create(self, asked: KeyRequest, grant: Grant, *, dry_run: bool = False) -> Issued:
        """Make a grant of the key that is asked for, with what `grant` says of the rest.

        One that has a name and is like it in all is returned instead. With `dry_run` nothing is
        made. Raises `AccessDenied`, `KeyNotFound`, `KeyDisabled`, `KeyStateInvalid`,
        `GranteeInvalid` and `GrantInvalid`.
        """
        now, grant_id = self._store.now(), secrets.token_hex(32)

        def write(tx: Transaction) -> Issued:
            key = admit(tx, replace(asked, grant=grant))
            check_enabled(key)
            _check_operations(key, grant)
            made = replace(
                grant,
                id=grant_id,
                key_id=key.id,
                created=now,
                issuer=asked.principal.account_id,
                grantee_id=_unique_id(tx, grant.grantee),
                retiring_id=_unique_id(tx, grant.retiring) if grant.retiring else "",
            )
            made = _like(tx, made) or made
            if not dry_run and made.id == grant_id:
                _save(tx, made)
            return Issued(key, made, self.token(made))

        return await self._store.change(write)

    async def of_key(self, asked: KeyRequest) -> tuple[Key, list[Grant]]:
        """Return the grants of a key. Raises `AccessDenied` and `KeyNotFound`."""

        def read(reader: Reader) -> tuple[Key, list[Grant]]:
            key = admit(reader, asked)
            return key, _grants_of(reader, key.id)

        return await self._store.read(read)

    async def retirable(self, asked: KeyRequest, retiring: str) -> list[tuple[Key, Grant]]:
        """Return the grants that somebody of the caller's account may retire, with their keys.

        Raises `AccessDenied` and `GranteeInvalid`.
        """
        require_in_account(asked)

        def read(reader: Reader) -> list[tuple[Key, Grant]]:
            who = _unique_id(reader, retiring)
            if retiring.split(":")[4] != asked.principal.account_id:
                raise AccessDenied(
                    f"User: {asked.principal.arn} is not authorized to perform: {asked.action} "
                    f"on resource: {retiring}"
                )
            found = []
            for index, key_id in reader.range(*RETIRING.range(who)):
                grant = _grant_at(reader, key_id.decode(), RETIRING.unpack(index)[1])
                found.append((key_at(reader, grant.key_id), grant))
            return found

        return await self._store.read(read)

    async def revoke(self, asked: KeyRequest, grant_id: str, *, dry_run: bool = False) -> Key:
        """Take a grant back. Raises `AccessDenied`, `KeyNotFound` and `GrantNotFound`."""

        def write(tx: Transaction) -> Key:
            key = admit(tx, asked)
            grant = _grant_at(tx, key.id, grant_id)
            if not dry_run:
                forget_grant(tx, grant)
            return key

        return await self._store.change(write)

    async def retire(self, asked: KeyRequest, grant_id: str, *, dry_run: bool = False) -> Key:
        """Give a grant up, as who may retire it, or as its grantee if it says so.

        Others need to be allowed kms:RetireGrant. Raises as `revoke`.
        """
        check_signed(asked)

        def write(tx: Transaction) -> Key:
            key = asked.name().find(tx)
            data = None if key is None else tx.get(GRANT.pack(key.id, grant_id))
            grant = None if data is None else decode_grant(data)
            if key is None or grant is None or not _may_retire(asked, grant):
                key = admit(tx, asked)
                grant = _grant_at(tx, key.id, grant_id)
            else:
                _check_not_denied(tx, asked, key)
            if not dry_run:
                forget_grant(tx, grant)
            return key

        return await self._store.change(write)

    def token(self, grant: Grant) -> str:
        """Return the token of a grant, by which it can be retired."""
        named = f"{grant.key_id} {grant.id}".encode()
        return base64.b64encode(self._signed(named) + named).decode()

    def named_by(self, token: str) -> tuple[str, str]:
        """Return the key and the grant that a token is of. Raises `GrantTokenInvalid`."""
        try:
            data = base64.b64decode(token, validate=True)
        except ValueError:
            raise GrantTokenInvalid(token) from None
        signed, named = data[:_TOKEN_SIZE], data[_TOKEN_SIZE:]
        if not hmac.compare_digest(self._signed(named), signed):
            raise GrantTokenInvalid(token)
        key_id, _, grant_id = named.decode().partition(" ")
        return key_id, grant_id

    async def arn_of(self, key_id: str) -> str:
        """Return the ARN of a key that a token names. Raises `KeyNotFound`."""
        return (await self._store.read(lambda reader: key_at(reader, key_id))).arn

    def check_tokens(self, tokens: Iterable[str]) -> None:
        """Raise `GrantTokenInvalid` for a token that was not given out here."""
        for token in tokens:
            self.named_by(token)

    def _signed(self, named: bytes) -> bytes:
        return hmac.digest(self._token_key, named, "sha256")[:_TOKEN_SIZE]


def _may_retire(asked: KeyRequest, grant: Grant) -> bool:
    principal = asked.principal
    return granting.is_meant(principal, grant.retiring_id) or (
        "RetireGrant" in grant.operations and granting.is_meant(principal, grant.grantee_id)
    )


def _check_not_denied(reader: Reader, asked: KeyRequest, key: Key) -> None:
    """Raise `AccessDenied` for what a policy denies, though a grant says that it may be."""
    try:
        require(reader, asked, key)
    except AccessDenied as error:
        if error.decision is None or error.decision.cause == "explicit":
            raise


def _save(tx: Transaction, grant: Grant) -> None:
    tx.set(GRANT.pack(grant.key_id, grant.id), encode(grant))
    tx.set(GRANTEE.pack(grant.key_id, grant.grantee_id, grant.id), b"")
    if grant.retiring_id:
        tx.set(RETIRING.pack(grant.retiring_id, grant.id), grant.key_id.encode())


def _like(reader: Reader, grant: Grant) -> Grant | None:
    """Return the grant that was made by the same request before, which is told by its name."""
    if not grant.name:
        return None
    for index, _ in reader.range(*GRANTEE.range(grant.key_id, grant.grantee_id)):
        known = _grant_at(reader, grant.key_id, GRANTEE.unpack(index)[2])
        if replace(known, id=grant.id, created=grant.created) == grant:
            return known
    return None


def _grants_of(reader: Reader, key_id: str) -> list[Grant]:
    return [decode_grant(data) for _, data in reader.range(*GRANT.range(key_id))]


def _grant_at(reader: Reader, key_id: str, grant_id: str) -> Grant:
    data = reader.get(GRANT.pack(key_id, grant_id))
    if data is None:
        raise GrantNotFound(grant_id)
    return decode_grant(data)


def _check_operations(key: Key, grant: Grant) -> None:
    """Raise `GrantInvalid` for what cannot be done with such a key, or under a constraint."""
    possible = _MAC
    if key.spec == SYMMETRIC_DEFAULT:
        possible = _SYMMETRIC
    elif key.usage == ENCRYPT_DECRYPT:
        possible = _RSA
    elif key.usage == SIGN_VERIFY:
        possible = _SIGNING
    wrong = sorted(set(grant.operations) - possible - _ANY)
    if wrong:
        raise GrantInvalid(f"{', '.join(wrong)} cannot be done with {key.arn}, which is {key.spec}")
    constrained = grant.context_equals is not None or grant.context_subset is not None
    if constrained and key.spec != SYMMETRIC_DEFAULT:
        raise GrantInvalid(f"{key.arn} is {key.spec}: it has no encryption context to constrain")


def _unique_id(reader: Reader, arn: str) -> str:
    """Return how somebody is found who is named by an ARN. Raises `GranteeInvalid`."""
    if root := _ROOT.fullmatch(arn):
        return root[1]
    if not arn.startswith("arn:"):
        raise GranteeInvalid(arn)  # a policy could name everybody so, or an account
    try:
        bound = dict(bind(reader, naming(arn)))
    except PolicyMalformed:
        raise GranteeInvalid(arn) from None
    return bound.get(arn, arn)
