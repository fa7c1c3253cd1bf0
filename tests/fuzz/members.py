"""Values for the members of S3's requests that stand in headers and in the query."""

import base64
import hashlib
import zlib
from collections import deque
from dataclasses import dataclass, field
from random import Random
from urllib.parse import quote

from lenticular.apis.aws.wire.models import Shape

from .values import DATES, KEYS, RANGES, customer_key, word


@dataclass
class Upload:
    """A multipart upload that an answer told of."""

    bucket: str
    key: str
    upload_id: str
    parts: dict[int, str] = field(default_factory=dict)
    """ETags by number."""


@dataclass
class Memory:
    """What the answers on one connection told, for later requests to name."""

    uploads: deque[Upload] = field(default_factory=lambda: deque(maxlen=8))
    versions: deque[tuple[str, str, str]] = field(default_factory=lambda: deque(maxlen=32))
    """Bucket, key and version id."""
    archived: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=8))
    """Buckets and keys."""
    etags: deque[str] = field(default_factory=lambda: deque(["0" * 32], maxlen=8))
    tokens: deque[str] = field(default_factory=lambda: deque(["x"], maxlen=4))
    """Continuation tokens and markers."""


class Members:
    """Makes values by the names that members have on the wire."""

    def __init__(self, world, random: Random, memory: Memory, targets: list[str]) -> None:
        self._world = world
        self._random = random
        self._memory = memory
        self._targets = targets

    def value(self, name: str, shape: Shape, body: bytes) -> bytes:
        """Return a value that fits, as a rule, of a member called `name` on the wire."""
        return self._text(name.lower(), shape, body).encode("utf-8", "surrogatepass")

    def _text(self, name: str, shape: Shape, body: bytes) -> str:
        random, memory = self._random, self._memory
        made = self._of_object(name) or self._digest(name, body)
        if made is not None:
            return made
        if name.startswith(("x-amz-grant-",)):
            who = random.choice(self._world.canonical_ids)
            group = 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'
            return random.choice((f'id="{who}"', f"id={who}", group, 'emailAddress="a@b"', "id="))
        if "enum" in shape.traits:
            return random.choice(shape.traits["enum"])
        match name:
            case "versionid" | "version-id-marker":
                known = [each[2] for each in memory.versions]
                return random.choice([*known, "null", "0" * 32])
            case "uploadid" | "upload-id-marker":
                return random.choice([*(each.upload_id for each in memory.uploads), "none"])
            case "partnumber" | "part-number-marker":
                return str(random.choice((1, 1, 2, 3, 10_000, 0)))
            case "max-keys" | "max-parts" | "max-uploads" | "max-buckets":
                return str(random.choice((0, 1, 2, 1000, 1001, 2**31)))
            case "continuation-token" | "marker" | "key-marker" | "start-after":
                return random.choice([*memory.tokens, *KEYS])
            case "x-amz-tagging":
                return random.choice(("a=b", "a=b&c=d", "a=b&a=c", "a", "&".join("abcdefghijklm")))
            case "x-amz-expected-bucket-owner" | "x-amz-source-expected-bucket-owner":
                return random.choice(
                    [at.account_id for at in self._world.identities.values()] + ["1"]
                )
        match shape.type:
            case "timestamp":
                return random.choice(DATES)
            case "boolean":
                return random.choice(("true", "false"))
            case "integer" | "long":
                return str(random.choice((0, 1, 2, 10, 1000)))
        return word(random)

    def _of_object(self, name: str) -> str | None:
        random = self._random
        match name:
            case "range" | "x-amz-copy-source-range":
                return random.choice(RANGES)
            case (
                "if-match"
                | "if-none-match"
                | "x-amz-copy-source-if-match"
                | ("x-amz-copy-source-if-none-match")
            ):
                etag = random.choice(self._memory.etags)
                return random.choice((f'"{etag}"', etag, "*", f'W/"{etag}"', f'"a", "{etag}"'))
            case "x-amz-copy-source":
                return self.copy_source()
            case "x-amz-rename-source":
                return self.copy_source()
            case "prefix":
                return random.choice(("", "a", "b/", "folder/"))
            case "delimiter":
                return random.choice(("/", "a", "/c", ""))
            case "x-amz-object-lock-retain-until-date":
                return random.choice(DATES[4:10])
            case "x-amz-server-side-encryption-context":
                context = random.choice(('{"a":"b"}', "{}", "[]", '{"a":1}', "{", '{"a":"\ud800"}'))
                return base64.b64encode(context.encode("utf-8", "surrogatepass")).decode()
            case "x-amz-server-side-encryption-aws-kms-key-id":
                arn = self._world.kms_key
                return random.choice((arn, arn.rpartition("/")[2], "alias/aws/s3", "alias/none"))
            case "x-amz-storage-class":
                return random.choice(("STANDARD", "GLACIER", "DEEP_ARCHIVE", "STANDARD_IA", "HOT"))
            case "x-amz-object-attributes":
                names = ("ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize", "Foo")
                return ",".join(random.sample(names, random.randint(1, 3)))
            case "x-amz-acl":
                return random.choice(("private", "public-read", "bucket-owner-full-control"))
        return None

    def _digest(self, name: str, body: bytes) -> str | None:
        random = self._random
        sums = {
            "crc32": zlib.crc32(body).to_bytes(4, "big"),
            "sha1": hashlib.sha1(body).digest(),
            "sha256": hashlib.sha256(body).digest(),
            "sha512": hashlib.sha512(body).digest(),
            "md5": hashlib.md5(body).digest(),
        }
        if name.endswith("customer-algorithm"):
            return "AES256"
        if name.endswith("server-side-encryption-customer-key-md5"):
            return customer_key(random)["key-MD5"].decode()
        if name.endswith("server-side-encryption-customer-key"):
            return customer_key(random)["key"].decode()
        if name == "content-md5":
            return base64.b64encode(sums["md5"]).decode()
        if name.startswith("x-amz-checksum-"):
            digest = sums.get(name.removeprefix("x-amz-checksum-"))
            if digest is not None:
                return base64.b64encode(digest).decode()
        return None

    def copy_source(self) -> str:
        """Return a value of ``x-amz-copy-source``."""
        random = self._random
        bucket, key = random.choice(self._targets), random.choice(KEYS)
        version = ""
        if self._memory.versions and random.random() < 0.3:
            bucket, key, version = random.choice(self._memory.versions)
        source = f"{random.choice(('', '/'))}{bucket}/{quote(key)}"
        return source + (f"?versionId={version}" if version else "")
