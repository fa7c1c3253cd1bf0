"""Clients: the programs that get tokens."""

import time
import uuid
from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import asdict, replace

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.oauth import redirects
from lenticular.primitives.oauth.credentials import Credentials, Secret
from lenticular.primitives.oauth.errors import EntryExists, EntryInvalid, EntryNotFound
from lenticular.primitives.oauth.lookup import find_client, get_client, server_owner, stored_client
from lenticular.primitives.oauth.records import Client, ClientType, Visibility, decode, encode
from lenticular.primitives.oauth.scopes import drop_scopes
from lenticular.primitives.oauth.spaces import CLIENT, CLIENT_OF, CREDENTIAL, SERVER, UNUSED
from lenticular.primitives.vault import Vault

FIRST_CREDENTIAL = "Auto-created at client creation"

UNUSED_LIFETIME = 24 * 3600
"""Seconds after which an instance goes that nobody allowed anything: anybody can make them."""

MOST_UNUSED = 1000
"""Instances that nobody allowed anything yet; with one more, the oldest goes."""

_LONGEST_NAME = 256
_MOST_REDIRECTS = 50


class NewClient(Struct, frozen=True, kw_only=True):
    """A client to register; the fields are those of `Client`."""

    name: str
    account_id: str
    client_id: str = ""
    """Empty: a new UUID."""
    type: ClientType = "hybrid_confidential_client_resource_server"
    redirect_uris: tuple[str, ...] = ()
    template: bool = False
    project_id: str = ""
    created_by: str = ""
    visibility: Visibility = "private"
    terms_and_conditions: str | None = None
    privacy_policy: str | None = None
    required_idp: str | None = None
    preselect_idp: str | None = None
    trusted: bool = False


class Clients:
    """The clients of one cloud."""

    def __init__(
        self, store: KeyValueStore, vault: Vault, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self._clock = clock
        self.credentials = Credentials(store, vault)

    async def create(
        self, new: NewClient, secret: str = "", *, credential: bool = True
    ) -> tuple[Client, Secret | None]:
        """Register a client; one that is not public gets `secret`, or a new one.

        Without `credential` it gets none yet. Raises `EntryInvalid`, and `EntryExists` when
        its id is taken.
        """
        client = self._described(new)
        if secret and client.is_public:
            raise EntryInvalid("a public client cannot keep a secret, so it has none")

        def write(tx: Transaction) -> Secret | None:
            if find_client(tx, client.client_id) is not None:
                raise EntryExists(f"there is a client {client.client_id} already")
            save_client(tx, client)
            if client.is_public or not credential:
                return None
            return self._first_secret(tx, client, secret)

        return client, await self._store.transact(write)

    async def ensure(self, new: NewClient, secret: str) -> Client:
        """Have the client of an id be as described, with this secret, whatever it was before.

        For clients that the server itself brings along. Raises `EntryInvalid`.
        """
        client = self._described(new)

        def write(tx: Transaction) -> Client:
            known = find_client(tx, client.client_id)
            kept = replace(client, created=known.created) if known else client
            save_client(tx, kept)
            if known is None or not self.credentials.is_right(tx, client.client_id, secret):
                tx.delete_range(*CREDENTIAL.range(client.client_id))
                self._first_secret(tx, kept, secret)
            return kept

        return await self._store.transact(write)

    async def create_instance(self, template_id: str, name: str) -> tuple[Client, Secret]:
        """Make a confidential instance of a template: anybody may. Raises `EntryNotFound`."""

        def write(tx: Transaction) -> tuple[Client, Secret]:
            template = find_client(tx, template_id)
            if template is None or not template.template:
                raise EntryNotFound(f"there is no template {template_id[:100]!r}")
            client = _checked(
                Client(
                    str(uuid.uuid4()),
                    name,
                    "",
                    int(self._clock()),
                    "confidential_client",
                    template.redirect_uris,
                    parent_id=template_id,
                )
            )
            save_client(tx, client)
            tx.set(_unused(client), b"")
            _limit_unused(tx)
            return client, self._first_secret(tx, client)

        return await self._store.transact(write)

    def _first_secret(self, tx: Transaction, client: Client, secret: str = "") -> Secret:
        return self.credentials.add(tx, client.client_id, FIRST_CREDENTIAL, client.created, secret)

    def _described(self, new: NewClient) -> Client:
        fields = asdict(new) | {
            "client_id": _checked_id(new.client_id),
            "redirect_uris": tuple(dict.fromkeys(new.redirect_uris)),
        }
        return _checked(Client(**fields, created=int(self._clock())))

    async def find(self, client_id: str) -> Client | None:
        """Return a client, or None."""
        return await self._store.read(lambda reader: find_client(reader, client_id))

    async def get(self, client_id: str) -> Client:
        """Return a client. Raises `EntryNotFound`."""
        return await self._store.read(lambda reader: get_client(reader, client_id))

    async def of_account(self, account_id: str) -> list[Client]:
        """Return the clients that an account administers."""

        def collect(reader: Reader) -> list[Client]:
            rows = reader.range(*CLIENT_OF.range(account_id))
            return [get_client(reader, CLIENT_OF.unpack(key)[1]) for key, _ in rows]

        return await self._store.read(collect)

    async def registered(self) -> list[Client]:
        """Return the clients of every account, and not the instances of templates."""

        def collect(reader: Reader) -> list[Client]:
            found = (decode(data, Client) for _, data in reader.range(*CLIENT.range()))
            return [client for client in found if not client.parent_id]

        return await self._store.read(collect)

    async def change(self, client_id: str, fn: Callable[[Client], Client]) -> Client:
        """Replace a client by what `fn` makes of it (`msgspec.structs.replace`).

        Raises `EntryNotFound`, also for one that is built in, `EntryInvalid` and what `fn`
        raises.
        """

        def write(tx: Transaction) -> Client:
            changed = _checked(fn(stored_client(tx, client_id)))
            save_client(tx, changed)
            return changed

        return await self._store.transact(write)

    async def delete(self, client_id: str) -> Client:
        """Delete a client with its scopes and secrets; its tokens are worth nothing from now.

        Raises `EntryNotFound`.
        """

        def write(tx: Transaction) -> Client:
            client = stored_client(tx, client_id)
            drop_client(tx, client)
            return client

        return await self._store.transact(write)

    async def name_server(self, client_id: str, name: str) -> Client:
        """Let tokens for a client call it `name` as a resource server.

        Raises `EntryNotFound`, `EntryInvalid`, and `EntryExists` when it has another name or
        another client has this one.
        """
        if not name or len(name) > _LONGEST_NAME or not name.isprintable() or " " in name:
            raise EntryInvalid(f"a resource server's name has no spaces, not {name!r}")

        def write(tx: Transaction) -> Client:
            client = stored_client(tx, client_id)
            if name in (client.server_name, client_id):
                return client
            if client.server_name:
                raise EntryExists(f"tokens call the client {client.server_name} already")
            taken = server_owner(tx, name) or find_client(tx, name)
            if taken is not None:
                raise EntryExists(f"another resource server has the name {name}")
            tx.set(SERVER.pack(name), client_id.encode())
            named = replace(client, server_name=name)
            save_client(tx, named)
            return named

        return await self._store.transact(write)


def save_client(tx: Transaction, client: Client) -> None:
    """Write a client, new or changed, as it is."""
    tx.set(CLIENT.pack(client.client_id), encode(client))
    tx.set(CLIENT_OF.pack(client.account_id, client.client_id), b"")


def note_used(tx: Transaction, client: Client) -> None:
    """Note that somebody has allowed a client something: an instance stays from now on."""
    if client.parent_id:
        tx.delete(_unused(client))


def sweep_unused(tx: Transaction, now: int, limit: int) -> int:
    """Delete up to `limit` instances that nobody ever allowed anything; return how many."""
    start, _ = UNUSED.range()
    rows = tx.range(start, UNUSED.pack(now + 1), limit=limit)
    for row, _ in rows:
        client = find_client(tx, UNUSED.unpack(row)[1])
        if client is not None:
            drop_client(tx, client)
        tx.delete(row)
    return len(rows)


def _limit_unused(tx: Transaction) -> None:
    """Let the oldest unused instance go when there are too many: no flood fills the store."""
    rows = tx.range(*UNUSED.range(), limit=MOST_UNUSED + 1)
    if len(rows) > MOST_UNUSED:
        client = find_client(tx, UNUSED.unpack(rows[0][0])[1])
        if client is not None:
            drop_client(tx, client)


def drop_client(tx: Transaction, client: Client) -> None:
    """Remove a client with its scopes and secrets."""
    drop_scopes(tx, client.client_id)
    tx.delete_range(*CREDENTIAL.range(client.client_id))
    if client.server_name:
        tx.delete(SERVER.pack(client.server_name))
    note_used(tx, client)
    tx.delete(CLIENT_OF.pack(client.account_id, client.client_id))
    tx.delete(CLIENT.pack(client.client_id))


def _unused(client: Client) -> bytes:
    return UNUSED.pack(client.created + UNUSED_LIFETIME, client.client_id)


def _checked_id(client_id: str) -> str:
    if not client_id:
        return str(uuid.uuid4())
    try:
        canonical = str(uuid.UUID(client_id))
    except ValueError:
        canonical = ""
    if canonical != client_id.lower():
        raise EntryInvalid(f"a client's id is a UUID, not {client_id[:100]!r}")
    return canonical


def _checked(client: Client) -> Client:
    """Return the client if it can be one. Raises `EntryInvalid`."""
    name = client.name.strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise EntryInvalid(
            f"a name has 1 to {_LONGEST_NAME} printable characters, not {name[:100]!r}"
        )
    if len(client.redirect_uris) > _MOST_REDIRECTS:
        raise EntryInvalid(f"a client has at most {_MOST_REDIRECTS} redirect URIs")
    for uri in client.redirect_uris:
        redirects.check(uri, native=client.is_native)
    return replace(client, name=name)
