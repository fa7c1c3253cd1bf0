"""The vault: what it seals opens with the same key and context, and with nothing else."""

import os

import pytest

from lenticular.primitives.vault import KEY_SIZE, Vault, VaultError


def test_what_is_sealed_opens():
    vault = Vault(os.urandom(KEY_SIZE))
    sealed = vault.seal(b"secret", "key 1")
    assert b"secret" not in sealed
    assert vault.seal(b"secret", "key 1") != sealed
    assert vault.open(sealed, "key 1") == b"secret"


def test_another_key_context_or_byte_does_not_open():
    key = os.urandom(KEY_SIZE)
    sealed = Vault(key).seal(b"secret", "key 1")
    with pytest.raises(VaultError, match="master key"):
        Vault(os.urandom(KEY_SIZE)).open(sealed, "key 1")
    with pytest.raises(VaultError):
        Vault(key).open(sealed, "key 2")
    for at in range(len(sealed)):
        altered = sealed[:at] + bytes((sealed[at] ^ 1,)) + sealed[at + 1 :]
        with pytest.raises(VaultError):
            Vault(key).open(altered, "key 1")
        with pytest.raises(VaultError):
            Vault(key).open(sealed[:at], "key 1")


def test_a_key_has_32_bytes():
    with pytest.raises(ValueError, match="32 bytes, not 16"):
        Vault(b"x" * 16)
