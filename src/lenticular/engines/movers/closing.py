"""Closing: iterations that may be left before their end, and let go of what they hold then."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

Each = TypeVar("Each")


@asynccontextmanager
async def closing(iteration: AsyncIterator[Each]) -> AsyncIterator[AsyncIterator[Each]]:
    """Close an iteration at the end, if it is one that can be closed."""
    try:
        yield iteration
    finally:
        if (close := getattr(iteration, "aclose", None)) is not None:
            await close()
