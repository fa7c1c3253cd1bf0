"""What answers tell of the end of objects, uploads and restored copies.

Amazon S3 API Reference: ``x-amz-expiration`` and ``x-amz-restore`` of HeadObject,
``x-amz-abort-date`` of CreateMultipartUpload.
"""

from urllib.parse import quote

from lenticular.apis.aws.s3.dates import from_milliseconds, http_date
from lenticular.apis.aws.wire.service import Result
from lenticular.primitives.objects import ObjectStorage, Upload, Version


class Expiries:
    """Tells when lifecycle rules end something."""

    def __init__(self, storage: ObjectStorage) -> None:
        self._lifecycles = storage.lifecycles

    async def of_version(self, bucket: str, key: str, version: Version) -> str | None:
        """Return what ``x-amz-expiration`` says of a current version; None: it does not expire."""
        expiry = await self._lifecycles.expiry(bucket, key, version)
        if expiry is None:
            return None
        moment, rule = expiry
        return f'expiry-date="{http_date(moment // 1000)}", rule-id="{quote(rule, safe="")}"'

    async def of_upload(self, bucket: str, key: str, upload: Upload) -> Result:
        """Return the members of a result that tell when an upload is dropped."""
        abortion = await self._lifecycles.abortion(bucket, key, upload)
        if abortion is None:
            return {}
        moment, rule = abortion
        return {"AbortDate": from_milliseconds(moment), "AbortRuleId": quote(rule, safe="")}


def restore_header(version: Version) -> str | None:
    """Return what ``x-amz-restore`` says of a version; None: it has no restored copy."""
    restoration = version.restoration
    if restoration is None:
        return None
    if not restoration.until:
        return 'ongoing-request="true"'
    return f'ongoing-request="false", expiry-date="{http_date(restoration.until // 1000)}"'
