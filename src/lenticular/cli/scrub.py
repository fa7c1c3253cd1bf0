"""``scrub``: everything stored is read once against the checksums made when it was written."""

import sys
from typing import Any

from lenticular.cli import administration
from lenticular.cli.output import print_json, stderr
from lenticular.server.configuration import Configuration


def scrub(configuration: Configuration, *, json: bool) -> int:
    """Check all that is stored and print what is damaged; return the exit code."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    problems: list[str] = []
    checked = 0
    columns = TextColumn("Scrubbing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=stderr(), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("", total=None)

        def show(step: dict[str, Any]) -> None:
            nonlocal checked
            checked = step["checked"]
            bar.update(task, completed=step["checked"], total=step["total"])
            if step["problem"] is not None:
                problems.append(step["problem"])

        administration.follow(configuration, "scrub", show)
    if json:
        print_json({"checked": checked, "problems": problems})
    else:
        print(f"{checked} checked (the database and every blob), {len(problems)} damaged")
        for problem in problems:
            print(f"  {problem}")
    return 1 if problems else 0
