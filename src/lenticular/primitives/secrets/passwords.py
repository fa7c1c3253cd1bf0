"""Random passwords, by the rules of who asks for one."""

import secrets
import string

from msgspec import Struct

from lenticular.primitives.secrets.errors import PasswordRulesInvalid

_CHARACTERS = {
    "lowercase": string.ascii_lowercase,
    "uppercase": string.ascii_uppercase,
    "numbers": string.digits,
    "punctuation": string.punctuation,
    "space": " ",
}
"""What a password is made of, by kind; the punctuation is ASCII's 32 signs."""

LONGEST = 4096


class PasswordRules(Struct, frozen=True, kw_only=True):
    """What a password is to be like (AWS Secrets Manager API reference, "GetRandomPassword")."""

    length: int = 32
    excluded: str = ""
    """Characters that it must not have."""
    lowercase: bool = True
    uppercase: bool = True
    numbers: bool = True
    punctuation: bool = True
    space: bool = False
    each_kind: bool = True
    """Whether it has at least one character of every kind that it may have."""


def random_password(rules: PasswordRules) -> str:
    """Draw a password. Raises `PasswordRulesInvalid` when none can follow the rules."""
    kinds = [
        "".join(sign for sign in signs if sign not in rules.excluded)
        for name, signs in _CHARACTERS.items()
        if getattr(rules, name)
    ]
    if not 1 <= rules.length <= LONGEST:
        raise PasswordRulesInvalid(f"a password has 1 to {LONGEST} characters, not {rules.length}")
    if not any(kinds):
        raise PasswordRulesInvalid("all characters are excluded: a password needs some")
    if rules.each_kind and not all(kinds):
        raise PasswordRulesInvalid("all characters of a kind that is required are excluded")
    required = [secrets.choice(signs) for signs in kinds] if rules.each_kind else []
    if len(required) > rules.length:
        raise PasswordRulesInvalid(
            f"{rules.length} characters are fewer than the {len(required)} kinds that are required"
        )
    signs = "".join(kinds)
    drawn = required + [secrets.choice(signs) for _ in range(rules.length - len(required))]
    secrets.SystemRandom().shuffle(drawn)
    return "".join(drawn)
