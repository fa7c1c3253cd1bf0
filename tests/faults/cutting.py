"""A TCP proxy that breaks connections off, again and again, until it has done so often enough."""

import asyncio
import random
from contextlib import asynccontextmanager, suppress


class Cutting:
    """What the proxy does: it cuts every connection after some bytes, `cuts` times in all."""

    def __init__(self, port, cuts, most, seed=1):
        self.port = port
        self.left = cuts
        self.count = 0
        self._most = most
        self._random = random.Random(seed)

    async def serve(self, reader, writer):
        """Carry one connection."""
        budget = [self._random.randrange(1, self._most)]
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            writer.transport.abort()
            return
        ends = [writer, back]
        tasks = [
            asyncio.ensure_future(self._carry(*way, budget))
            for way in ((reader, back), (there, writer))
        ]
        _, running = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in running:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for end in ends:
            end.transport.abort()

    async def _carry(self, reader, writer, budget):
        with suppress(OSError):
            while data := await reader.read(65536):
                budget[0] -= len(data)
                if budget[0] < 0 and self.left:
                    self.left -= 1
                    self.count += 1
                    return
                writer.write(data)
                await writer.drain()


@asynccontextmanager
async def cutting(port, cuts, most):
    """Run a proxy before a port; it has a `port` of its own in `address`."""
    proxy = Cutting(port, cuts, most)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.address = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
