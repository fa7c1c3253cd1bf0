"""A program on a key-value store alone: ``python store.py PATH`` reads it, with VALUE it writes."""

import asyncio
import sys
from pathlib import Path

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.engines.kv.sqlite import SqliteStore

KEYS = [b"key %d" % number for number in range(40)]
"""They have the same value, so that a transaction takes many pages, of which none may miss."""
REPEATED = 400


def write(tx: Transaction, value: bytes) -> None:
    """Let the store hold a value."""
    for key in KEYS:
        tx.set(key, value * REPEATED)


def read(reader: Reader) -> str:
    """Return the value that the store holds; empty for none."""
    (value,) = {reader.get(key) for key in KEYS}
    return "" if value is None else value[: len(value) // REPEATED].decode()


async def run(path: Path, *values: str) -> str:
    """Write a value, if one is given, and return what is there then, if the store is sound."""
    store = await SqliteStore.open(path)
    for value in values:
        await store.transact(lambda tx, value=value: write(tx, value.encode()))
    found = await store.read(read)
    faults = await store.check()
    await store.close()
    if faults:
        raise RuntimeError(f"not sound: {faults}")
    return found


if __name__ == "__main__":
    print(asyncio.run(run(Path(sys.argv[1]), *sys.argv[2:])), end="")
