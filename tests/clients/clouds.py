"""Starts clouds as their users do."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OWN = Path(sys.executable).parent
"""Where the command line of this project is installed."""


def lenticular(*arguments: str) -> str:
    """Run the command line and return what it prints."""
    command = [OWN / "lenticular", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


@contextmanager
def started(folder: Path, *options: str) -> Iterator[Path]:
    """Run a cloud on a data folder, on free ports, while the context lasts."""
    lenticular("start", "--detach", "--quiet", "--port-base=0", f"--data={folder}", *options)
    try:
        yield folder
    finally:
        lenticular("stop", "--force", f"--data={folder}")
