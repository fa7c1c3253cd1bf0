"""Cuts the text of an expression into tokens."""

import re
from typing import NamedTuple

NAME = "name"
NAME_PLACEHOLDER = "#name"
VALUE_PLACEHOLDER = ":value"
NUMBER = "number"
UNKNOWN = "unknown"
END = "end"

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<name>[A-Za-z][A-Za-z0-9_]*)
      | (?P<name_placeholder>\#[A-Za-z0-9_]+)
      | (?P<value_placeholder>:[A-Za-z0-9_]+)
      | (?P<number>[0-9]+)
      | (?P<symbol><>|<=|>=|[<>=()\[\],.+-])
      | (?P<unknown>\S)
    )""",
    re.VERBOSE,
)
_KINDS = {
    "name": NAME,
    "name_placeholder": NAME_PLACEHOLDER,
    "value_placeholder": VALUE_PLACEHOLDER,
    "number": NUMBER,
    "unknown": UNKNOWN,
}


class Token(NamedTuple):
    """A piece of an expression."""

    kind: str
    """One of the constants above; a symbol (``<=``) or a keyword (``AND``) is its own kind."""
    text: str
    start: int
    """Where it begins in the expression."""


def tokens(text: str, keywords: frozenset[str]) -> list[Token]:
    """Return the tokens of an expression, the last of which is an `END`.

    `keywords`, in upper case, are found in any case. What is no token is an `UNKNOWN` one
    of a single character.
    """
    found: list[Token] = []
    at = 0
    while match := _TOKEN.match(text, at):
        group = str(match.lastgroup)
        token = match[group]
        kind = _KINDS.get(group, token)
        if kind == NAME and token.upper() in keywords:
            kind = token.upper()
        found.append(Token(kind, token, match.start(group)))
        at = match.end()
    found.append(Token(END, "<EOF>", len(text)))
    return found


def near(text: str, found: list[Token], at: int) -> str:
    """Return the text around the token number `at`: from the token before to the one after."""
    first = found[max(0, at - 1)]
    if found[at].kind == END:
        return first.text if at else ""
    last = found[at + 1] if found[at + 1].kind != END else found[at]
    return text[first.start : last.start + len(last.text)]
