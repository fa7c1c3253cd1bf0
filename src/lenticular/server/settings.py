"""Reads the settings of a cloud from their sources, and describes them.

The sources are read in rising priority: defaults, file, environment, flags.
"""

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from lenticular.server.configuration import (
    CONFIG_VARIABLE,
    FILE_NAME,
    PREFIX,
    Configuration,
    ConfigurationError,
    default_data,
)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as the reference shows it."""

    name: str
    type: Any
    default: object
    description: str

    @property
    def variable(self) -> str:
        """The environment variable."""
        return PREFIX + self.name.upper()

    @property
    def expected(self) -> str:
        """What a value looks like."""
        if get_origin(self.type) is Literal:
            return ", ".join(get_args(self.type))
        return {
            Path: "path",
            str: "text",
            int: "whole number",
            float: "number",
            bool: "true or false",
        }.get(self.type, "list of text")


def settings() -> Iterator[Setting]:
    """Iterate over all settings, in the order of their declaration."""
    hints = get_type_hints(Configuration, include_extras=True)
    for info in msgspec.structs.fields(Configuration):
        base, meta = get_args(hints[info.name])
        default = "" if info.default is msgspec.NODEFAULT else info.default
        yield Setting(info.name, base, default, meta.description)


def load(
    flags: Mapping[str, object] | None = None,
    *,
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Configuration:
    """Return the configuration that file, environment and `flags` give together.

    `flags` has values by setting; None means not given. `file` is read instead of the
    data folder's ``lenticular.toml`` and must exist. Raises `ConfigurationError`.
    """
    environment = os.environ if environment is None else environment
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    above = _variables(environment) | _converted(given, "flag {}")
    if file is None and environment.get(CONFIG_VARIABLE):
        file = Path(environment[CONFIG_VARIABLE])
    if file is None:
        file = above.get("data", default_data()) / FILE_NAME
        values = _read(file) if file.exists() else {}
        if "data" in values:
            raise ConfigurationError(
                f"{file}: data cannot be set in the data folder itself; "
                f"set {PREFIX}DATA or pass --data"
            )
    else:
        values = _read(file)
    values |= above
    return Configuration(**values)


def _variables(environment: Mapping[str, str]) -> dict[str, Any]:
    named = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(PREFIX) and name != CONFIG_VARIABLE
    }
    return _converted(named, "environment variable {variable}")


def _read(file: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ConfigurationError(f"{file} is not TOML: {error}") from error
    return _converted(values, f"{file}: {{}}")


def _converted(values: Mapping[str, object], source: str) -> dict[str, Any]:
    """Check `values` by setting and give them their types; `source` words where they stood."""
    hints = get_type_hints(Configuration, include_extras=True)
    converted = {}
    for name, value in values.items():
        where = source.format(name, variable=PREFIX + name.upper())
        if name not in hints:
            near = difflib.get_close_matches(name, hints, n=1, cutoff=0.5)
            hint = f"the nearest is {near[0]}" if near else f"there are {', '.join(hints)}"
            raise ConfigurationError(f"{where}: there is no such setting; {hint}")
        try:
            converted[name] = _convert(value, hints[name])
        except msgspec.ValidationError as error:
            raise ConfigurationError(f"{where} is {value!r}: {error}") from error
    return converted


def _convert(value: object, kind: Any) -> Any:
    if isinstance(value, str) and get_origin(get_args(kind)[0]) is tuple:
        value = [item.strip() for item in value.split(",") if item.strip()]
    return msgspec.convert(value, kind, strict=not isinstance(value, str), dec_hook=_path)


def _path(kind: type, value: object) -> Path:
    if kind is Path and isinstance(value, str | Path) and str(value):
        return Path(value).expanduser().absolute()
    raise msgspec.ValidationError(f"Expected a path, got `{value!r}`")
