"""What was measured, as tables: in Markdown for people and in JSON for programs."""

import json
import os
import platform
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass
class Table:
    """One result: a title, the heads of its columns, its rows, and what to know about it."""

    title: str
    columns: list[str]
    rows: list[list[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def markdown(self) -> str:
        """Return the table as Markdown that is also readable as it is."""
        lines = [self.columns, *self.rows]
        widths = [max(len(line[at]) for line in lines) for at in range(len(self.columns))]
        # What is counted stands to the right, under its unit.
        rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
        cells = [
            [
                cell.rjust(width) if at else cell.ljust(width)
                for at, (cell, width) in enumerate(zip(line, widths, strict=True))
            ]
            for line in lines
        ]
        shown = [f"| {' | '.join(line)} |" for line in [cells[0], rule, *cells[1:]]]
        notes = "".join(f"\n{note}\n" for note in self.notes)
        return f"### {self.title}\n\n" + "\n".join(shown) + f"\n{notes}"


def machine() -> Table:
    """Return where and of what all this was measured."""
    facts = {
        "date": time.strftime("%Y-%m-%d"),
        "commit": _output("git", "describe", "--always", "--dirty", "--abbrev=10") or "unknown",
        "cores": str(len(os.sched_getaffinity(0))),
        "processor": _processor(),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
    }
    return Table("Where this was measured", ["what", "value"], [[*fact] for fact in facts.items()])


def write_json(tables: list[Table], path: Path) -> None:
    """Write all tables to a file."""
    path.write_text(json.dumps([asdict(table) for table in tables], indent=1) + "\n")


def insert(tables: Mapping[str, Sequence[Table]], page: Path) -> None:
    """Let tables stand in a page in the place of those of an earlier run.

    Their place lies between ``<!-- NAME -->`` and ``<!-- end of NAME -->``. Raises ValueError
    for a name that the page has no place for.
    """
    text = page.read_text()
    for name, shown in tables.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            raise ValueError(f"{page} has no place for {name}: expected {begin.strip()} and {end}")
        document = "\n".join(table.markdown() for table in shown)
        text = f"{before}{begin}\n{document}\n{end}{after}"
    page.write_text(text)


def _output(*command: str) -> str:
    ran = subprocess.run(command, check=False, capture_output=True, text=True)
    return ran.stdout.strip()


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
