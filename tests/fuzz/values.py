"""What may stand in a request: words that mean something here, and junk."""

import base64
import hashlib
from random import Random
from urllib.parse import quote_from_bytes

KEYS = (
    "a",
    "b/c",
    "folder/",
    "index.html",
    "table.csv",
    "rows.json",
    "photo 1+2=3&4.jpg",
    "ünï/cødé/日本",
    "%percent%2F",
    "x" * 200,
)
"""Keys of objects that come up again and again."""

CUSTOMER_KEYS = (bytes(range(32)), bytes(range(1, 33)))

JUNK: tuple[bytes, ...] = (
    b"",
    b"0",
    b"-1",
    b"1.5",
    b"NaN",
    b"9" * 30,
    b"18446744073709551616",
    b"-9223372036854775809",
    b"1e400",
    b"true",
    b"null",
    b"a" * 1025,
    b"b" * 5000,
    b"\xff\xfe\x80",
    "😀".encode(),
    "٣".encode(),
    b"\xc3\xa9",
    b"<a>&amp;]]>",
    b"&b;",
    b"'\" OR 1=1 --",
    b"${filename}",
    b"../../../../etc/passwd",
    b"..",
    b"%",
    b"%zz",
    b"%00",
    b"*",
    b",,,;;;===",
    b"null,null",
    b"AES256",
    b"arn:aws:s3:::",
    b"{}",
    b"2026-02-30T25:61:61Z",
    b"Sun, 99 Foo 99999 99:99:99 GMT",
    b"bytes=0-0",
    b"=====",
    b"YQ==",
)
"""What a value may be that was meant to be another."""

PATHS: tuple[bytes, ...] = (
    b"",
    b"/",
    b"//",
    b"/.",
    b"/..",
    b"/../../x",
    b"/%2e%2e/%2e",
    b"/%00",
    b"/a%00b",
    b"/%2F%2F",
    b"/%252F%25",
    b"/%ff%fe",
    b"/%c3%28",
    b"/%ed%a0%80",
    b"/%",
    b"/%zz%1",
    b"/;a=b",
    b"/++",
    b"/" + b"k" * 1024,
    b"/" + b"k" * 1025,
    b"/" + b"%e6%97%a5" * 400,
    b"/" + b"a/" * 600,
    b"/http://example.org/",
    b"/a#b",
    b"/\\..\\",
    b"/%20%20",
)
"""What may stand behind a bucket in a path."""

RANGES = (
    "bytes=0-",
    "bytes=0-0",
    "bytes=-1",
    "bytes=5-2",
    "bytes=0-99999999999999999999",
    "bytes=99999999-",
    "bytes=0-1,3-4",
    "bytes=-0",
    "bytes=",
    "lines=1-2",
    "bytes=a-b",
    "bytes= 0 - 3",
    "bytes=1-70000",
)
DATES = (
    "Tue, 15 Nov 1994 08:12:31 GMT",
    "Tuesday, 15-Nov-94 08:12:31 GMT",
    "Tue Nov 15 08:12:31 1994",
    "Fri, 01 Jan 2100 00:00:00 GMT",
    "2030-01-01T00:00:00Z",
    "2030-01-01T00:00:00.123456789Z",
    "2030-01-01",
    "20300101T000000Z",
    "9999-12-31T23:59:59Z",
    "10000-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "1894000000",
    "-1",
    "1e99",
)
TEXTS = ("a", "alpha", "Enabled", "Disabled", "x=1&y=2", "text/csv", "folder/", "/", "url", "10")


def junk(random: Random) -> bytes:
    """Return a value that fits nowhere, or nearly nowhere."""
    if random.random() < 0.1:
        return random.randbytes(random.randrange(1, 40))
    return random.choice(JUNK)


def header_bytes(value: bytes) -> bytes:
    """Return `value` as a header can have it: HTTP itself forbids control characters."""
    return bytes(byte for byte in value if byte >= 32 and byte != 127).strip()


def encoded(value: bytes, random: Random) -> bytes:
    """Return `value` percent-encoded for a query or a path, more or less as is usual."""
    safe = random.choice(("", "", "/", "/:,=+*'"))
    return quote_from_bytes(value, safe=safe).encode()


def customer_key(random: Random) -> dict[str, bytes]:
    """Return the headers of a key of the customer's own, by their ends."""
    key = random.choice(CUSTOMER_KEYS)
    return {
        "algorithm": b"AES256",
        "key": base64.b64encode(key),
        "key-MD5": base64.b64encode(hashlib.md5(key).digest()),
    }


def word(random: Random) -> str:
    """Return a harmless text."""
    return random.choice(TEXTS)
