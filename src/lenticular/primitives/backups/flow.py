"""Work in flight: several steps at once, whose results come out in the order of their inputs."""

import asyncio
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


async def in_order(
    items: AsyncIterable[T], work: Callable[[T], Awaitable[R]], ahead: int
) -> AsyncIterator[R]:
    """Iterate over what `work` makes of `items`, with up to `ahead` of them in the making.

    Raises what `items` or `work` raise, once what is in the making has ended.
    """
    making: deque[asyncio.Future[R]] = deque()
    try:
        async for item in items:
            making.append(asyncio.ensure_future(work(item)))
            if len(making) >= ahead:
                yield await making.popleft()
        while making:
            yield await making.popleft()
    finally:
        for each in making:
            each.cancel()
        await asyncio.gather(*making, return_exceptions=True)
