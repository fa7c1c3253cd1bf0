"""Passwords: what an account demands of them, and their hashes.

Hashes are Argon2id (RFC 9106, the second recommended option), made on threads of their own:
each takes 64 MiB and tens of milliseconds, so no more than a few are made at a time.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from lenticular.primitives.identities.errors import PasswordRefused
from lenticular.primitives.identities.records import Account, PasswordPolicy

T = TypeVar("T")

MAX_LENGTH = 128
"""Characters of a password."""

SYMBOLS = "! @ # $ % ^ & * ( ) _ + - = [ ] { } | '"
"""What counts as a symbol, as IAM lists them."""

DEFAULT_MINIMUM_LENGTH = 8

_AT_A_TIME = 2


def check_password(password: str, account: Account) -> None:
    """Raise `PasswordRefused` for what the account's password policy does not allow.

    IAM User Guide, "Setting an account password policy for IAM users".
    """
    policy = account.password_policy
    minimum = DEFAULT_MINIMUM_LENGTH if policy is None else policy.minimum_length
    if len(password) < minimum:
        raise PasswordRefused(f"Password should have a minimum length of {minimum}")
    if len(password) > MAX_LENGTH:
        raise PasswordRefused(f"Password should have a maximum length of {MAX_LENGTH}")
    if policy is None:
        # Without a policy, length counts and kinds of characters do not: what they add is
        # guessed, and remembered badly (NIST SP 800-63B, section 5.1.1.2).
        if password.lower() in {account.name.lower(), account.email.lower()}:
            raise PasswordRefused("Password should not be the account's name or email address")
        return
    kinds = _kinds(password)
    for kind in _demanded(policy):
        if kind not in kinds:
            raise PasswordRefused(f"Password should have at least one {kind}")


def _kinds(password: str) -> set[str]:
    tests = {
        "uppercase letter": str.isupper,
        "lowercase letter": str.islower,
        "number": str.isdigit,
        "symbol": frozenset(SYMBOLS.split()).__contains__,
    }
    return {kind for kind, test in tests.items() if any(map(test, password))}


def _demanded(policy: PasswordPolicy) -> list[str]:
    demands = {
        "uppercase letter": policy.require_uppercase,
        "lowercase letter": policy.require_lowercase,
        "number": policy.require_numbers,
        "symbol": policy.require_symbols,
    }
    return [kind for kind, is_demanded in demands.items() if is_demanded]


class PasswordHashes:
    """Makes and checks hashes without holding anything else up."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        """Hash with `hasher`; its default parameters are the ones of RFC 9106."""
        self._hasher = hasher or PasswordHasher()
        self._threads = ThreadPoolExecutor(_AT_A_TIME, thread_name_prefix="passwords")

    @cached_property
    def _decoy(self) -> str:
        return self._hasher.hash("the password of nobody")

    async def make(self, password: str) -> str:
        """Return the hash of a password."""
        return await self._run(lambda: self._hasher.hash(password))

    async def matches(self, password: str, hashed: str | None) -> bool:
        """Tell whether a hash was made of a password; None takes as long, and is none's."""
        return await self._run(lambda: self._matches(password, hashed))

    def _matches(self, password: str, hashed: str | None) -> bool:
        try:
            # What is too long to be a password is not worth hashing, but for the time it takes.
            matches = self._hasher.verify(hashed or self._decoy, password[: MAX_LENGTH + 1])
        except (VerificationError, InvalidHashError):
            return False
        return matches and hashed is not None

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=True, cancel_futures=True)
