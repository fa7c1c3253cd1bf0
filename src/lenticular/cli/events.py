"""``events``: what happens to objects whose buckets tell it, as it happens."""

from typing import Annotated, Any

import typer

from lenticular.cli import CommandError
from lenticular.cli.options import Config, Data, configuration, group, perform

commands = group("Events of buckets that tell them, as JSON, a line each.")

_WAIT = 1.0
"""Seconds that the server waits for an event before it answers that there is none."""


@commands.command()
def show(
    after: Annotated[
        int, typer.Option(metavar="NUMBER", help="Begin behind this one; they are counted from 1.")
    ] = 0,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 100,
    data: Data = None,
    config: Config = None,
) -> None:
    """Print the events of the last day, oldest first."""
    _print(perform(data, config, "events.show", after=after, limit=limit))


@commands.command()
def follow(data: Data = None, config: Config = None) -> None:
    """Print events as they come, until interrupted."""
    from lenticular.server import process

    folder = configuration(data, config).data
    if not process.find(folder):
        raise CommandError(
            f"no cloud runs on {folder}, so nothing happens there: start it, or look at what "
            "happened with: lenticular events show"
        )
    after: int | None = None
    while True:
        wait = 0.0 if after is None else _WAIT  # first, where the present begins
        shown = perform(data, config, "events.show", after=after, wait=wait)
        _print(shown)
        after = shown["last"]


def _print(shown: dict[str, Any]) -> None:
    import orjson

    numbers = range(shown["last"] - len(shown["events"]) + 1, shown["last"] + 1)
    for number, event in zip(numbers, shown["events"], strict=True):
        print(orjson.dumps({"number": number, **event}).decode(), flush=True)
