"""Requester Pays: those who ask for another account's objects pay for it, and say so.

Amazon S3 User Guide, "Using Requester Pays buckets for storage transfers and usage".
"""

from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.apis.http import Response
from lenticular.primitives.objects import Buckets
from lenticular.primitives.objects.errors import BucketNotFound
from lenticular.primitives.objects.rights import REQUESTER

PAYER = "x-amz-request-payer"


async def is_charged(buckets: Buckets, call: Call, params: Params) -> bool:
    """Tell whether the caller pays for a call, and not the bucket's owner."""
    if call.request.headers.get(PAYER) != REQUESTER or "Bucket" not in params:
        return False
    try:
        bucket = await buckets.find(params["Bucket"])
    except BucketNotFound:
        return False
    return bucket.requester_pays and bucket.account_id != call.principal.account_id


def told(result: Result | Response | bytes) -> Result | Response | bytes:
    """Return the result of a call with the word that its caller was charged."""
    if isinstance(result, Response):
        result.headers.append(("x-amz-request-charged", REQUESTER))
    elif isinstance(result, bytes):
        return told(Response(200, [("content-type", "application/xml")], result))
    else:
        result["RequestCharged"] = REQUESTER
    return result
