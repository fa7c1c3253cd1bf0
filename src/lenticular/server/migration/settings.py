"""The settings of a cloud that has moved: its configuration file and how its stores are reached."""

import os
import re
import shutil
import tomllib
from pathlib import Path

from lenticular.server.configuration import CONFIG_VARIABLE, FILE_NAME, PREFIX
from lenticular.server.files import replace_file
from lenticular.server.migration.journal import (
    SETTINGS_NAMES,
    MigrationError,
    Places,
    settings_of_target,
)

BEFORE = ".before"
"""Ends the name under which a file is kept that was replaced."""


def file_of(data: Path, given: Path | None) -> Path:
    """Return the configuration file that is read: one that is `given`, or named otherwise."""
    if given is None and os.environ.get(CONFIG_VARIABLE):
        given = Path(os.environ[CONFIG_VARIABLE])
    return data / FILE_NAME if given is None else given


def switch(file: Path, data: Path, places: Places) -> None:
    """Let the configuration file name other places, and bring in how they are reached.

    What was there is kept beside it. Raises OSError, and `MigrationError` where the file is
    not understood.
    """
    for name, remote in zip(SETTINGS_NAMES, (places.store, places.blob_store), strict=True):
        wanted = settings_of_target(data) / name
        if remote and wanted.exists():
            _replace(data / name, wanted.read_text(encoding="utf-8"))
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    _replace(file, rewritten(text, {"store": places.store, "blob_store": places.blob_store}))


def overriding(places: Places) -> list[str]:
    """Return the environment variables that name other places, and go before the file."""
    wanted = {"store": places.store, "blob_store": places.blob_store}
    variables = {PREFIX + name.upper(): value for name, value in wanted.items()}
    return [name for name, value in variables.items() if os.environ.get(name, value) != value]


def rewritten(text: str, values: dict[str, str]) -> str:
    """Return a configuration in which settings have other values; an empty one is not named.

    The rest stays as it is, comments too. Raises `MigrationError` where that cannot be done.
    """
    before = tomllib.loads(text)
    lines = text.splitlines(keepends=True)
    for name, value in values.items():
        if before.get(name, "") == value:
            continue
        line = f"{name} = {_quoted(value)}\n" if value else ""
        at = [n for n, each in enumerate(lines) if re.match(rf"\s*[\"']?{name}[\"']?\s*=", each)]
        if at:
            lines[at[0]] = line
        else:
            lines.insert(0, line)
    after = "".join(lines)
    if _values(after) != {k: v for k, v in (before | values).items() if v != "" or k not in values}:
        wanted = ", ".join(f"{name} = {_quoted(value)}" for name, value in values.items())
        raise MigrationError(f"the configuration file is not understood: write into it {wanted}")
    return after


def _values(text: str) -> dict[str, object] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _replace(file: Path, text: str) -> None:
    if not file.exists():
        replace_file(file, text)
    elif file.read_text(encoding="utf-8") != text:
        shutil.copy2(file, file.with_name(file.name + BEFORE))
        replace_file(file, text)
