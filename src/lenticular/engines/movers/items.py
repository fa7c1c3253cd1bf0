"""Items: what was submitted, in order, or just some of them."""

from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from typing import Final

from lenticular.engines.movers.contract import Course, Item

_FAR: Final = 2_000
"""Items that are rather read over than asked for anew."""


async def every(course: Course, start: int) -> AsyncGenerator[tuple[int, Item], None]:
    """Iterate over the items from number `start` on, with their numbers."""
    number = start
    async for page in course.items(start):
        for item in page:
            yield number, item
            number += 1


async def some(course: Course, numbers: Collection[int]) -> dict[int, Item]:
    """Return the items of these numbers."""
    found: dict[int, Item] = {}
    wanted = sorted(numbers)
    while wanted:
        async with aclosing(every(course, wanted[0])) as items:
            async for number, item in items:
                if number == wanted[0]:
                    found[number] = item
                    wanted.pop(0)
                if not wanted or wanted[0] > number + _FAR:
                    break
            else:
                break
    return found
