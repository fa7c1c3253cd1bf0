"""What a process does before and after it loads its modules, so that it starts sooner.

Most of a start is that, and of a short command all. Modules stay: there is nothing to collect.
"""

import gc
import sys

_COLLECTED_AT = 10_000
"""Objects made, less those let go, after which the youngest are looked through."""


def hasten() -> None:
    """Let the collector rest until `settle`, and have httpx go without its command line."""
    gc.disable()
    # What is None there cannot be imported (The Python Language Reference, "The module cache"):
    # rich and its like are 5 MB and a twentieth of the start.
    sys.modules["httpx._main"] = None  # type: ignore[assignment]  # typeshed does not know that


def settle() -> None:
    """Keep the collector from going through what the process was started with, again and again.

    Requests make few cycles, and each full collection would stop them all for milliseconds. One
    now would take a tenth of a second, for half a megabyte that the start left behind.
    """
    gc.freeze()
    gc.set_threshold(_COLLECTED_AT)
    gc.enable()
