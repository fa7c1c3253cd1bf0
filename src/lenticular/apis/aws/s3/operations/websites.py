"""Website hosting: what a bucket shows, and showing it.

Amazon S3 User Guide, "Hosting a static website using Amazon S3", "Website endpoints",
"Configuring a webpage redirect". Visitors are nobody: they see what everybody may.
"""

from dataclasses import replace
from urllib.parse import quote

from lenticular.apis.aws.s3.errors import (
    method_not_allowed,
    no_such_website_configuration,
)
from lenticular.apis.aws.s3.headers import REDIRECT
from lenticular.apis.aws.s3.operations.objects import ObjectOperations
from lenticular.apis.aws.s3.translation import translate
from lenticular.apis.aws.s3.websites import read_website, shown
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.protocols.website import ErrorDocumentFailed
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.apis.http import Request, Response
from lenticular.primitives.access import AccessDenied
from lenticular.primitives.objects import ObjectStorage
from lenticular.primitives.objects.errors import ObjectNotFound, VersionIsMarker
from lenticular.primitives.objects.websites import MOVED, WEBSITE, Redirect, Website

_FOUND = 302
_NOT_SHOWN = (AccessDenied, ObjectNotFound, VersionIsMarker)


class WebsiteOperations:
    """Buckets as websites."""

    def __init__(self, storage: ObjectStorage, objects: ObjectOperations) -> None:
        self._settings = storage.settings
        self._storage = storage.objects
        self._objects = objects

    async def put_bucket_website(self, call: Call, params: Params) -> Result:
        """Make a bucket a website. API reference: PutBucketWebsite."""
        website = read_website(params.get("WebsiteConfiguration") or {})
        action = "s3:PutBucketWebsite"
        await self._settings.put(call.principal, params["Bucket"], WEBSITE, website, action)
        return {}

    async def get_bucket_website(self, call: Call, params: Params) -> Result:
        """Return how a bucket is a website. API reference: GetBucketWebsite."""
        name, action = params["Bucket"], "s3:GetBucketWebsite"
        website = await self._settings.get(call.principal, name, WEBSITE, action)
        if website is None:
            raise no_such_website_configuration(name)
        return shown(website)

    async def delete_bucket_website(self, call: Call, params: Params) -> Response:
        """Let a bucket be no website. API reference: DeleteBucketWebsite."""
        name, action = params["Bucket"], "s3:DeleteBucketWebsite"
        await self._settings.delete(call.principal, name, WEBSITE, action)
        return Response(204)

    async def get_website_object(self, call: Call, params: Params) -> Response:
        """Show a page. User guide: Website endpoints."""
        request, bucket, key = call.request, params["Bucket"], params["Key"]
        if request.method not in ("GET", "HEAD"):
            raise method_not_allowed(request.method)
        website = await self._settings.find(bucket, WEBSITE)
        if website is None:
            raise no_such_website_configuration(bucket)
        if website.redirect_all is not None:
            query = f"?{request.raw_query}" if request.raw_query else ""
            location = _location(request, website.redirect_all, key)
            return _moved(MOVED, location + query)
        if rule := website.rule_for(key):
            return _moved(rule.redirect.status, _location(request, rule.redirect, rule.target(key)))
        # What the query says of an object's version or of headers counts on S3's own hosts only.
        call = replace(call, request=replace(request, raw_query=""))
        try:
            return await self._page(call, params, website.index)
        except Exception as error:
            refusal = error if isinstance(error, AwsError) else translate(error)
            if refusal is None or refusal.status >= 500:
                raise
            return await self._refused(call, params, website, refusal)

    async def _page(self, call: Call, params: Params, index: str) -> Response:
        key = params["Key"]
        is_folder = not key or key.endswith("/")
        try:
            page = await self._read(call, {**params, "Key": key + index if is_folder else key})
        except _NOT_SHOWN:
            if not is_folder and await self._is_shown(call, params["Bucket"], f"{key}/{index}"):
                return _moved(_FOUND, _local(f"{key}/"))
            raise
        target = dict(page.headers).get(REDIRECT)
        return page if target is None else _moved(MOVED, target)

    async def _refused(
        self, call: Call, params: Params, website: Website, refusal: AwsError
    ) -> Response:
        """Return what a website has in place of an error. Raises the error where it has nothing."""
        key = params["Key"]
        if rule := website.rule_for(key, refusal.status):
            location = _location(call.request, rule.redirect, rule.target(key))
            return _moved(rule.redirect.status, location)
        if not website.error:
            raise refusal
        try:
            page = await self._read(call, {"Bucket": params["Bucket"], "Key": website.error})
        except _NOT_SHOWN as error:
            raise ErrorDocumentFailed(refusal, translate(error)) from error
        page.status = refusal.status
        page.is_refusal = refusal.is_refusal
        page.headers.append(("x-amz-error-code", refusal.code))
        return page

    async def _read(self, call: Call, params: Params) -> Response:
        if call.request.method == "HEAD":
            return await self._objects.head_object(call, params)
        return await self._objects.get_object(call, params)

    async def _is_shown(self, call: Call, bucket: str, key: str) -> bool:
        try:
            await self._storage.get(call.principal, bucket, key, load=False)
        except _NOT_SHOWN:
            return False
        return True


def _moved(status: int, location: str) -> Response:
    return Response(status, [("location", location)])


def _location(request: Request, redirect: Redirect, key: str) -> str:
    """Return the URL of a key where a redirect sends to."""
    if not redirect.host and not redirect.protocol:
        return _local(key)
    protocol = redirect.protocol or request.scheme
    return f"{protocol}://{redirect.host or request.host}/{_quoted(key)}"


def _local(key: str) -> str:
    """Return the path of a key on the same host.

    A key may begin with a slash; two of them would name another host.
    """
    path = _quoted(key)
    return f"/%2F{path[1:]}" if path.startswith("/") else f"/{path}"


def _quoted(key: str) -> str:
    return quote(key, safe="/-_.~!$'()*,:@&=+;")
