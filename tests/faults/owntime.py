"""Runs `lenticular` with a clock that can be set: the first argument is the file of its offset.

The wall clock is that of `time.time` and `time.time_ns`, from which the server has all its times.
How time passes is measured by other clocks, and these go on.
"""

import runpy
import sys
import time
from pathlib import Path

_file = Path(sys.argv.pop(1))
_right, _right_ns = time.time, time.time_ns


def _ahead() -> int:
    """Return by how many seconds the clock is ahead of the right time."""
    return int(_file.read_text() or 0)


time.time = lambda: _right() + _ahead()
time.time_ns = lambda: _right_ns() + _ahead() * 1_000_000_000
runpy.run_module("lenticular", run_name="__main__", alter_sys=True)
