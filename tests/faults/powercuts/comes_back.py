"""Opens the cloud of a folder as a server does when it starts: ``python comes_back.py FOLDER``."""

import asyncio
import sys
import time
from pathlib import Path

from lenticular.server.process import hold
from lenticular.server.settings import load
from lenticular.server.wiring import open_cloud


async def come_back(data: Path) -> None:
    """Open the cloud, sweep what a crash has left, and close it."""
    async with open_cloud(load({"data": data})) as cloud:
        await cloud.identities.first_account()
        now = time.time()
        await cloud.contents.sweep(now)
        await cloud.contents.sweep_orphans(now)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    with hold(folder):
        asyncio.run(come_back(folder))
