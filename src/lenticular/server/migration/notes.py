"""Notes in key-value stores: that the cloud in one is being moved out, is coming in, or has left.

They keep a cloud from being started on a store that is not, or not any more, the whole of it,
from whatever data folder and by whatever configuration.
"""

from functools import partial

import msgspec
from msgspec import Struct

from lenticular.engines.kv.contract import KeyValueStore, Transaction
from lenticular.engines.kv.keys import Subspace
from lenticular.server.migration.journal import MigrationError

NOTE = Subspace("migration").pack("note")
"""The key of the note. It is never copied."""

LEAVING, ARRIVING, LEFT = "leaving", "arriving", "left"


class Note(Struct, array_like=True, frozen=True):
    """What a store is to a migration."""

    cloud: str
    """The id of the cloud."""
    migration: str
    """The id of the migration."""
    state: str
    """`LEAVING`, `ARRIVING` or `LEFT`."""
    other: str
    """The store at the other end, for people."""


async def find(store: KeyValueStore) -> Note | None:
    """Return the note in a store."""
    data = await store.read(lambda reader: reader.get(NOTE))
    return None if data is None else _decode(data)


async def put(store: KeyValueStore, note: Note) -> None:
    """Put a note into a store."""
    await store.transact(partial(put_within, note=note))


def put_within(tx: Transaction, note: Note) -> None:
    """Put a note into a store within a transaction."""
    tx.set(NOTE, _encode(note))


async def remove(store: KeyValueStore) -> None:
    """Remove the note from a store."""
    await store.transact(lambda tx: tx.delete(NOTE))


async def check_none(store: KeyValueStore) -> None:
    """Raise `MigrationError` for a store on which no cloud may be started."""
    note = await find(store)
    if note is None:
        return
    if note.state == LEFT:
        raise MigrationError(
            f"this cloud has moved to {note.other}: set store to that. What is here is as old as "
            f"the move; `lenticular migrate --abandon` lets the cloud go on with it all the same"
        )
    if note.state == LEAVING:
        raise MigrationError(
            f"this cloud is being moved to {note.other}: go on with `lenticular migrate` on the "
            f"data folder where that began, or give it up with `lenticular migrate --abandon`"
        )
    raise MigrationError(
        f"a cloud is being moved here from {note.other}, and is not whole yet: go on with "
        f"`lenticular migrate` on the data folder where that began"
    )


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Note).decode
