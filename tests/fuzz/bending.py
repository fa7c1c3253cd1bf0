"""How a request is bent before it is signed, how its host is named, and how it is signed."""

import hashlib
from random import Random

from . import bodies, signing
from .signing import Draft, Identity
from .values import PATHS, encoded, header_bytes, junk

METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "PROPFIND")
_STRANGE_HEADERS = (
    b"x-amz-meta-a",
    b"x-amz-foo",
    b"content-type",
    b"content-encoding",
    b"accept-encoding",
    b"origin",
    b"cookie",
    b"x-forwarded-for",
    b"x-amz-security-token",
    b"x-amz-date",
    b"date",
    b"x-amz-website-redirect-location",
    b"x-amz-mfa",
    b"x-amz-bypass-governance-retention",
    b"x-amz-request-payer",
    b"range",
    b"if-modified-since",
    b"x-http-method-override",
    b"upgrade",
)


class Bending:
    """Changes requests, the more of them the higher `temper` is: nothing at 0."""

    def __init__(self, random: Random, temper: float, subresources: list[str], port: int) -> None:
        self._random = random
        self._temper = temper
        self._subresources = subresources
        self._port = port

    def bend(self, draft: Draft) -> None:
        random = self._random
        if random.random() < self._temper / 3:
            bucket = draft.path.split(b"/")[1]
            draft.path = b"/" + bucket + random.choice(PATHS)
        if random.random() < self._temper / 3:
            draft.method = random.choice(METHODS)
        while random.random() < self._temper / 2:
            name = random.choice(self._subresources).encode()
            item = name + b"=" + encoded(junk(random), random)
            draft.query.insert(random.randrange(len(draft.query) + 1), random.choice((name, item)))
        if draft.query and random.random() < self._temper / 4:
            draft.query.append(random.choice(draft.query))
        if random.random() < self._temper / 6:
            draft.query.append(
                random.choice((b"%zz=%", b"=", b"a+b=c+d", b"%ff=%fe", b"a;b", b"?"))
            )
        self.bend_headers(draft)
        if random.random() < self._temper / 5 and draft.method not in {"GET", "HEAD", "DELETE"}:
            draft.body = random.choice((b"", random.randbytes(random.choice((1, 300)))))

    def bend_headers(self, draft: Draft) -> None:
        random = self._random
        while random.random() < self._temper / 2:
            draft.headers.append((random.choice(_STRANGE_HEADERS), header_bytes(junk(random))))
        if draft.headers and random.random() < self._temper / 3:
            draft.headers.append(random.choice(draft.headers))
        if draft.headers and random.random() < self._temper / 3:
            place = random.randrange(len(draft.headers))
            draft.headers[place] = (draft.headers[place][0], header_bytes(junk(random)))
        if random.random() < self._temper / 10:
            draft.headers.append((b"x-amz-meta-" + b"k" * 3000, b"v" * 9000))
        if random.random() < 0.1:
            draft.headers.append((b"Origin", b"https://a.example"))

    def name_host(self, draft: Draft) -> None:
        """Choose how the cloud is named, and whether the bucket stands in the name."""
        random, port = self._random, self._port
        draft.host = f"127.0.0.1:{port}".encode()
        _, bucket, *rest = draft.path.split(b"/", 2)
        if b"%" not in bucket and bucket and random.random() < 0.15:
            draft.host = bucket + f".localhost:{port}".encode()
            draft.path = b"/" + (rest[0] if rest else b"")
        elif random.random() < 0.05:
            draft.host = random.choice(
                (b"localhost", b"s3.amazonaws.com", b"LOCALHOST:1", b"[::1]:1", b"s3.localhost")
            )

    def sign(self, draft: Draft, identity: Identity) -> None:
        random = self._random
        if not identity.access_key_id:
            return
        digest = hashlib.sha256(draft.body).hexdigest().encode()
        style = random.choices(("header", "query", "chunked", "old", "link"), (60, 12, 12, 6, 4))[0]
        if style == "chunked" and draft.method != "PUT":
            style = "header"
        host = draft.host.partition(b":")[0].decode("latin-1")
        bucket = host.removesuffix(".localhost") if host.endswith(".localhost") else ""
        bucket = "" if bucket == "s3" else bucket
        match style:
            case "header":
                payload = bodies.payload_hash(random, digest, self._temper)
                signing.sign_header(draft, identity, header_bytes(payload))
            case "query":
                signing.sign_query(draft, identity, random.choice((900, 900, 604_800)))
            case "chunked":
                bodies.sign_chunked(draft, identity, random, self._temper)
            case "old":
                signing.sign_legacy_header(draft, identity, bucket)
            case _:
                signing.sign_legacy_query(draft, identity, bucket)
        self._spoil_signature(draft)

    def _spoil_signature(self, draft: Draft) -> None:
        random = self._random
        if random.random() >= self._temper / 15:
            return
        for place, (name, value) in enumerate(draft.headers):
            if name in {b"Authorization", b"x-amz-date"} and random.random() < 0.7:
                cut = random.randrange(len(value) + 1)
                spoiled = random.choice((value[:cut], value[cut:], value * 9, junk(random)))
                draft.headers[place] = (name, header_bytes(spoiled))
        if draft.query and random.random() < 0.5:
            place = random.randrange(len(draft.query))
            name = draft.query[place].partition(b"=")[0]
            draft.query[place] = name + b"=" + encoded(junk(random), random)
