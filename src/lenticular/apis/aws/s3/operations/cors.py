"""Cross-origin resource sharing: a bucket's rules, and a browser's question before a request."""

from lenticular.apis.aws.s3.cors import (
    METHODS,
    REQUESTED_HEADERS,
    REQUESTED_METHOD,
    TOKEN,
    headers,
    read_cors,
    shown,
)
from lenticular.apis.aws.s3.errors import no_such_cors_configuration
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.apis.http import Response
from lenticular.primitives.objects import ObjectStorage
from lenticular.primitives.objects.cors import CORS
from lenticular.primitives.objects.errors import BucketNotFound


class CorsOperations:
    """Rules for pages of other origins."""

    def __init__(self, storage: ObjectStorage) -> None:
        self._settings = storage.settings

    async def put_bucket_cors(self, call: Call, params: Params) -> Result:
        """Set a bucket's rules. API reference: PutBucketCors."""
        cors = read_cors(params.get("CORSConfiguration") or {})
        action = "s3:PutBucketCORS"
        await self._settings.put(call.principal, params["Bucket"], CORS, cors, action)
        return {}

    async def get_bucket_cors(self, call: Call, params: Params) -> Result:
        """Return a bucket's rules. API reference: GetBucketCors."""
        name, action = params["Bucket"], "s3:GetBucketCORS"
        cors = await self._settings.get(call.principal, name, CORS, action)
        if cors is None:
            raise no_such_cors_configuration(name)
        return {"CORSRules": shown(cors)}

    async def delete_bucket_cors(self, call: Call, params: Params) -> Result:
        """Remove a bucket's rules, if it has any. API reference: DeleteBucketCors."""
        await self._settings.delete(call.principal, params["Bucket"], CORS, "s3:PutBucketCORS")
        return {}

    async def options_object(self, call: Call, params: Params) -> Response:
        """Tell a browser whether a page may send a request. API reference: OPTIONS object."""
        asked = call.request.headers
        if not asked.get("origin"):
            raise AwsError(
                "BadRequest", "Insufficient information. Origin request header needed.", 400
            )
        method = asked.get(REQUESTED_METHOD)
        if method not in METHODS:
            raise AwsError(
                "BadRequest", f"Invalid Access-Control-Request-Method: {method or 'null'}", 400
            )
        try:
            cors = await self._settings.find(params["Bucket"], CORS)
        except BucketNotFound:
            raise _forbidden("Bucket not found", method) from None
        if cors is None:
            raise _forbidden("CORS is not enabled for this bucket.", method)
        listed = asked.get(REQUESTED_HEADERS, "").split(",")
        names = [name for item in listed if (name := item.strip().lower())]
        match = cors.match(asked["origin"], method, names)
        if match is None or not all(map(TOKEN.fullmatch, names)):
            raise _forbidden(
                "This CORS request is not allowed. This is usually because the evalution of "
                "Origin, request method / Access-Control-Request-Method or "
                "Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
                method,
            )
        return Response(200, headers(match, names))


def _forbidden(reason: str, method: str) -> AwsError:
    return AwsError("AccessForbidden", f"CORSResponse: {reason}", 403, fields={"Method": method})
