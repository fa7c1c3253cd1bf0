"""The usual query language: words, and phrases in quotes. No text is wrong in it."""

import re
from typing import Literal

from lenticular.engines.search.expressions import (
    EVERYTHING,
    AllOf,
    AnyOf,
    Expression,
    Matching,
    Phrase,
    Word,
)

Operator = Literal["or", "and"]

_PIECE = re.compile(r'"([^"]*)"|([^\s"]+)')


def read_words(text: str, operator: Operator = "or", fuzziness: int = 0) -> Expression:
    """Return what a text asks: one of its words and phrases, or with "and" all of them.

    ``*`` alone is everything; a word with ``*`` at its end begins so. With `fuzziness`, words
    may be so many letters away. What has no letter or digit is left out.
    """
    if text.strip() == "*":
        return EVERYTHING
    parts: list[Expression] = []
    for phrase, word in _PIECE.findall(text):
        if not any(letter.isalnum() for letter in phrase or word):
            continue
        if phrase:
            parts.append(Phrase(phrase))
        elif word.endswith("*"):
            parts.append(Word(word.rstrip("*"), Matching.PREFIX))
        elif fuzziness:
            parts.append(Word(word.lower(), Matching.FUZZY, distance=fuzziness))
        else:
            parts.append(Word(word))
    return AllOf(tuple(parts)) if operator == "and" and parts else AnyOf(tuple(parts))
