"""Metrics configurations: which requests to a bucket are counted together."""

from collections.abc import Mapping
from typing import Any

from lenticular.apis.aws.s3.configurations import (
    check_id,
    configured,
    no_such_configuration,
    page,
    require_room,
)
from lenticular.apis.aws.s3.errors import malformed_xml, not_implemented
from lenticular.apis.aws.s3.tags import MAX_OBJECT_TAGS, document_tags, tag_set
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.objects import ObjectStorage
from lenticular.primitives.objects.bucketmetrics import METRICS, MetricsConfiguration

_PUT = "s3:PutMetricsConfiguration"
_GET = "s3:GetMetricsConfiguration"


class MetricsOperations:
    """Metrics configurations of buckets."""

    def __init__(self, storage: ObjectStorage) -> None:
        self._settings = storage.settings
        self._watches = storage.watches

    async def put_bucket_metrics_configuration(self, call: Call, params: Params) -> Result:
        """Count requests. API reference: PutBucketMetricsConfiguration."""
        name = params["Bucket"]
        known = await self._settings.list(call.principal, name, METRICS, _PUT)
        given = params.get("MetricsConfiguration") or {}
        configuration_id = check_id(params, given)
        require_room(known, configuration_id)
        configuration = _configuration(given.get("Filter"))
        await self._settings.put(
            call.principal, name, METRICS, configuration, _PUT, configuration_id
        )
        self._watches.forget(name)
        return {}

    async def get_bucket_metrics_configuration(self, call: Call, params: Params) -> Result:
        """Tell what is counted. API reference: GetBucketMetricsConfiguration."""
        found = await configured(self._settings, call, params, METRICS, _GET)
        return {"MetricsConfiguration": _shown(params["Id"], found)}

    async def delete_bucket_metrics_configuration(self, call: Call, params: Params) -> Result:
        """Count no more. API reference: DeleteBucketMetricsConfiguration."""
        name, configuration_id = params["Bucket"], params["Id"]
        if not await self._settings.delete(call.principal, name, METRICS, _PUT, configuration_id):
            raise no_such_configuration(configuration_id)
        self._watches.forget(name)
        return {}

    async def list_bucket_metrics_configurations(self, call: Call, params: Params) -> Result:
        """List what is counted. API reference: ListBucketMetricsConfigurations."""
        found = await self._settings.list(call.principal, params["Bucket"], METRICS, _GET)
        return page(params, "MetricsConfigurationList", found, _shown)


def _configuration(given: Mapping[str, Any] | None) -> MetricsConfiguration:
    if given is None:
        return MetricsConfiguration()
    named = [name for name, value in given.items() if value is not None]
    if len(named) != 1:
        raise malformed_xml()
    joined = named == ["And"]
    found = given["And"] if joined else given
    if found.get("AccessPointArn") is not None:
        raise not_implemented("MetricsConfiguration/Filter/AccessPointArn")
    tags = found.get("Tags") or [] if joined else [found["Tag"]] if "Tag" in found else []
    read = document_tags({"TagSet": tags}, MAX_OBJECT_TAGS)
    if joined and (found.get("Prefix") is not None) + len(read) < 2:
        raise malformed_xml()
    return MetricsConfiguration(found.get("Prefix"), tuple(read.items()), joined)


def _shown(configuration_id: str, found: MetricsConfiguration) -> dict[str, Any]:
    shown: dict[str, Any] = {"Id": configuration_id}
    tags = tag_set(dict(found.tags))
    if found.joined:
        shown["Filter"] = {"And": {"Prefix": found.prefix, "Tags": tags or None}}
    elif found.prefix is not None or tags:
        shown["Filter"] = {"Prefix": found.prefix, "Tag": tags[0] if tags else None}
    return shown
