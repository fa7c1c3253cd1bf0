"""The moments at which a kill can be aimed: inside which function of the server it is to strike.

A server that is forked with an aim runs the code that it always runs; only the function that
is aimed at has something laid around it, which counts calls and kills. What counts is which
call, and where: ``before`` it, ``after`` it, or ``within``, some time after its begin.
"""

import asyncio
import functools
import importlib
import os
import random
import signal
from collections.abc import Callable
from typing import Any, NamedTuple

MOMENTS = {
    "commit": "lenticular.engines.kv.sqlite.writer:Writer._run_batch",
    "acknowledgement": "lenticular.engines.kv.sqlite.writer:_wake",
    "checkpoint": "lenticular.engines.kv.sqlite.checkpoints:Checkpoints._move",
    "blob": "lenticular.engines.blobs.incoming:IncomingFile.commit",
    "multipart completion": "lenticular.primitives.objects.uploads:Uploads.complete",
    "copy": "lenticular.primitives.objects.copies:Copies.copy",
    "delete": "lenticular.primitives.objects.deletion:Deletions.delete",
    "transaction": "lenticular.primitives.tables.tables:Tables.write_all",
    "sweep": "lenticular.primitives.contents.sweeping:_forget",
    "removal of a blob": "lenticular.engines.blobs.folder:BlobFolder.delete",
    "sweep of orphans": "lenticular.primitives.contents.contents:Contents.sweep_orphans",
    "lifecycle": "lenticular.primitives.objects.lifecycle.worker:LifecycleWorker._act",
    "expiry of items": "lenticular.primitives.tables.tables:Tables.expire",
    "closing": "lenticular.server.wiring:Cloud.close",
}
"""Where each is: the module and what is in it."""

BEFORE, WITHIN, AFTER = "before", "within", "after"


class Aim(NamedTuple):
    """What a kill is aimed at."""

    moment: str
    call: int = 1
    """The first call, or a later one."""
    place: str = WITHIN
    delay: float = 0.0
    """Seconds between the begin of the call and the kill, where that is within it."""


def draw(moment: str, chance: random.Random) -> Aim:
    """Draw a call of a function, and where in it."""
    often = moment in {"commit", "acknowledgement", "delete", "transaction", "blob"}
    place = chance.choice((BEFORE, WITHIN, WITHIN, AFTER))
    # Most steps of the server take less than a millisecond, and some a hundred times as long.
    delay = 10 ** chance.uniform(-5, -1.3)
    return Aim(moment, chance.randint(1, 6) if often else 1, place, delay)


def find(moment: str) -> tuple[Any, str]:
    """Return what has the function of a moment, a module or a class, and its name there."""
    module_name, _, path = MOMENTS[moment].partition(":")
    owner: Any = importlib.import_module(module_name)
    *outer, name = path.split(".")
    for each in outer:
        owner = getattr(owner, each)
    return owner, name


def lay(aim: Aim, is_armed: Callable[[], bool], strike_in: Callable[[float], None]) -> None:
    """Have this process killed at the moment, counted from when it `is_armed`.

    `strike_in` asks another process for a kill so many seconds from now.
    """
    owner, name = find(aim.moment)
    fn = getattr(owner, name)
    calls = 0

    def is_it() -> bool:
        nonlocal calls
        if not is_armed():
            return False
        calls += 1
        return calls == aim.call

    def begin() -> bool:
        """Take note of a call; tell whether the kill is to strike after it."""
        if not is_it():
            return False
        if aim.place == BEFORE:
            die()
        elif aim.place == WITHIN:
            strike_in(aim.delay)
        return aim.place == AFTER

    @functools.wraps(fn)
    async def asynchronous(*arguments: Any, **options: Any) -> Any:
        strikes = begin()
        result = await fn(*arguments, **options)
        if strikes:
            die()
        return result

    @functools.wraps(fn)
    def synchronous(*arguments: Any, **options: Any) -> Any:
        strikes = begin()
        result = fn(*arguments, **options)
        if strikes:
            die()
        return result

    setattr(owner, name, asynchronous if asyncio.iscoroutinefunction(fn) else synchronous)


def die() -> None:
    """Kill this process, and those that it started."""
    os.killpg(0, signal.SIGKILL)
