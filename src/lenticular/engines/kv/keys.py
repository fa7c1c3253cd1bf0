"""Packs tuples into keys so that the order of the keys is the order of the tuples.

The encoding is FoundationDB's tuple layer as far as it goes here: bytes, text and
integers (https://github.com/apple/foundationdb/blob/main/design/tuple.md). Each part
opens with a byte for its type; bytes and text end with ``00`` and write a zero inside
as ``00 FF``; an integer is big-endian behind a byte that tells its sign and length. So
tuples compare part by part, a shorter tuple comes before its extensions, and across
types bytes come before text and text before integers. Text is ordered by code point,
which is also the order of its UTF-8 bytes.
"""

from typing import Any, Self

Part = bytes | str | int
"""What a tuple may hold. Booleans are refused, for they would come back as integers."""

KeyRange = tuple[bytes, bytes]
"""``(start, stop)`` as `Reader.range` takes them: start is within, stop is not."""

_BYTES = b"\x01"
_TEXT = b"\x02"
_END = b"\x00"
_ESCAPED_ZERO = b"\x00\xff"

_ZERO = 0x14
"""The type byte of the integer 0: n more for a positive integer of n bytes, n less for a
negative one. Integers of more than `_SHORT` bytes share a type and tell their length."""
_SHORT = 8
_LONG = _SHORT + 1
_LONGEST = 255


def pack(*parts: Part) -> bytes:
    """Return the key of a tuple.

    Raises TypeError for a part that is not bytes, str or int, and ValueError for text
    with lone surrogates or an integer of more than 255 bytes.
    """
    pieces: list[bytes] = []  # gathered and joined at once: this is the hot path
    for part in parts:
        if isinstance(part, str):
            raw = part.encode()
            pieces += (_TEXT, raw.replace(_END, _ESCAPED_ZERO) if 0 in raw else raw, _END)
        elif isinstance(part, bytes):
            pieces += (_BYTES, part.replace(_END, _ESCAPED_ZERO), _END)
        else:
            pieces.append(_pack_integer(part))
    return b"".join(pieces)


def unpack(key: bytes) -> tuple[Any, ...]:
    """Return the tuple that `pack` made `key` of. Raises ValueError when none did."""
    parts: list[Part] = []
    at = 0
    while at < len(key):
        kind = key[at]
        if kind in (_BYTES[0], _TEXT[0]):
            end = _end_of_string(key, at + 1)
            raw = key[at + 1 : end].replace(_ESCAPED_ZERO, _END)
            parts.append(raw if kind == _BYTES[0] else raw.decode())
            at = end + 1
        elif abs(kind - _ZERO) <= _LONG:
            integer, at = _unpack_integer(key, at)
            parts.append(integer)
        else:
            raise ValueError(f"not a packed tuple: byte {at} of {key!r} is no type of a part")
    return tuple(parts)


def after(key: bytes) -> bytes:
    """Return the smallest key above `key`: where a listing goes on that must not repeat it."""
    return key + b"\x00"


def after_prefix(prefix: bytes) -> bytes:
    """Return the smallest key above every key that starts with the bytes `prefix`.

    Raises ValueError when there is none, because `prefix` is empty or all ``FF``.
    """
    stem = prefix.rstrip(b"\xff")
    if not stem:
        raise ValueError(f"no key is above all keys that start with {prefix!r}")
    return stem[:-1] + bytes((stem[-1] + 1,))


class Subspace:
    """The keys of all tuples that open with the given parts: a folder of the store."""

    __slots__ = ("prefix",)

    prefix: bytes
    """The packed parts with which every key in here starts."""

    def __init__(self, *parts: Part) -> None:
        self.prefix = pack(*parts)

    def __repr__(self) -> str:
        return f"Subspace{unpack(self.prefix)!r}"

    def __contains__(self, key: bytes) -> bool:
        return key.startswith(self.prefix)

    def subspace(self, *parts: Part) -> Self:
        """Return the subspace of the given parts within this one."""
        inner = self.__class__()
        inner.prefix = self.prefix + pack(*parts)
        return inner

    def pack(self, *parts: Part) -> bytes:
        """Return the key of the given parts within this subspace. Raises as `pack`."""
        return self.prefix + pack(*parts)

    def unpack(self, key: bytes) -> tuple[Any, ...]:
        """Return the parts of `key` behind the prefix. Raises ValueError outside of it."""
        if not key.startswith(self.prefix):
            raise ValueError(f"{key!r} is not in {self!r}")
        return unpack(key[len(self.prefix) :])

    def range(self, *parts: Part) -> KeyRange:
        """Return the range of all tuples strictly below `parts` (longer, and opening with them).

        Its stop is the first key above the tuple `parts` and everything below it.
        """
        prefix = self.prefix + pack(*parts)
        return prefix + b"\x00", prefix + b"\xff"

    def starting_with(self, *parts: Part) -> KeyRange:
        """Return the range of all tuples whose part at the place of the last one starts with it.

        The last of `parts` is text or bytes and may be empty (then any text, or any bytes,
        will do); the parts before it must be equal. ``starting_with(bucket, "photos/")`` is
        what a listing with a prefix reads, and its stop is where a listing that folds
        ``photos/`` into one entry goes on. Raises TypeError for any other last part.
        """
        if not parts or not isinstance(parts[-1], str | bytes):
            raise TypeError(f"the last part must be str or bytes to start with, not {parts[-1:]!r}")
        start = self.prefix + pack(*parts)[: -len(_END)]
        return start, after_prefix(start)


def _pack_integer(value: int) -> bytes:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"a key holds bytes, str and int, not {value!r}")
    size = (value.bit_length() + 7) >> 3
    if size > _LONGEST:
        raise ValueError(f"an integer in a key has at most {_LONGEST} bytes, not {size}")
    if value >= 0:
        if size <= _SHORT:
            return bytes((_ZERO + size,)) + value.to_bytes(size, "big")
        return bytes((_ZERO + _LONG, size)) + value.to_bytes(size, "big")
    # The ones' complement, so that a smaller number has smaller bytes and a longer one,
    # being further below zero, a smaller length.
    complement = (value + (1 << 8 * size) - 1).to_bytes(size, "big")
    if size <= _SHORT:
        return bytes((_ZERO - size,)) + complement
    return bytes((_ZERO - _LONG, size ^ 0xFF)) + complement


def _unpack_integer(key: bytes, at: int) -> tuple[int, int]:
    """Return the integer whose type byte is at `at`, and where the next part begins."""
    size = abs(key[at] - _ZERO)
    negative = key[at] < _ZERO
    begin = at + 1
    if size == _LONG:
        if begin == len(key):
            raise _cut_short(key)
        size = key[begin] ^ 0xFF if negative else key[begin]
        begin += 1
    end = begin + size
    if end > len(key):
        raise _cut_short(key)
    value = int.from_bytes(key[begin:end], "big")
    return (value - (1 << 8 * size) + 1 if negative else value), end


def _end_of_string(key: bytes, begin: int) -> int:
    """Return where the zero is that ends the string which begins at `begin`."""
    end = key.find(_END, begin)
    while key[end + 1 : end + 2] == b"\xff" and end >= 0:
        end = key.find(_END, end + 2)
    if end < 0:
        raise _cut_short(key)
    return end


def _cut_short(key: bytes) -> ValueError:
    return ValueError(f"not a packed tuple: the last part of {key!r} is cut short")
