"""Logging: where the access log of a bucket goes."""

from collections.abc import Mapping
from typing import Any

from lenticular.apis.aws.s3.errors import malformed_xml
from lenticular.apis.aws.s3.grants import AccessLists
from lenticular.apis.aws.s3.ownership import BUCKET_OWNER_ENFORCED
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.objects import Bucket, ObjectStorage
from lenticular.primitives.objects.accesslogs.spool import (
    DELIVERY_TIME,
    EVENT_TIME,
    LOGGING,
    SIMPLE,
    Logging,
)
from lenticular.primitives.objects.deliveries import BucketRefused
from lenticular.primitives.objects.errors import BucketNotFound

MAX_PREFIX = 800
"""Characters that leave room for what is put behind them in a key."""

_PERMISSIONS = frozenset({"FULL_CONTROL", "READ", "WRITE"})


class LoggingOperations:
    """Access logs of buckets."""

    def __init__(self, storage: ObjectStorage, access_lists: AccessLists) -> None:
        self._storage = storage
        self._access_lists = access_lists

    async def put_bucket_logging(self, call: Call, params: Params) -> Result:
        """Say where a bucket's access log goes, or that it has none. API: PutBucketLogging."""
        action, name, settings = "s3:PutBucketLogging", params["Bucket"], self._storage.settings
        bucket = await self._storage.buckets.get(call.principal, name, action)
        given = (params.get("BucketLoggingStatus") or {}).get("LoggingEnabled")
        if given is None:
            await settings.delete(call.principal, name, LOGGING, action)
        else:
            wanted = await self._wanted(bucket, given)
            await settings.put(call.principal, name, LOGGING, wanted, action)
        self._storage.watches.forget(name)
        return {}

    async def get_bucket_logging(self, call: Call, params: Params) -> Result:
        """Tell where a bucket's access log goes. API reference: GetBucketLogging."""
        found = await self._storage.settings.get(
            call.principal, params["Bucket"], LOGGING, "s3:GetBucketLogging"
        )
        if found is None:
            return {}
        shown: dict[str, Any] = {"TargetBucket": found.bucket, "TargetPrefix": found.prefix}
        if found.grants:
            shown["TargetGrants"] = await self._access_lists.shown(found.grants)
        if found.form == SIMPLE:
            shown["TargetObjectKeyFormat"] = {"SimplePrefix": {}}
        elif found.form:
            source = {"PartitionDateSource": found.form}
            shown["TargetObjectKeyFormat"] = {"PartitionedPrefix": source}
        return {"LoggingEnabled": shown}

    async def _wanted(self, bucket: Bucket, given: Mapping[str, Any]) -> Logging:
        """Return what a document describes. Raises as S3 does where its bucket will not do."""
        target, prefix = given.get("TargetBucket"), given.get("TargetPrefix")
        if not target or prefix is None or len(prefix) > MAX_PREFIX:
            raise malformed_xml()
        wanted = Logging(target, prefix, _form(given.get("TargetObjectKeyFormat") or {}))
        target_bucket = await self._target(bucket, wanted)
        grants = given.get("TargetGrants") or ()
        if not grants:
            return wanted
        if target_bucket.ownership == BUCKET_OWNER_ENFORCED:
            raise AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs")
        if any(grant.get("Permission") not in _PERMISSIONS for grant in grants):
            raise malformed_xml()
        read = await self._access_lists.of_grants(grants)
        return Logging(wanted.bucket, wanted.prefix, wanted.form, read)

    async def _target(self, bucket: Bucket, wanted: Logging) -> Bucket:
        try:
            target = await self._storage.buckets.find(wanted.bucket)
        except BucketNotFound:
            raise _invalid_target(
                "The target bucket for logging does not exist", wanted.bucket
            ) from None
        if target.account_id != bucket.account_id:
            raise _invalid_target(
                "The owner for the bucket to be logged and the target bucket must be the same.",
                wanted.bucket,
            )
        if target.region != bucket.region:
            raise AwsError(
                "CrossLocationLoggingProhibitted",  # as S3 spells it
                "Cross S3 location logging not allowed. A bucket in one location cannot log "
                "information to a bucket in another location.",
                403,
                fields={"TargetBucket": wanted.bucket},
            )
        if target.lock is not None and target.lock.default is not None:
            raise _invalid_target(
                "The target bucket for logging cannot have a default retention.", wanted.bucket
            )
        try:
            return await self._storage.access_logs.check(bucket, wanted)
        except BucketRefused:
            raise _invalid_target(
                "The target bucket does not take the log: allow s3:PutObject below the prefix to "
                '{"Service": "logging.s3.amazonaws.com"} in its policy, or give the log-delivery '
                "group WRITE and READ_ACP permissions to it",
                wanted.bucket,
            ) from None


def _form(given: Mapping[str, Any]) -> str:
    """Return how files are to be named."""
    partitioned, simple = given.get("PartitionedPrefix"), given.get("SimplePrefix")
    if partitioned is not None and simple is not None:
        raise malformed_xml()
    if partitioned is None:
        return "" if simple is None else SIMPLE
    source = partitioned.get("PartitionDateSource")
    if source not in (EVENT_TIME, DELIVERY_TIME):
        raise malformed_xml()
    return str(source)


def _invalid_target(message: str, bucket: str) -> AwsError:
    return AwsError("InvalidTargetBucketForLogging", message, fields={"TargetBucket": bucket})
