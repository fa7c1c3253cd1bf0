"""Policy variables: ``${aws:username}`` in resources and in the values of conditions.

A text stays quoted in the language's own manner for as long as it can be a pattern: ``${*}``,
``${?}`` and ``${$}`` are those characters, and mean nothing more. What is put in for a
variable is quoted so: a star in somebody's tag matches a star.
IAM User Guide, "IAM policy elements: Variables and tags".
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

Values = Callable[[str], tuple[str, ...] | None]
"""Finds the values of a condition key by its lower-case name; None: the request has none."""

_PART = re.compile(r"\$\{([^{}]*)\}")
_VARIABLE = re.compile(r"([^\s,']+)(?:,\s*'([^']*)')?")
_SPECIAL = re.compile(r"[*?$]")
_QUOTED = re.compile(r"\$\{([*?$])\}")


@dataclass(frozen=True, slots=True)
class Variable:
    """The name of a condition key in the place of its value."""

    key: str
    """In lower case."""
    default: str | None = None
    """What stands there, quoted, when the request has no such key."""

    def fill(self, values: Values) -> str | None:
        """Return the value, quoted; None when there is none, or several."""
        found = values(self.key)
        return quote(found[0]) if found and len(found) == 1 else self.default


@dataclass(frozen=True, slots=True)
class Template:
    """A text with variables."""

    parts: tuple[str | Variable, ...]

    def fill(self, values: Values) -> str | None:
        """Return the text, quoted, with its variables filled in; None when one has no value."""
        filled = ""
        for part in self.parts:
            text = part if isinstance(part, str) else part.fill(values)
            if text is None:
                return None
            filled += text
        return filled


def parse(text: str, *, variables: bool) -> str | Template:
    """Read a text of a policy: quoted, or a template if variables stand in it.

    Without `variables`, as in policies of version 2008-10-17, a dollar sign is one. Raises
    ValueError for what begins as a variable and is none.
    """
    if not variables:
        return text.replace("$", "${$}")
    pieces = _PART.split(text)
    parts: list[str | Variable] = []
    for at, piece in enumerate(pieces):
        if at % 2 == 0:
            if "${" in piece:
                raise ValueError(f"in {text!r} a variable begins with ${{ and is not closed by }}")
            parts.append(piece)
        elif _SPECIAL.fullmatch(piece):
            parts.append(f"${{{piece}}}")
        else:
            parts.append(_variable(piece))
    if all(isinstance(part, str) for part in parts):
        return text
    return Template(tuple(parts))


def _variable(text: str) -> Variable:
    match = _VARIABLE.fullmatch(text.strip())
    if match is None:
        raise ValueError(
            f"${{{text}}} is not a variable: expected the name of a condition key, as "
            f"${{aws:username}}, or one with a default, as ${{aws:PrincipalTag/team, 'none'}}"
        )
    key, default = match.groups()
    return Variable(key.lower(), None if default is None else quote(default))


def keys_in(text: str) -> set[str]:
    """Return the condition keys, in lower case, that variables in a text stand for."""
    return {
        match[1].lower()
        for piece in _PART.findall(text)
        if not _SPECIAL.fullmatch(piece) and (match := _VARIABLE.fullmatch(piece.strip()))
    }


def quote(text: str) -> str:
    """Return `text` as a pattern that matches nothing else."""
    return _SPECIAL.sub(r"${\g<0>}", text)


def unquote(text: str) -> str:
    """Return a quoted text that is no pattern as it is meant."""
    return _QUOTED.sub(r"\1", text)
