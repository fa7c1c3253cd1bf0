"""The threads on which files are touched: a few for the whole process, for any disk may be slow."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_READING = ThreadPoolExecutor(16, thread_name_prefix="files")
_SYNCING = ThreadPoolExecutor(16, thread_name_prefix="files-sync")
"""These mostly wait for the disk, and the more do so at once, the fewer syncs it takes."""


def run(fn: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> asyncio.Future[T]:
    """Run a function that touches files, on a thread."""
    loop = asyncio.get_running_loop()
    return loop.run_in_executor(_READING, lambda: fn(*arguments, **named))


def run_syncing(fn: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> asyncio.Future[T]:
    """Run a function that waits until what was written is on disk, on a thread of its own."""
    loop = asyncio.get_running_loop()
    return loop.run_in_executor(_SYNCING, lambda: fn(*arguments, **named))
