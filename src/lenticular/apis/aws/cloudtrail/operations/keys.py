"""The keys that digest files are signed with: ListPublicKeys."""

import time

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.audit.digests import DigestKeys


class KeyOperations:
    """What is told of the signing keys."""

    def __init__(self, keys: DigestKeys) -> None:
        self._keys = keys

    async def list_public_keys(self, call: Call, params: Params) -> Result:
        """List the public keys that were valid within a time; without one, that are now."""
        call.require("cloudtrail:ListPublicKeys")
        now = time.time()
        start = params["StartTime"].timestamp() if "StartTime" in params else now
        end = params["EndTime"].timestamp() if "EndTime" in params else max(start, now)
        if start > end:
            raise AwsError(
                "InvalidTimeRangeException", "The start of the time range is after its end"
            )
        if "NextToken" in params:
            raise AwsError("InvalidTokenException", "The token was not given out here")
        key = await self._keys.find()
        if key is None or key.created > end or key.expires < start:
            return {"PublicKeyList": []}
        listed = {
            "Value": key.public,
            "ValidityStartTime": key.created,
            "ValidityEndTime": key.expires,
            "Fingerprint": key.fingerprint,
        }
        return {"PublicKeyList": [listed]}
