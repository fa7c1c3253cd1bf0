"""Writes to a store until it is killed, and prints the number of each transaction that is durable.

Arguments: the file of the store, and the first number.
"""

import asyncio
import itertools
import os
import sys

from lenticular.engines.kv.sqlite import SqliteStore


async def main(path, first):
    store = await SqliteStore.open(path)
    numbers = itertools.count(first)

    def write(tx, number):
        old = b"log/%06d" % (number - 100)
        tx.set(b"a/%06d" % number, b"%d" % number)
        tx.set(b"b/%06d" % number, b"%d" % number * 1000)
        tx.delete_range(old, old + b"\xff")
        tx.set(b"log/%06d" % number, b"")

    async def write_on():
        for number in numbers:
            await store.transact(lambda tx, number=number: write(tx, number))
            os.write(1, b"%d\n" % number)

    await asyncio.gather(*(write_on() for _ in range(8)))


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
