"""Finds clients and scopes within a transaction: the built-in ones first, which none can shadow."""

from lenticular.engines.kv.contract import Reader
from lenticular.primitives.oauth import builtin
from lenticular.primitives.oauth.errors import EntryNotFound
from lenticular.primitives.oauth.records import Client, Scope, decode
from lenticular.primitives.oauth.spaces import CLIENT, SCOPE, SCOPE_ID, SERVER


def find_client(reader: Reader, client_id: str) -> Client | None:
    """Return a client, or None."""
    known = builtin.CLIENTS.get(client_id)
    if known is not None:
        return known
    data = reader.get(CLIENT.pack(client_id)) if _is_key(client_id) else None
    return None if data is None else decode(data, Client)


def get_client(reader: Reader, client_id: str) -> Client:
    """Return a client. Raises `EntryNotFound`."""
    client = find_client(reader, client_id)
    if client is None:
        raise EntryNotFound(f"there is no client {client_id[:100]!r}")
    return client


def stored_client(reader: Reader, client_id: str) -> Client:
    """Return a client that can be administered. Raises `EntryNotFound`."""
    if client_id in builtin.CLIENTS:
        raise EntryNotFound(f"the client {client_id} is built in: nobody administers it")
    return get_client(reader, client_id)


def find_scope(reader: Reader, string: str) -> Scope | None:
    """Return a scope, or None."""
    known = builtin.SCOPES.get(string)
    if known is not None:
        return known
    data = reader.get(SCOPE.pack(string)) if _is_key(string) else None
    return None if data is None else decode(data, Scope)


def scope_by_id(reader: Reader, scope_id: str) -> Scope | None:
    """Return a scope by its id, or None."""
    known = builtin.SCOPES_BY_ID.get(scope_id)
    if known is not None:
        return known
    data = reader.get(SCOPE_ID.pack(scope_id)) if _is_key(scope_id) else None
    return None if data is None else find_scope(reader, data.decode())


def server_owner(reader: Reader, server: str) -> str | None:
    """Return the id of the client that tokens call `server`, or None."""
    known = builtin.SERVERS.get(server)
    if known is not None:
        return known
    data = reader.get(SERVER.pack(server))
    return None if data is None else data.decode()


def _is_key(text: str) -> bool:
    """Tell whether text from a request can be part of a key at all."""
    try:
        return 0 < len(text.encode()) <= 2048
    except UnicodeEncodeError:
        return False
