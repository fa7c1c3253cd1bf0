"""Resource servers: every collection is an OAuth client, so that tokens can be for it alone.

Its scopes are those of Globus Connect Server ("Collection Scopes"): ``https`` to read and write
its files over HTTPS, and ``data_access``, which a transfer's token may depend on.
"""

from typing import Final

from msgspec.structs import replace

from lenticular.engines.kv.contract import Transaction
from lenticular.primitives.collections.errors import EntryExists
from lenticular.primitives.collections.records import Collection
from lenticular.primitives.oauth import Client, NewScope
from lenticular.primitives.oauth.builtin import url_scope
from lenticular.primitives.oauth.clients import drop_client, save_client
from lenticular.primitives.oauth.lookup import find_client
from lenticular.primitives.oauth.scopes import add_scope

_MEANINGS: Final = {
    "https": "Read and write those files of the collection that you have access to.",
    "data_access": "Let transfers use those files of the collection that you have access to.",
}


def register(tx: Transaction, collection: Collection) -> None:
    """Let there be tokens for a collection. Raises `EntryExists` when its id is taken."""
    client_id, name = collection.collection_id, collection.display_name
    if find_client(tx, client_id) is not None:
        raise EntryExists(f"There is an application of the id {client_id} already")
    created = collection.created // 1000
    save_client(tx, Client(client_id, name, collection.account_id, created))
    for suffix, meaning in _MEANINGS.items():
        add_scope(
            tx,
            NewScope(
                string=url_scope(client_id, suffix),
                client_id=client_id,
                name=f"{name}: {suffix.replace('_', ' ')}",
                description=meaning,
            ),
        )


def rename(tx: Transaction, collection: Collection) -> None:
    """Let people who are asked for consent see the collection's name as it is now."""
    client = find_client(tx, collection.collection_id)
    if client is not None and client.name != collection.display_name:
        save_client(tx, replace(client, name=collection.display_name))


def unregister(tx: Transaction, collection_id: str) -> None:
    """Let no token be for a collection any longer."""
    client = find_client(tx, collection_id)
    if client is not None:
        drop_client(tx, client)
