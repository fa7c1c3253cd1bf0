"""What the workers of a cloud tell each other: that they serve, and what they have counted.

Each listens on a socket of its own in the data folder. A byte asks for the counts; who sends
none only wanted to know whether somebody is there.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from lenticular.server.place import Place
from lenticular.server.ports import listen_locally, socket_address

_PATIENCE = 1.0
"""Seconds to wait for another worker: one that is started again does not answer."""

_ASK = b"?"


class Peers:
    """The workers of a cloud, as one of them sees them."""

    def __init__(self, data: Path, place: Place) -> None:
        self._folder = data / "workers"
        self._place = place

    @property
    def number(self) -> int:
        """The number of this worker."""
        return self._place.number

    @property
    def count(self) -> int:
        """How many there are to be."""
        return self._place.workers

    @asynccontextmanager
    async def answering(self, tell: Callable[[], bytes]) -> AsyncIterator[None]:
        """Answer the others with what `tell` returns, while the context lasts."""

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                if await reader.read(1):
                    writer.write(tell())
                    await writer.drain()
            except ConnectionError:
                pass  # whoever asked did not wait
            finally:
                writer.close()

        self._folder.mkdir(mode=0o700, exist_ok=True)
        with listen_locally(self._path(self.number)) as listening:
            async with await asyncio.start_unix_server(answer, sock=listening):
                yield

    async def counts(self) -> dict[int, bytes]:
        """Return what each other worker answers, by number, as far as it does."""
        return await self._ask_all(_ASK)

    async def serving(self) -> int:
        """Return how many workers serve, this one included."""
        return 1 + len(await self._ask_all(b""))

    async def _ask_all(self, question: bytes) -> dict[int, bytes]:
        numbers = [number for number in range(1, self.count + 1) if number != self.number]
        answers = await asyncio.gather(*(self._ask(number, question) for number in numbers))
        return {
            number: answer
            for number, answer in zip(numbers, answers, strict=True)
            if answer is not None
        }

    async def _ask(self, number: int, question: bytes) -> bytes | None:
        try:
            async with asyncio.timeout(_PATIENCE):
                with socket_address(self._path(number)) as address:
                    reader, writer = await asyncio.open_unix_connection(address)
                try:
                    if question:
                        writer.write(question)
                        return await reader.read(-1)
                    return b""
                finally:
                    writer.close()
        except OSError:  # a TimeoutError is one, too
            return None

    def _path(self, number: int) -> Path:
        return self._folder / f"{number}.sock"
