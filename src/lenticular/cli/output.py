"""How commands speak: results on stdout, for programs too; everything else on stderr.

Colours follow the terminal and ``NO_COLOR``; nothing animates where nobody watches.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from rich.console import Console


_PIPED = 10_000
"""Columns where there is no terminal."""

_PLAIN = ("dumb", "unknown")
"""Terminals that show nothing but text."""


def note(message: str) -> None:
    """Tell the person something that is not part of the result."""
    print(f"lenticular: {message}", file=sys.stderr)


def print_json(value: object) -> None:
    """Print `value` as indented JSON."""
    print(msgspec.json.format(msgspec.json.encode(value)).decode())


def print_record(record: Mapping[str, object], *, json: bool) -> None:
    """Print the fields of one thing, a line each, or as JSON."""
    if json:
        print_json(record)
        return
    for key, value in record.items():
        print(f"{key}: {_as_read(value)}")


def _as_read(value: object) -> str:
    """Return a value as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(value) if isinstance(value, list | tuple) else str(value)


def strong(text: str) -> str:
    """Return `text` so that a terminal shows it bold; for a line that needs no console."""
    is_shown = sys.stdout.isatty() and os.environ.get("TERM") not in _PLAIN
    return f"\x1b[1m{text}\x1b[0m" if is_shown else text


def stdout() -> "Console":
    """Return the console for results that people read; into a pipe, lines are left whole."""
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else _PIPED)


def stderr() -> "Console":
    """Return the console for progress."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


@contextmanager
def waiting(message: str) -> Iterator[None]:
    """Show a spinner with `message` while the block runs, where there is a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    with stderr().status(message):
        yield
