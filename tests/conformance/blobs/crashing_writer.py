"""Writes blobs to the folder it is given until it is killed, and prints the ids of the durable."""

import asyncio
import os
import sys

from lenticular.engines.blobs.disk import DiskBlobs


async def main(root):
    store = await DiskBlobs.open(root)

    async def write_on(number):
        while True:
            async with store.create() as writer:
                await writer.write(os.urandom(100_000 * number))
                blob = await writer.commit()
            os.write(1, b"%s\n" % blob.id.encode())

    await asyncio.gather(*(write_on(number) for number in range(1, 5)))


asyncio.run(main(sys.argv[1]))
