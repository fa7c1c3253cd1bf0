"""Framings of a body, right and wrong: aws-chunked, multipart forms, HTTP itself."""

import base64
import json
import zlib
from random import Random

from .signing import UNSIGNED, Draft, Identity, Seal, sign_form, sign_header
from .values import junk

SIGNED = b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_TRAILER = b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_TRAILER = b"STREAMING-UNSIGNED-PAYLOAD-TRAILER"


def sign_chunked(draft: Draft, identity: Identity, random: Random, temper: float) -> None:
    """Frame the body of `draft` as aws-chunked and sign it, the more bent the higher `temper`."""
    mode = random.choice((SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER))
    data = draft.body
    size = len(data)
    if random.random() < temper:
        size = random.choice((size + 1, max(size - 1, 0), 0, 10**17))
    draft.headers.append((b"x-amz-decoded-content-length", b"%d" % size))
    if random.random() < 0.7:
        draft.headers.append((b"content-encoding", b"aws-chunked"))
    trailers: dict[bytes, bytes] = {}
    if mode != SIGNED:
        checksum = base64.b64encode(zlib.crc32(data).to_bytes(4, "big"))
        trailers = {b"x-amz-checksum-crc32": checksum}
        name = b"x-amz-checksum-crc32"
        if random.random() < temper:
            name = random.choice((b"x-amz-checksum-sha256", b"x-amz-foo", b"", b"a,b"))
        draft.headers.append((b"x-amz-trailer", name))
    if random.random() < temper:
        mode = random.choice((SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER, b"STREAMING-FOO"))
    seal = sign_header(draft, identity, mode)
    signed = mode in {SIGNED, SIGNED_TRAILER}
    draft.body = _framed(data, trailers, seal if signed else None, random, temper)


def _framed(
    data: bytes, trailers: dict[bytes, bytes], seal: Seal | None, random: Random, temper: float
) -> bytes:
    step = random.choice((8192, 8192, 65536, 10, 1))
    if len(data) > 64 * step:
        step = 65536
    pieces = [data[start : start + step] for start in range(0, len(data), step)]
    made = bytearray()
    for piece in [*pieces, b""]:
        head = b"%x" % len(piece)
        if seal:
            head += b";chunk-signature=" + seal.chunk(piece)
        if random.random() < temper / (2 + len(pieces)):
            head = _bent_head(head, random)
        made += head + b"\r\n" + piece
        if piece:
            made += b"\r\n" if random.random() > temper / 20 else b""
    for name, value in trailers.items():
        bent = random.random() < temper / 4
        made += name + b":" + (junk(random) if bent else value) + b"\r\n"
    if seal and trailers:
        lines = b"".join(name + b":" + value + b"\n" for name, value in trailers.items())
        made += b"x-amz-trailer-signature:" + seal.trailer(lines) + b"\r\n"
    made += b"\r\n"
    if random.random() < temper / 2:
        place = random.randrange(len(made))
        match random.randrange(4):
            case 0:
                del made[place:]
            case 1:
                made += random.choice((b"x", b"0\r\n\r\n", b"\r\n" * 5, b"x-foo:y\r\n\r\n"))
            case 2:
                made[place] = random.randrange(256)
            case _:
                made[place:place] = random.randbytes(random.choice((1, 2000)))
    return bytes(made)


def _bent_head(head: bytes, random: Random) -> bytes:
    return random.choice(
        (
            b"",
            b"-1",
            b"zz",
            b"+5",
            b"0x5",
            b"1_0",
            b"ffffffffffffffff",
            b"f" * 400,
            b"f" * 5000,
            b" " + head,
            head.upper(),
            head + b";a=b;" * 100,
            head[:20],
            head[:-1] + b"0",
            "٣".encode(),
        )
    )


def form(draft: Draft, identity: Identity, fields: dict[str, bytes], random: Random, temper: float):
    """Make `draft` a posted form of `fields` and a file."""
    signed = (*fields, "x-amz-algorithm", "x-amz-credential", "x-amz-date")
    policy = {
        "expiration": "2099-01-01T00:00:00Z",
        "conditions": [["starts-with", f"${name}", ""] for name in signed]
        + [["content-length-range", 0, 10**9], {"bucket": draft.path[1:].decode()}],
    }
    if random.random() < temper:
        policy[random.choice(("expiration", "conditions"))] = random.choice(
            (
                "",
                None,
                5,
                [],
                [[]],
                [["eq"]],
                [{"a": {}}],
                [["eq", "$key", ["x"]]],
                "9999-99-99",
                {},
            )
        )
    text = json.dumps(policy).encode()
    if random.random() < temper / 3:
        text = random.choice((b"", b"[]", b"{}", b"\xff", b"[" * 5000, text[:-5], b"null"))
    if identity.access_key_id and random.random() < 0.9:
        fields = {**fields, **sign_form(text, identity)}
    if random.random() < temper:
        name = random.choice(list(fields))
        fields[name] = junk(random)
    if random.random() < temper / 2:
        fields[random.choice(("policy", "signature", "success_action_status", "Content-MD5"))] = (
            junk(random)
        )
    boundary = b"----b%d" % random.randrange(10**9)
    parts = [
        b'--%b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
        % (boundary, name.encode(), value)
        for name, value in fields.items()
    ]
    if random.random() < temper / 3:
        parts.append(random.choice(parts))
    name = random.choice((b"x.txt", b"../a", b"", b"\xff" if temper else b"y"))
    file = (
        b'--%b\r\nContent-Disposition: form-data; name="file"; filename="%b"\r\n'
        b"Content-Type: text/plain\r\n\r\n%b\r\n" % (boundary, name, draft.body)
    )
    if random.random() > temper / 5:
        parts.append(file)
    if random.random() < temper / 4:
        random.shuffle(parts)
    data = b"".join(parts) + b"--" + boundary + b"--\r\n"
    if random.random() < temper / 2:
        place = random.randrange(len(data))
        data = random.choice(
            (data[:place], data[:place] + random.randbytes(5) + data[place:], data + data, b"")
        )
    draft.body = data
    kind = b"multipart/form-data; boundary=" + boundary
    if random.random() < temper / 4:
        kind = random.choice(
            (
                b"multipart/form-data",
                b"multipart/form-data; boundary=",
                b"text/plain",
                kind * 30,
                b"multipart/form-data; boundary=\xff",
                b'multipart/form-data; boundary="',
            )
        )
    draft.headers = [(name, value) for name, value in draft.headers if name != b"content-type"]
    draft.headers.append((b"content-type", kind))


def unframed(draft: Draft, random: Random) -> tuple[bytes, bool]:
    """Return a signed request whose HTTP is bent, and whether the server may wait for more."""
    body = draft.body or b"0123456789"
    head = draft.head(length=False)[:-2]
    size = len(body)
    match random.randrange(16):
        case 0:
            return head + b"Content-Length: %d\r\n\r\n" % (size + 5) + body, True
        case 1:
            return head + b"Content-Length: %d\r\n\r\n" % (size - 1) + body, True
        case 2:
            value = random.choice((b"-1", b"abc", b"1e3", b"+5", b"0x5", b"9" * 40, b"5, 5", b""))
            return head + b"Content-Length: " + value + b"\r\n\r\n" + body, True
        case 3:
            both = b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n" % size
            return head + both + b"%x\r\n%b\r\n0\r\n\r\n" % (size, body), True
        case 4:
            twice = b"Content-Length: %d\r\nContent-Length: %d\r\n\r\n" % (size, size + 1)
            return head + twice + body, True
        case 5:
            te = random.choice(
                (b"chunked", b"gzip, chunked", b"chunked, identity", b"x", b"Chunked")
            )
            return head + b"Transfer-Encoding: " + te + b"\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (
                size,
                body,
            ), True
        case 6:
            size_line = random.choice((b"zz", b"-1", b"f" * 20, b"5;ext=1", b""))
            return head + b"Transfer-Encoding: chunked\r\n\r\n" + size_line + b"\r\n" + body, True
        case 7:
            expect = b"Expect: %b\r\nContent-Length: %d\r\n\r\n" % (
                random.choice((b"100-continue", b"200-ok", b"100-Continue, x")),
                size,
            )
            return head + expect + (body if random.random() < 0.5 else b""), True
        case 8:
            return head.replace(b"HTTP/1.1", random.choice((b"HTTP/1.0", b"HTTP/2.0", b"HTP"))) + (
                b"\r\n"
            ), True
        case 9:
            return head.replace(b"\r\n", b"\n") + b"\n", True
        case 10:
            return head + b" folded: x\r\n\r\n", True
        case 11:
            bad = random.choice(
                (b"a b: c", b": x", b"x\x00y: z", b"x: \x00", b"x: \x01\x7f", b"nocolon")
            )
            return head + bad + b"\r\n\r\n", True
        case 12:
            place = random.randrange(len(head))
            return head[:place], True
        case 13:
            return random.randbytes(random.choice((1, 50, 5000))) + b"\r\n\r\n", True
        case 14:
            many = b"".join(
                b"x-foo-%d: y\r\n" % number for number in range(random.choice((90, 9000)))
            )
            return head + many + b"\r\n", True
        case _:
            host = b"Host: " + draft.host
            other = random.choice(
                (b"", b"Host: a\r\nHost: b", b"Host: ", b"Host: [::1", b"Host: a b")
            )
            return head.replace(host, other, 1) + b"\r\n", True


def payload_hash(random: Random, digest: bytes, temper: float) -> bytes:
    """Return what the client says of the body: its digest, as a rule."""
    return junk(random) if random.random() < temper / 8 else random.choice((digest, UNSIGNED))
