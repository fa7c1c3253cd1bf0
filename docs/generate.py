"""Writes the generated parts of the reference pages: settings, commands, operations.

A part stands between two comments in its page and is made from what the program itself
uses. ``make docs`` runs this; a test fails while a page is out of date.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from typer import Context
from typer.main import get_command

from lenticular.cli.application import application
from lenticular.server.coverage import coverage
from lenticular.server.settings import Setting, settings

DOCS = Path(__file__).parent
BEGIN, END = "<!-- begin generated: {} -->", "<!-- end generated -->"
WIDTH = 88


def settings_part() -> str:
    """Return a table of all settings."""
    rows = ["| Setting | Environment | Value | Default | Meaning |", "|---|---|---|---|---|"]
    for setting in settings():
        cells = f"`{setting.name}`", f"`{setting.variable}`", setting.expected, _default(setting)
        rows.append(f"| {' | '.join(cells)} | {setting.description} |")
    return "\n".join(rows)


def _default(setting: Setting) -> str:
    value = setting.default
    if setting.name == "data":
        return "`lenticular` in the user's data directory"
    if isinstance(value, tuple):
        value = ", ".join(value)
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def commands_part() -> str:
    """Return the help of every command, as the program prints it."""
    return "\n\n".join(_help(get_command(application), "lenticular"))


def _help(command: Any, name: str, parent: Context | None = None) -> Iterator[str]:
    context = Context(
        command, info_name=name, parent=parent, terminal_width=WIDTH, max_content_width=WIDTH
    )
    commands = getattr(command, "commands", {})
    if parent is None or not commands:
        yield f"## {context.command_path}\n\n```text\n{command.get_help(context).strip()}\n```"
    for subname, subcommand in sorted(commands.items()):
        yield from _help(subcommand, subname, context)


def operations_part() -> str:
    """Return, for every service, which operations of its model are present and missing."""
    parts = []
    for service in coverage():
        count = f"{len(service.present)} of {len(service.present) + len(service.missing)}"
        parts.append(f"## {service.title} (`{service.service}`)")
        parts.append(f"{count} operations: {_names(service.present)}.")
        if service.missing:
            summary = f"<summary>{len(service.missing)} are missing</summary>"
            parts.append(f"<details>{summary}\n\n{_names(service.missing)}.\n\n</details>")
    return "\n\n".join(parts)


def _names(operations: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in operations)


PARTS: dict[str, tuple[str, Callable[[], str]]] = {
    "configuration.md": ("settings", settings_part),
    "cli.md": ("commands", commands_part),
    "operations.md": ("operations", operations_part),
}


def render(page: str) -> str:
    """Return the text of `page` with its generated part made anew."""
    name, make = PARTS[page]
    begin = BEGIN.format(name)
    text = (DOCS / page).read_text(encoding="utf-8")
    pattern = f"{re.escape(begin)}.*?{re.escape(END)}"
    part = f"{begin}\n{make()}\n{END}"
    rendered, count = re.subn(pattern, lambda _: part, text, flags=re.DOTALL)
    if count != 1:
        raise ValueError(f"{page}: expected one part between {begin} and {END}, found {count}")
    return rendered


if __name__ == "__main__":
    for page in PARTS:
        (DOCS / page).write_text(render(page), encoding="utf-8")
