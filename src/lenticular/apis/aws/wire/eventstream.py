"""The encoding ``application/vnd.amazon.eventstream``: messages of a stream, one after another.

A message is a prelude (its whole length, the length of its headers, and a CRC32 of these
two), headers, a payload, and a CRC32 of all before it; numbers are big-endian. A header is
the length of its name in a byte, the name, a byte for the type of its value, and the value
(Smithy 2.0, "Amazon Event Stream"; S3 API reference, "Appendix: SelectObjectContent
Response"). Only texts are needed as values: type 7, with a length of two bytes.
"""

import struct
from binascii import crc32
from collections.abc import Mapping

CONTENT_TYPE = "application/vnd.amazon.eventstream"
MAX_PAYLOAD = 16 * 1024 * 1024
"""Most bytes of a payload that clients take."""

_TEXT = 7
_LENGTHS = struct.Struct("!II")
_CRC = struct.Struct("!I")
_FIXED = _LENGTHS.size + 2 * _CRC.size
"""Bytes of a message that has neither headers nor a payload."""


def message(headers: Mapping[str, str], payload: bytes = b"") -> bytes:
    """Return one message.

    Raises ValueError for a header or a payload that is longer than the encoding allows.
    """
    if len(payload) > MAX_PAYLOAD:
        raise ValueError(f"a payload of {len(payload)} bytes; {MAX_PAYLOAD} are the most")
    head = b"".join(_header(name.encode(), value.encode()) for name, value in headers.items())
    lengths = _LENGTHS.pack(_FIXED + len(head) + len(payload), len(head))
    begin = lengths + _CRC.pack(crc32(lengths)) + head
    return begin + payload + _CRC.pack(crc32(payload, crc32(begin)))


def _header(name: bytes, value: bytes) -> bytes:
    try:
        return struct.pack(
            f"!B{len(name)}sBH{len(value)}s", len(name), name, _TEXT, len(value), value
        )
    except struct.error:
        raise ValueError(f"a header of {len(name)} and {len(value)} bytes is too long") from None


def event(event_type: str, payload: bytes = b"", content_type: str = "") -> bytes:
    """Return the message of an event; `event_type` is its member's name in the model."""
    headers = {":message-type": "event", ":event-type": event_type}
    if content_type:
        headers[":content-type"] = content_type
    return message(headers, payload)


def error(code: str, text: str) -> bytes:
    """Return the message that ends a stream with an error that its model does not have."""
    return message({":message-type": "error", ":error-code": code, ":error-message": text[:1024]})
