"""Persistent identifiers: ARKs, made here, with a check character.

"The ARK Identifier Scheme" (draft-kunze-ark): ``ark:/NAAN/NAME``, where the NAAN says who gave
the name. Names are opaque, of letters and digits that are not taken for one another and make
no words, and end with the check character of the Nice Opaque Identifier Minter (NOID): one
letter that is wrong, or two neighbours that changed places, are found. A version is told by a
suffix behind a dot, as ARKs tell variants.
"""

import re
import secrets
from typing import Final, NamedTuple

LETTERS: Final = "0123456789bcdfghjkmnpqrstvwxz"
"""NOID's "extended digits": 29, a prime number, so that every single fault shows."""

TEST_NAAN: Final = "99999"
"""For tests: such names are nobody's (N2T, "ARK test NAANs")."""

_SHOULDER: Final = "ds1"
"""What all our names begin with: who shares the NAAN begins theirs otherwise."""

_BLADE: Final = 8
_NAME = re.compile(r"(?P<name>[0-9a-z]{4,40})(\.v(?P<number>[1-9]\d{0,5}))?")


class Wanted(NamedTuple):
    """What the name in an ARK asks for: a dataset, and a version of it (0: the newest)."""

    name: str
    number: int


def check_character(text: str) -> str:
    """Return the check character for ``NAAN/NAME`` without it (NOID Check Digit Algorithm)."""
    values = (LETTERS.find(letter) for letter in text)
    total = sum(place * max(value, 0) for place, value in enumerate(values, 1))
    return LETTERS[total % len(LETTERS)]


def is_right(naan: str, name: str) -> bool:
    """Tell whether a name has its right check character."""
    return bool(name) and check_character(f"{naan}/{name[:-1]}") == name[-1]


def mint(naan: str) -> str:
    """Return a new name, which may be taken already."""
    name = _SHOULDER + "".join(secrets.choice(LETTERS) for _ in range(_BLADE))
    return name + check_character(f"{naan}/{name}")


def parse(text: str) -> Wanted | None:
    """Return what a name asks for; None for what none of ours can be.

    Hyphens mean nothing and are passed over, and case too (draft-kunze-ark, "Normalization").
    """
    found = _NAME.fullmatch(text.replace("-", "").lower())
    return None if found is None else Wanted(found["name"], int(found["number"] or 0))


def ark(naan: str, name: str, number: int = 0) -> str:
    """Return the ARK of a dataset, or of a version of it."""
    return f"ark:/{naan}/{name}" + (f".v{number}" if number else "")
