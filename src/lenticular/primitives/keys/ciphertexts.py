"""Ciphertexts: what a key has encrypted, in a form that tells which key and material it was.

A ciphertext is ``LKM``, the form (1), the key's UUID (16 bytes), the number of its material (4,
big-endian), a salt (16), a nonce (12) and the data sealed by AES-256-GCM (NIST SP 800-38D). Every
one is sealed with a key of its own, which is derived from the material and the salt (NIST SP
800-108, counter mode with HMAC-SHA256), so that no number of them wears a material out. What
stands before the salt and the encryption context are authenticated with the data: a ciphertext
that was made for another key or context does not open.
"""

import hmac
import os
from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lenticular.engines.kv.keys import pack
from lenticular.primitives.keys.errors import CiphertextInvalid

_FORM = b"LKM\x01"
_KEY_END = len(_FORM) + 16
_HEADER = _KEY_END + 4
_SALT_END = _HEADER + 16
_NONCE_END = _SALT_END + 12
_SHORTEST = _NONCE_END + 16
"""Bytes of the ciphertext of nothing."""

_COUNTER = (1).to_bytes(4, "big")
_LENGTH = (256).to_bytes(4, "big")
_LABEL = b"lenticular ciphertext\x00"

Context = Mapping[str, str]
"""What a ciphertext is about, in the words of who made it: authenticated, not secret."""


class Ciphertext(NamedTuple):
    """A ciphertext that has the form of one."""

    key_id: str
    number: int
    """Of the material."""
    data: bytes
    """The whole."""


def parse(data: bytes) -> Ciphertext:
    """Read which key a ciphertext says it is of. Raises `CiphertextInvalid`."""
    if len(data) < _SHORTEST or not data.startswith(_FORM):
        raise CiphertextInvalid
    number = int.from_bytes(data[_KEY_END:_HEADER], "big")
    return Ciphertext(str(UUID(bytes=data[len(_FORM) : _KEY_END])), number, data)


def seal(material: bytes, key_id: str, number: int, plaintext: bytes, context: Context) -> bytes:
    """Encrypt with a material of 32 bytes, which is the one of this number of the key."""
    header = _FORM + bytes.fromhex(key_id.replace("-", "")) + number.to_bytes(4, "big")
    drawn = os.urandom(_NONCE_END - _HEADER)
    salt, nonce = drawn[:16], drawn[16:]
    sealed = _cipher(material, salt).encrypt(nonce, plaintext, header + _packed(context))
    return header + drawn + sealed


def unseal(material: bytes, ciphertext: Ciphertext, context: Context) -> bytes:
    """Return what was encrypted with a material. Raises `CiphertextInvalid`."""
    data = ciphertext.data
    salt, nonce = data[_HEADER:_SALT_END], data[_SALT_END:_NONCE_END]
    try:
        return _cipher(material, salt).decrypt(
            nonce, data[_NONCE_END:], data[:_HEADER] + _packed(context)
        )
    except InvalidTag:
        raise CiphertextInvalid from None


def _cipher(material: bytes, salt: bytes) -> AESGCM:
    return AESGCM(hmac.digest(material, _COUNTER + _LABEL + salt + _LENGTH, "sha256"))


def _packed(context: Context) -> bytes:
    """Return the same bytes for the same pairs in any order, and others for any others."""
    return pack(*(part for pair in sorted(context.items()) for part in pair))
