"""Secrets of clients: made once, told once, and kept so that nobody can read them.

A secret that is made here has 256 random bits. One that an administrator chose may have few,
so all are hashed under a key that only the vault has: whoever has read the store cannot try.
"""

import hashlib
import hmac
import secrets
import uuid

from msgspec import Struct

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.oauth.errors import ClientUnknown, EntryInvalid, EntryNotFound
from lenticular.primitives.oauth.lookup import find_client, get_client, stored_client
from lenticular.primitives.oauth.records import Client, ClientCredential, decode, encode
from lenticular.primitives.oauth.spaces import CREDENTIAL
from lenticular.primitives.vault import Vault

_MOST = 20


class Secret(Struct, frozen=True):
    """A client's credential with its secret, which is told this once."""

    credential: ClientCredential
    secret: str


class Credentials:
    """The secrets of all clients."""

    def __init__(self, store: KeyValueStore, vault: Vault) -> None:
        self._store = store
        self._pepper = vault.derive("secrets of OAuth clients")

    async def authenticate(self, client_id: str, secret: str) -> Client:
        """Return the client whose secret this is. Raises `ClientUnknown`."""
        return await self._store.read(lambda reader: self.check(reader, client_id, secret))

    def check(self, reader: Reader, client_id: str, secret: str) -> Client:
        """Return what `authenticate` does, as a transaction sees it. Raises `ClientUnknown`."""
        client = find_client(reader, client_id)
        if client is None or not self.is_right(reader, client.client_id, secret):
            raise ClientUnknown("the client is unknown, or this is not its secret")
        return client

    def is_right(self, reader: Reader, client_id: str, secret: str) -> bool:
        """Tell whether this is a secret of a client."""
        digest = self._digest(client_id, secret)
        right = [
            hmac.compare_digest(digest, credential.digest)
            for credential in credentials_of(reader, client_id)
        ]
        return any(right)

    async def of(self, client_id: str) -> list[ClientCredential]:
        """Return the credentials of a client, without secrets. Raises `EntryNotFound`."""

        def collect(reader: Reader) -> list[ClientCredential]:
            return credentials_of(reader, get_client(reader, client_id).client_id)

        return await self._store.read(collect)

    async def create(self, client_id: str, name: str, now: int) -> Secret:
        """Give a client one more secret. Raises `EntryNotFound` and `EntryInvalid`."""

        def write(tx: Transaction) -> Secret:
            client = stored_client(tx, client_id)
            if client.is_public:
                raise EntryInvalid("a public client cannot keep a secret, so it has none")
            if len(credentials_of(tx, client_id)) >= _MOST:
                raise EntryInvalid(f"a client has at most {_MOST} credentials")
            return self.add(tx, client_id, name, now)

        return await self._store.transact(write)

    def add(self, tx: Transaction, client_id: str, name: str, now: int, secret: str = "") -> Secret:
        """Give a client a secret: `secret`, or a new one."""
        secret = secret or secrets.token_urlsafe(32)
        digest = self._digest(client_id, secret)
        made = ClientCredential(str(uuid.uuid4()), client_id, name, now, digest)
        tx.set(CREDENTIAL.pack(client_id, made.credential_id), encode(made))
        return Secret(made, secret)

    async def delete(self, client_id: str, credential_id: str) -> ClientCredential:
        """Take a secret from a client. Raises `EntryNotFound`."""

        def write(tx: Transaction) -> ClientCredential:
            for credential in credentials_of(tx, stored_client(tx, client_id).client_id):
                if credential.credential_id == credential_id:
                    tx.delete(CREDENTIAL.pack(client_id, credential_id))
                    return credential
            raise EntryNotFound(f"the client has no credential {credential_id[:100]!r}")

        return await self._store.transact(write)

    def _digest(self, client_id: str, secret: str) -> bytes:
        message = f"{client_id}\0{secret}".encode(errors="surrogatepass")
        return hashlib.blake2b(message, key=self._pepper, digest_size=32).digest()


def credentials_of(reader: Reader, client_id: str) -> list[ClientCredential]:
    """Return the credentials of a client."""
    rows = reader.range(*CREDENTIAL.range(client_id))
    return [decode(data, ClientCredential) for _, data in rows]
