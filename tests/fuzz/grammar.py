"""From a seed and an index to a request: what it asks, who signs it, and how it is bent."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from urllib.parse import quote

from lenticular.apis.aws.wire.models import Operation, load
from lenticular.apis.aws.wire.rest_paths import split_uri

from . import bodies
from .bending import METHODS, Bending
from .documents import Documents
from .members import Members, Memory, Upload
from .signing import Draft
from .templates import SELECTIONS
from .usual import Usual
from .values import CUSTOMER_KEYS, KEYS, PATHS, encoded, header_bytes, junk
from .wire import Answer
from .world import GUEST, OTHER, OWNER, World

KINDS = {
    "operation": 50,
    "usual": 28,
    "wild": 7,
    "form": 4,
    "website": 4,
    "preflight": 3,
    "framing": 3,
    "pipelined": 1,
}
"""What requests there are, by weight."""

_ROOTS = {"PutBucketAcl": "AccessControlPolicy", "PutObjectAcl": "AccessControlPolicy"}
_SELDOM = (
    "Abac",
    "Accelerate",
    "Analytics",
    "Annotation",
    "Intelligent",
    "Metadata",
    "Rename",
    "Replication",
    "Torrent",
    "UpdateObjectEncryption",
)
"""Words in the names of operations that are not written, or do nothing here."""

_EXCLUSIVE = (
    "x-amz-checksum-",
    "x-amz-sdk-checksum",
    "x-amz-server-side-encryption-customer",
    "x-amz-copy-source-server-side",
)
"""What the names of headers begin with of which most do not go with the others."""


@dataclass
class Case:
    """A request as it is sent, and what its answer may be."""

    label: str
    method: str
    data: bytes
    identity: str
    form: str = "xml"
    """Of errors: ``xml``, or ``html`` on a website."""
    bent: bool = False
    """Whether it may be no HTTP at all: then anything well-formed, or nothing, may come back."""
    note: Callable[[Answer], None] | None = None
    """Takes in what the answer tells."""


class Grammar:
    """All requests of one seed."""

    def __init__(self, world: World, seed: int) -> None:
        self._world = world
        self._seed = seed
        model = load("s3")
        self._operations = [
            operation
            for operation in model.operations.values()
            if not operation.authentication and operation.name != "WriteGetObjectResponse"
        ]
        self._weights = [_weight(operation) for operation in self._operations]
        self._subresources = sorted(
            {
                name
                for operation in self._operations
                for name in [
                    *split_uri(operation.uri)[1],
                    *(
                        at.wire_name(member)
                        for member, at in operation.input.members.items()
                        if at.traits.get("location") == "querystring"
                    ),
                ]
            }
            | {"Action", "X-Amz-Signature", "AWSAccessKeyId", "foo"}
        )

    def cases(self, index: int, memory: Memory) -> list[Case]:
        """Return the request of an index: several when they come at once."""
        random = Random(f"{self._seed}:{index}")
        kind = random.choices(list(KINDS), KINDS.values())[0]
        if kind == "pipelined":
            count = random.randint(2, 6)
            return [_Maker(self, random, memory, "usual").make() for _ in range(count)]
        return [_Maker(self, random, memory, kind).make()]

    def operation(self, random: Random) -> Operation:
        """Return an operation of the model, one that does much more often than others."""
        return random.choices(self._operations, self._weights)[0]

    @property
    def world(self) -> World:
        return self._world

    @property
    def subresources(self) -> list[str]:
        """Every name that the model has in a query."""
        return self._subresources


def _weight(operation: Operation) -> float:
    if any(word in operation.name for word in _SELDOM):
        return 0.3
    if "{Key" in operation.uri:
        return 4.0
    return 1.5


class _Maker:
    """Makes one request."""

    def __init__(self, grammar: Grammar, random: Random, memory: Memory, kind: str) -> None:
        self._grammar = grammar
        self._kind = kind
        self._world = grammar.world
        self._random = random
        self._memory = memory
        self._temper = 0.0 if kind == "usual" else random.choice((0.0, 0.0, 0.15, 0.3, 0.6))
        name = random.choices((OWNER, OTHER, GUEST, "nobody"), (70, 14, 9, 7))[0]
        self._identity = self._world.identities[name]
        self._targets = self._world.targets(name)
        self._members = Members(self._world, random, memory, self._targets)
        special = {
            "Location": ["us-east-1", "eu-west-1", "mars"],
            "VersionId": [each[2] for each in memory.versions] + ["null"],
            "ID": ["one", *self._world.canonical_ids],
            "KMSMasterKeyID": [self._world.kms_key, "alias/aws/s3", "none"],
            "TargetBucket": self._targets,
            "ETag": [f'"{each}"' for each in memory.etags],
            "Queue": ["arn:aws:sqs:us-east-1:000000000000:q"],
        }
        named = {
            "owner": self._world.canonical_ids,
            "key": [self._world.kms_key],
            "target": self._targets,
            "account": [self._identity.account_id],
            "select": list(SELECTIONS),
        }
        self._documents = Documents(random, special, named)
        self._bending = Bending(random, self._temper, grammar.subresources, self._world.port)
        self._upload: Upload | None = None
        self._label = ""
        self._note: Callable[[Answer], None] | None = None

    def make(self) -> Case:
        random, kind = self._random, self._kind
        match kind:
            case "operation" | "framing":
                draft = self._operation(self._grammar.operation(random))
            case "usual":
                draft = self._usual()
            case "wild":
                draft = self._wild()
            case "form":
                return self._case(self._form(), "form")
            case "website":
                draft = self._website()
                return self._case(draft, kind, form="html")
            case _:
                draft = self._preflight()
                return self._case(draft, kind)
        if kind != "usual":
            self._bending.bend(draft)
        self._bending.sign(draft, self._identity)
        if kind == "framing":
            data, _ = bodies.unframed(draft, random)
            return Case(
                f"framing {self._label}", draft.method, data, self._identity.name, bent=True
            )
        return self._case(draft, kind)

    def _case(self, draft: Draft, kind: str, form: str = "xml") -> Case:
        data = draft.head() + draft.body
        label = f"{kind} {self._label}".strip()
        return Case(label, draft.method, data, self._identity.name, form, note=self._note)

    # What is asked.

    def _usual(self) -> Draft:
        usual = Usual(self._world, self._random, self._memory, self._targets)
        draft, self._label, self._note = usual.request()
        self._bending.name_host(draft)
        return draft

    def _operation(self, operation: Operation) -> Draft:
        random = self._random
        self._label = operation.name
        path, query = split_uri(operation.uri)
        bucket, key = random.choice(self._targets), random.choice(KEYS)
        if operation.name == "SelectObjectContent":
            key = random.choice(("table.csv", "rows.json", key))
        if operation.name == "CreateBucket":
            bucket = random.choice((f"fuzz-made-{random.randrange(6)}", "Bad_Name", bucket))
        elif operation.name == "DeleteBucket":
            bucket = f"fuzz-made-{random.randrange(6)}"
        if self._memory.versions and random.random() < 0.2:
            bucket, key, _ = random.choice(self._memory.versions)
        if "UploadId" in (operation.input.required if operation.input else ()):
            self._upload = random.choice([*self._memory.uploads, None])
            if self._upload is not None:
                bucket, key = self._upload.bucket, self._upload.key
        path = path.replace("{Bucket}", bucket)
        path = path.replace("{Key+}", quote(key, safe="/"))
        draft = Draft(operation.method, path.encode())
        draft.query = [
            f"{name}={value}".encode().removesuffix(b"=") for name, value in query.items()
        ]
        draft.body = self._body(operation, bucket)
        self._place_members(draft, operation)
        self._bending.name_host(draft)
        return draft

    def _body(self, operation: Operation, bucket: str) -> bytes:
        random, shape = self._random, operation.input
        payload = shape.traits.get("payload") if shape else None
        if payload is not None:
            at = shape.members[payload]
            if at.type == "structure":
                root = _ROOTS.get(operation.name, at.wire_name(payload))
                return self._documents.xml(operation.name, at, root, self._temper)
            if operation.name == "PutBucketPolicy":
                principals = [each.account_id for each in self._world.identities.values()]
                return self._documents.policy(bucket, principals, self._temper)
            return self._bytes()
        if operation.name == "SelectObjectContent":
            root = "SelectObjectContentRequest"
            return self._documents.xml(operation.name, shape, root, self._temper)
        return self._bytes() if random.random() < 0.05 else b""

    def _bytes(self) -> bytes:
        random = self._random
        size = random.choices((0, 1, 20, 300, 9000, 70_000, 300_000), (2, 3, 9, 9, 3, 2, 0.2))[0]
        return random.randbytes(min(size, 4096)) * (size // 4096 or 1)

    def _place_members(self, draft: Draft, operation: Operation) -> None:
        random, shape = self._random, operation.input
        if shape is None:
            return
        fullness = random.choice((0.0, 0.05, 0.15, 0.5))
        for member, at in shape.members.items():
            place = at.traits.get("location")
            name = at.wire_name(member)
            if place not in {"header", "querystring", "headers"} or name == "Content-Length":
                continue
            needed = member in shape.required
            if name.startswith(_EXCLUSIVE) and random.random() < 0.97 - self._temper / 2:
                continue
            if name == "Content-MD5":
                continue
            if not needed and random.random() >= fullness:
                continue
            if place == "headers":
                draft.headers += [(name.encode() + b"a", b"b"), (name.encode() + b"c", b"d e")]
                continue
            value = self._members.value(name, at, draft.body)
            if name == "uploadId" and self._upload is not None:
                value = self._upload.upload_id.encode()
            if random.random() < self._temper / 2:
                value = junk(random)
            if place == "header":
                draft.headers.append((name.encode(), header_bytes(value)))
            else:
                draft.query.append(name.encode() + b"=" + encoded(value, random))
        if draft.body and random.random() < 0.8:
            digest = hashlib.md5(draft.body).digest()
            draft.headers.append((b"Content-MD5", base64.b64encode(digest)))
        if fullness and random.random() < 0.1:
            key = random.choice(CUSTOMER_KEYS)
            prefix = b"x-amz-server-side-encryption-customer-"
            draft.headers = [each for each in draft.headers if not each[0].startswith(prefix)] + [
                (prefix + b"algorithm", b"AES256"),
                (prefix + b"key", base64.b64encode(key)),
                (prefix + b"key-MD5", base64.b64encode(hashlib.md5(key).digest())),
            ]

    def _wild(self) -> Draft:
        random = self._random
        method = random.choice(METHODS)
        bucket = random.choice([*self._targets, "Bad_Name", "a" * 300, ".", "..", "%00", "%2F"])
        path = f"/{bucket}".encode() + random.choice((b"", *PATHS))
        if random.random() < 0.15:
            path = random.choice(PATHS) or b"/"
        draft = Draft(method, path)
        for _ in range(random.choice((0, 1, 1, 2, 3, 8))):
            name = random.choice(self._grammar.subresources).encode()
            value = junk(random) if random.random() < 0.5 else b""
            draft.query.append(name + random.choice((b"", b"=" + encoded(value, random))))
        draft.body = random.choice((b"", b"", b"<a/>", self._bytes()))
        self._label = method
        self._bending.name_host(draft)
        return draft

    def _website(self) -> Draft:
        random = self._random
        bucket = random.choice((*self._targets, *["fuzz-owner-website"] * 9))
        path = b"/" + random.choice(KEYS).encode().replace(b" ", b"%20")
        draft = Draft(
            random.choice(("GET", "GET", "HEAD", "POST", "PUT")), quote(path, "/%").encode()
        )
        if random.random() < 0.5:
            draft.path = random.choice(PATHS) or b"/"
        suffix = random.choice(("s3-website.localhost", "s3-website-us-east-1.amazonaws.com"))
        draft.host = f"{bucket}.{suffix}:{self._world.port}".encode()
        self._identity = self._world.identities["nobody"]
        self._bending.bend_headers(draft)
        return draft

    def _preflight(self) -> Draft:
        random = self._random
        bucket = random.choice((*self._targets, *["fuzz-owner-cors"] * 9))
        draft = Draft("OPTIONS", f"/{bucket}/{quote(random.choice(KEYS))}".encode())
        self._bending.name_host(draft)
        for name, values in (
            (
                b"Origin",
                (
                    b"https://a.example",
                    b"https://b.example",
                    b"http://x",
                    b"null",
                    b"*",
                    junk(random),
                ),
            ),
            (b"Access-Control-Request-Method", (b"GET", b"GET", b"PUT", b"FOO")),
            (b"Access-Control-Request-Headers", (b"x-a, x-b", b"*", junk(random))),
        ):
            if random.random() < 0.9:
                draft.headers.append((name, header_bytes(random.choice(values))))
        self._identity = self._world.identities["nobody"]
        return draft

    def _form(self) -> Draft:
        random = self._random
        draft = Draft("POST", f"/{random.choice(self._targets)}".encode())
        self._bending.name_host(draft)
        draft.body = self._bytes()
        fields = {"key": random.choice((*KEYS, "${filename}", "a/${filename}")).encode()}
        for name, values in (
            ("acl", (b"private", b"public-read", b"foo")),
            ("success_action_status", (b"200", b"201", b"204", b"999")),
            ("success_action_redirect", (b"http://example.org/x?y", b"::", b"\xff", b"/a\r\nb: c")),
            ("x-amz-meta-a", (b"b", "é".encode(), b"\xff")),
            ("x-amz-server-side-encryption", (b"AES256", b"aws:kms")),
            ("tagging", (b"<Tagging><TagSet/></Tagging>", b"<a", b"a=b")),
            ("x-amz-storage-class", (b"STANDARD", b"GLACIER")),
            ("content-type", (b"text/plain", b"a\r\nb: c", b"")),
        ):
            if random.random() < 0.2:
                fields[name] = random.choice(values)
        bodies.form(draft, self._identity, fields, random, self._temper)
        return draft
