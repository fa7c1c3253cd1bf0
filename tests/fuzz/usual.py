"""Requests as clients send them, which bring the cloud into states that are worth trying."""

import base64
import hashlib
import re
from collections.abc import Callable
from random import Random
from urllib.parse import quote

from .documents import escape
from .members import Memory, Upload
from .signing import Draft
from .templates import SELECTIONS
from .values import KEYS
from .wire import Answer
from .world import World

Made = tuple[Draft, str, Callable[[Answer], None] | None]

_NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
_WEBSITE = (
    b"<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument>"
    b"<ErrorDocument><Key>a</Key></ErrorDocument></WebsiteConfiguration>"
)
_CORS = (
    b"<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod>"
    b"<AllowedOrigin>https://*.example</AllowedOrigin><AllowedHeader>*</AllowedHeader></CORSRule>"
    b"</CORSConfiguration>"
)


class Usual:
    """Makes valid requests, of which some lead on from what answers told."""

    def __init__(self, world: World, random: Random, memory: Memory, targets: list[str]) -> None:
        self._world = world
        self._random = random
        self._memory = memory
        self._bucket = random.choice(targets)
        self._key = random.choice(KEYS)

    def request(self) -> Made:
        """Return a request, its name, and what takes in its answer."""
        kinds = {
            self._put: 10,
            self._get: 8,
            self._list: 4,
            self._begin_upload: 3,
            self._upload_part: 6,
            self._complete: 3,
            self._copy: 4,
            self._delete: 3,
            self._delete_many: 1,
            self._version: 5,
            self._select: 2,
            self._heal: 3,
            self._restore: 1,
        }
        return self._random.choices(list(kinds), kinds.values())[0]()

    def _draft(self, method: str, *query: str, key: str | None = "", bucket: str = "") -> Draft:
        path = f"/{bucket or self._bucket}"
        if key is not None:
            path += "/" + quote(key or self._key, safe="/")
        return Draft(method, path.encode(), [item.encode() for item in query])

    def _put(self) -> Made:
        random = self._random
        draft = self._draft("PUT")
        size = random.choice((0, 10, 10, 500, 5000, 70_000))
        draft.body = random.choice((b"a,b\n1,2\n", b'{"a":1}\n', random.randbytes(9))) * (size // 8)
        if random.random() < 0.3:
            draft.headers.append((b"x-amz-meta-name", b"value"))
        if random.random() < 0.2:
            encryption = random.choice((b"AES256", b"aws:kms"))
            draft.headers.append((b"x-amz-server-side-encryption", encryption))
        archived = random.random() < 0.1
        if archived:
            draft.headers.append((b"x-amz-storage-class", b"GLACIER"))
        bucket, key = self._bucket, self._key
        memory = self._memory

        def note(answer: Answer) -> None:
            if "x-amz-version-id" in answer.headers:
                memory.versions.append((bucket, key, answer.headers["x-amz-version-id"]))
            if archived:
                memory.archived.append((bucket, key))
            if "etag" in answer.headers:
                memory.etags.append(answer.headers["etag"].strip('"'))

        return draft, "PutObject", note

    def _get(self) -> Made:
        random = self._random
        draft = self._draft(random.choice(("GET", "GET", "HEAD")))
        if random.random() < 0.3:
            draft.headers.append((b"range", b"bytes=2-9"))
        if random.random() < 0.1:
            draft.query.append(b"response-content-type=text%2Fplain")
        return draft, "GetObject", None

    def _list(self) -> Made:
        random, memory = self._random, self._memory
        query = random.choice(
            (
                ("list-type=2", "max-keys=3"),
                ("versions", "max-keys=5"),
                ("uploads",),
                ("delimiter=%2F",),
                ("list-type=2", "encoding-type=url"),
            )
        )
        draft = self._draft("GET", *query, key=None)

        def note(answer: Answer) -> None:
            found = re.search(rb"<(?:NextContinuationToken|NextMarker)>([^<]+)", answer.body)
            if found:
                memory.tokens.append(found[1].decode())

        return draft, "List", note

    def _begin_upload(self) -> Made:
        draft = self._draft("POST", "uploads")
        if self._random.random() < 0.3:
            draft.headers.append((b"x-amz-server-side-encryption", b"AES256"))
        memory, bucket, key = self._memory, self._bucket, self._key

        def note(answer: Answer) -> None:
            found = re.search(rb"<UploadId>([^<]+)", answer.body)
            if found:
                memory.uploads.append(Upload(bucket, key, found[1].decode()))

        return draft, "CreateMultipartUpload", note

    def _upload_part(self) -> Made:
        random = self._random
        if not self._memory.uploads:
            return self._begin_upload()
        upload = random.choice(self._memory.uploads)
        number = random.choice((1, 2, 3))
        draft = self._draft(
            "PUT",
            f"partNumber={number}",
            f"uploadId={upload.upload_id}",
            key=upload.key,
            bucket=upload.bucket,
        )
        large = random.random() < 0.01
        draft.body = b"part-of!" * ((5 << 17) if large else random.choice((1, 1000, 9000)))

        def note(answer: Answer) -> None:
            if answer.status == 200 and "etag" in answer.headers:
                upload.parts[number] = answer.headers["etag"]

        return draft, "UploadPart", note

    def _complete(self) -> Made:
        random = self._random
        if not self._memory.uploads:
            return self._begin_upload()
        upload = random.choice(self._memory.uploads)
        query = f"uploadId={upload.upload_id}"
        if random.random() < 0.2:
            draft = self._draft(
                random.choice(("GET", "DELETE")), query, key=upload.key, bucket=upload.bucket
            )
            return draft, "ListParts", None
        numbers = sorted(upload.parts) or [1]
        if random.random() < 0.5:
            numbers = numbers[:1]
        parts = "".join(
            f"<Part><PartNumber>{number}</PartNumber>"
            f"<ETag>{upload.parts.get(number, 'x')}</ETag></Part>"
            for number in numbers
        )
        draft = self._draft("POST", query, key=upload.key, bucket=upload.bucket)
        draft.body = (
            f"<CompleteMultipartUpload {_NAMESPACE}>{parts}</CompleteMultipartUpload>".encode()
        )
        return draft, "CompleteMultipartUpload", None

    def _copy(self) -> Made:
        random = self._random
        bucket = random.choice(self._world.buckets["owner"])
        draft = self._draft("PUT")
        source = f"/{bucket}/{quote(random.choice(KEYS))}"
        if self._memory.versions and random.random() < 0.4:
            bucket, key, version = random.choice(self._memory.versions)
            source = f"/{bucket}/{quote(key)}?versionId={version}"
        draft.headers.append((b"x-amz-copy-source", source.encode()))
        if random.random() < 0.3:
            draft.headers.append((b"x-amz-metadata-directive", b"REPLACE"))
        if self._memory.uploads and random.random() < 0.3:
            upload = random.choice(self._memory.uploads)
            draft = self._draft(
                "PUT",
                "partNumber=1",
                f"uploadId={upload.upload_id}",
                key=upload.key,
                bucket=upload.bucket,
            )
            draft.headers.append((b"x-amz-copy-source", source.encode()))
        return draft, "CopyObject", None

    def _delete(self) -> Made:
        return self._draft("DELETE"), "DeleteObject", None

    def _delete_many(self) -> Made:
        keys = self._random.sample(KEYS, 3)
        objects = "".join(
            f"<Object><Key>{key.replace('&', '&amp;')}</Key></Object>" for key in keys
        )
        draft = self._draft("POST", "delete", key=None)
        draft.body = f"<Delete {_NAMESPACE}>{objects}</Delete>".encode()
        digest = base64.b64encode(hashlib.md5(draft.body).digest())
        draft.headers.append((b"Content-MD5", digest))
        return draft, "DeleteObjects", None

    def _version(self) -> Made:
        random = self._random
        if not self._memory.versions:
            return self._put()
        bucket, key, version = random.choice(self._memory.versions)
        query = random.choice(("", "", "tagging", "acl", "attributes", "retention", "legal-hold"))
        items = [item for item in (query, f"versionId={quote(version)}") if item]
        method = random.choice(("GET", "DELETE")) if query in {"", "tagging"} else "GET"
        draft = self._draft(method, *items, key=key, bucket=bucket)
        if query == "attributes":
            draft.headers.append((b"x-amz-object-attributes", b"ETag,Checksum,ObjectSize"))
        return draft, f"version {query}", None

    def _select(self) -> Made:
        random = self._random
        form, key = random.choice(
            (
                ("<CSV><FileHeaderInfo>USE</FileHeaderInfo></CSV>", "table.csv"),
                ("<JSON><Type>LINES</Type></JSON>", "rows.json"),
            )
        )
        statement = escape(random.choice(SELECTIONS))
        draft = self._draft("POST", "select", "select-type=2", key=key)
        draft.body = (
            f"<SelectObjectContentRequest {_NAMESPACE}><Expression>{statement}</Expression>"
            f"<ExpressionType>SQL</ExpressionType><InputSerialization>{form}</InputSerialization>"
            "<OutputSerialization><JSON/></OutputSerialization></SelectObjectContentRequest>"
        ).encode()
        return draft, "SelectObjectContent", None

    def _restore(self) -> Made:
        if not self._memory.archived:
            return self._put()
        bucket, key = self._random.choice(self._memory.archived)
        draft = self._draft("POST", "restore", key=key, bucket=bucket)
        draft.body = f"<RestoreRequest {_NAMESPACE}><Days>1</Days></RestoreRequest>".encode()
        return draft, "RestoreObject", None

    def _page(self) -> Made:
        """Let the buckets of a website and for other sites' scripts be that again."""
        what = self._random.choice(("policy", "website", "cors"))
        bucket = f"fuzz-owner-{'cors' if what == 'cors' else 'website'}"
        draft = self._draft("PUT", what, key=None, bucket=bucket)
        draft.body = {
            "policy": (
                '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":'
                f'"s3:GetObject","Resource":"arn:aws:s3:::{bucket}/*"}}}}'
            ).encode(),
            "website": _WEBSITE,
            "cors": _CORS,
        }[what]
        digest = base64.b64encode(hashlib.md5(draft.body).digest())
        draft.headers.append((b"Content-MD5", digest))
        return draft, f"Put {what}", None

    def _heal(self) -> Made:
        """Undo settings that would let nothing else happen in a bucket."""
        what = self._random.choice(("policy", "lifecycle", "encryption", "", "website", "create"))
        if what == "website" or self._bucket.endswith(("-website", "-cors")):
            return self._page()
        if what == "create":
            return self._draft("PUT", key=None), "CreateBucket", None
        if what == "":
            draft = self._draft("PUT", "versioning", key=None)
            status = self._random.choice(("Enabled", "Suspended"))
            draft.body = (
                f"<VersioningConfiguration {_NAMESPACE}><Status>{status}</Status>"
                "</VersioningConfiguration>"
            ).encode()
            return draft, "PutBucketVersioning", None
        return self._draft("DELETE", what, key=None), f"Delete {what}", None
