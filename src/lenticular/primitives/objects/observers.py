"""Observers: whoever looks at the bytes of objects as they come in."""

from collections.abc import AsyncIterable, AsyncIterator, Callable
from typing import Protocol

from lenticular.primitives.principals import Principal


class Observation(Protocol):
    """Bytes that pass by an observer."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Iterate over the same chunks. Raises what their source raises."""

    async def stored(self) -> None:
        """Hear that the bytes are an object now, or a part of one. Raises nothing."""


Observer = Callable[[Principal, str, str, AsyncIterable[bytes]], Observation]
"""Looks at what a principal uploads: principal, bucket, key, bytes."""
