"""Uploads from HTML forms: PutObject, with what a browser is told afterwards.

Amazon S3 API Reference, "POST Object". By here the form's fields stand where PutObject's
headers do, and whoever signed its policy is the caller (``wire/posts.py``).
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import quote, urlencode

from lenticular.apis.aws.s3.documents import element
from lenticular.apis.aws.s3.errors import (
    MAX_PUT_SIZE,
    entity_too_large,
    entity_too_small,
    malformed_xml,
)
from lenticular.apis.aws.s3.post_policies import read_policy
from lenticular.apis.aws.s3.tags import MAX_OBJECT_TAGS, document_tags
from lenticular.apis.aws.wire.posts import FormFile
from lenticular.apis.aws.wire.protocols.xml import DECLARATION, decode
from lenticular.apis.aws.wire.service import Call, Params
from lenticular.apis.http import Body, Request, Response

PutObject = Callable[[Call, Params], Awaitable[Response]]
_URL = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_IN_PATH = "/-_.~!$'()*,:@&=+;%"


class PostOperations:
    """Objects out of forms."""

    def __init__(self, put_object: PutObject) -> None:
        """Store with `put_object`, which answers with headers."""
        self._put_object = put_object

    async def post_object(self, call: Call, params: Params) -> Response:
        """Store the file of a form. API reference: POST Object."""
        file: FormFile = params["Body"]
        fields = {**file.fields, "bucket": params["Bucket"]}
        smallest, largest = 0, MAX_PUT_SIZE
        if "policy" in fields:
            policy = read_policy(fields["policy"])
            policy.check(fields, call.request.received)
            smallest, largest = policy.smallest, policy.largest
        if "tagging" in fields:
            params["Tagging"] = urlencode(_tags(fields["tagging"]))
        params["Body"] = file.having(_Measured(file.source, smallest, largest))
        stored = await self._put_object(call, params)
        return _answer(call.request, fields, stored)


class _Measured(Body):
    """The bytes of a file that must be of a certain size."""

    def __init__(self, source: Body, smallest: int, largest: int) -> None:
        self._source = source
        self._smallest = smallest
        self._largest = largest

    @property
    def size(self) -> None:
        return None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for data in self._source:
            size += len(data)
            if size > self._largest:
                raise entity_too_large(size, self._largest)
            yield data
        if size < self._smallest:
            raise entity_too_small(size, self._smallest)


def _tags(document: str) -> dict[str, str]:
    """Return the tags of a Tagging document. Raises Malformed, MalformedXML and InvalidTag."""
    given = decode(document.encode()).find("{*}TagSet")
    if given is None:
        raise malformed_xml()
    tags = [
        {"Key": tag.findtext("{*}Key"), "Value": tag.findtext("{*}Value")}
        for tag in given.iterfind("{*}Tag")
    ]
    return document_tags({"TagSet": tags}, MAX_OBJECT_TAGS)


def _answer(request: Request, fields: dict[str, str], stored: Response) -> Response:
    """Return what the form asks to be answered when its file is stored."""
    bucket, key = fields["bucket"], fields["key"]
    etag = dict(stored.headers)["etag"]
    wanted = fields.get("success_action_redirect") or fields.get("redirect", "")
    if _URL.fullmatch(wanted):
        target = _having(wanted, urlencode({"bucket": bucket, "key": key, "etag": etag}))
        return Response(303, [*stored.headers, ("location", target)])
    location = _location(request, key)
    headers = [*stored.headers, ("location", location)]
    match fields.get("success_action_status"):
        case "200":
            return Response(200, headers)
        case "201":
            headers.append(("content-type", "application/xml"))
            return Response(201, headers, _document(location, bucket, key, etag))
    return Response(204, headers)


def _having(url: str, query: str) -> str:
    """Return a URL with more at the end of its query."""
    url, mark, fragment = url.partition("#")
    return f"{url}{'&' if '?' in url else '?'}{query}{mark}{fragment}"


def _location(request: Request, key: str) -> str:
    """Return the URL of an object of the bucket that a request is to."""
    folder = quote(request.raw_path.rstrip("/"), safe=_IN_PATH)
    return f"{request.scheme}://{request.host}{folder}/{quote(key, safe=_IN_PATH[:-1])}"


def _document(location: str, bucket: str, key: str, etag: str) -> bytes:
    members = {"Location": location, "Bucket": bucket, "Key": key, "ETag": etag}
    inner = "".join(element(name, value) for name, value in members.items())
    return f"{DECLARATION}<PostResponse>{inner}</PostResponse>".encode()
