"""Object Lock: retention and legal hold of objects, and what a bucket retains by default."""

from lenticular.apis.aws.s3.checksums import require_digest
from lenticular.apis.aws.s3.dates import from_milliseconds
from lenticular.apis.aws.s3.errors import no_such_lock
from lenticular.apis.aws.s3.locks import (
    default_document,
    document_default,
    document_hold,
    document_retention,
    hold_status,
)
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.objects import ObjectStorage


class LockOperations:
    """The locks of objects and buckets."""

    def __init__(self, storage: ObjectStorage) -> None:
        self._locks = storage.locks

    async def put_object_lock_configuration(self, call: Call, params: Params) -> Result:
        """Set what a bucket retains by default. API: PutObjectLockConfiguration."""
        require_digest(call)
        default = document_default(params.get("ObjectLockConfiguration") or {})
        await self._locks.set_default(call.principal, params["Bucket"], default)
        return {}

    async def get_object_lock_configuration(self, call: Call, params: Params) -> Result:
        """Return what a bucket retains by default. API: GetObjectLockConfiguration."""
        lock = await self._locks.of_bucket(call.principal, params["Bucket"])
        return {"ObjectLockConfiguration": default_document(lock.default)}

    async def put_object_retention(self, call: Call, params: Params) -> Result:
        """Retain a version. API reference: PutObjectRetention."""
        require_digest(call)
        asked = document_retention(params.get("Retention") or {})
        await self._locks.retain(
            call.principal,
            params["Bucket"],
            params["Key"],
            params.get("VersionId"),
            asked.mode,
            asked.until,
            bypass=bool(params.get("BypassGovernanceRetention")),
        )
        return {}

    async def get_object_retention(self, call: Call, params: Params) -> Result:
        """Return how a version is retained. API reference: GetObjectRetention."""
        lock = await self._locks.get(
            call.principal,
            params["Bucket"],
            params["Key"],
            params.get("VersionId"),
            "s3:GetObjectRetention",
        )
        if not lock.mode:
            raise no_such_lock(params["Key"])
        return {"Retention": {"Mode": lock.mode, "RetainUntilDate": from_milliseconds(lock.until)}}

    async def put_object_legal_hold(self, call: Call, params: Params) -> Result:
        """Put a version under legal hold, or out of it. API reference: PutObjectLegalHold."""
        require_digest(call)
        held = document_hold(params.get("LegalHold") or {})
        await self._locks.hold(
            call.principal, params["Bucket"], params["Key"], params.get("VersionId"), on=held
        )
        return {}

    async def get_object_legal_hold(self, call: Call, params: Params) -> Result:
        """Tell whether a version is under legal hold. API reference: GetObjectLegalHold."""
        lock = await self._locks.get(
            call.principal,
            params["Bucket"],
            params["Key"],
            params.get("VersionId"),
            "s3:GetObjectLegalHold",
        )
        status = hold_status(lock)
        if status is None:
            raise no_such_lock(params["Key"])
        return {"LegalHold": {"Status": status}}
