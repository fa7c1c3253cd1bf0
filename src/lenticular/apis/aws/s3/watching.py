"""Watching: what is recorded of a request once its answer has gone out.

A line in the access log of its bucket, and its part of the bucket's metrics, where these are
wanted: where they are not, it costs a look into a table.
"""

from collections.abc import Mapping

from lenticular.apis.aws.s3.logoperations import BATCH_DELETE, COPY_SOURCE, log_operation
from lenticular.apis.aws.s3.operations.copies import copy_source
from lenticular.apis.aws.wire.protocols.s3 import HOST_ID
from lenticular.apis.aws.wire.service import Exchange, Outcome
from lenticular.primitives.metrics import Metrics
from lenticular.primitives.objects import ObjectStorage
from lenticular.primitives.objects.accesslogs import lines
from lenticular.primitives.objects.accesslogs.spool import Logging
from lenticular.primitives.objects.bucketmetrics import Answered, count
from lenticular.primitives.objects.watches import Watch
from lenticular.primitives.principals import Principal

_CHANGES_BUCKET = frozenset({"CreateBucket", "DeleteBucket"})
_READS = frozenset({"GetObject", "GetWebsiteObject", "HeadObject"})
_WRITES = frozenset({"PutObject", "UploadPart"})
_LISTS = frozenset({"ListObjects", "ListObjectsV2", "ListObjectVersions"})


class Watching:
    """Records what the buckets of one cloud want recorded."""

    def __init__(self, storage: ObjectStorage, metrics: Metrics) -> None:
        self._watches = storage.watches
        self._logs = storage.access_logs
        self._metrics = metrics

    async def __call__(self, exchange: Exchange) -> None:
        """Record a request."""
        name = exchange.params.get("Bucket")
        if name is None:
            return
        if exchange.operation in _CHANGES_BUCKET:
            self._watches.forget(name)
        watch = await self._watches.named(name)
        if watch is not None:
            if watch.logging is not None:
                self._log(exchange, watch, watch.logging)
            if watch.metrics:
                await self._count(exchange, watch)
        if exchange.operation in COPY_SOURCE and not exchange.response.error:
            await self._log_source(exchange)

    def _log(self, exchange: Exchange, watch: Watch, wanted: Logging) -> None:
        key = exchange.params.get("Key")
        operation = log_operation(exchange.operation, exchange.request.method)
        self._add(watch, wanted, _line(exchange, watch, operation, key))
        for outcome in exchange.outcomes:
            self._add(watch, wanted, _batch_line(exchange, watch, outcome))

    async def _log_source(self, exchange: Exchange) -> None:
        """Log a copy in the log of the bucket that it was made from, too.

        Only one that was allowed: nobody writes into a log by naming its bucket.
        """
        source = copy_source(exchange.params["CopySource"])
        watch = await self._watches.named(source.bucket)
        if watch is not None and watch.logging is not None:
            line = _line(exchange, watch, COPY_SOURCE[exchange.operation], source.key)
            self._add(watch, watch.logging, line)

    def _add(self, watch: Watch, wanted: Logging, line: lines.Request) -> None:
        self._logs.add(watch.bucket, wanted, lines.line(line), line.time)

    async def _count(self, exchange: Exchange, watch: Watch) -> None:
        request, measures = exchange.request, exchange.measures
        answered = Answered(
            at=request.received,
            method=request.method,
            lists=exchange.operation in _LISTS,
            selects=exchange.operation == "SelectObjectContent",
            status=exchange.response.status,
            received=measures.received,
            sent=exchange.response.sent,
            processing=measures.processing,
            total=measures.total,
        )
        key = exchange.params.get("Key")
        tags: Mapping[str, str] = {}
        if key is not None and watch.asks_tags:
            tags = await self._watches.tags(watch.bucket, key)
        for configuration_id, configuration in watch.metrics:
            if configuration.covers(key, tags):
                count(self._metrics, watch.bucket, configuration_id, answered)


def _line(exchange: Exchange, watch: Watch, operation: str, key: str | None) -> lines.Request:
    request, response, measures = exchange.request, exchange.response, exchange.measures
    version, cipher = request.tls
    query = f"?{request.raw_query}" if request.raw_query else ""
    return lines.Request(
        owner=watch.bucket.owner,
        bucket=watch.bucket.name,
        time=request.received,
        operation=operation,
        id=request.id,
        key=key,
        ip=request.client,
        requester=_requester(exchange.principal),
        method=request.method,
        target=request.raw_path + query,
        status=response.status,
        error=response.error,
        sent=response.sent,
        size=_size(exchange),
        total=measures.total,
        processing=measures.processing,
        referer=request.headers.get("referer", ""),
        user_agent=request.headers.get("user-agent", ""),
        version_id=exchange.params.get("VersionId") or "",
        host_id=HOST_ID,
        signature=exchange.signature.get("SignatureVersion", ""),
        cipher=cipher,
        authentication=exchange.signature.get("AuthenticationMethod", ""),
        host=request.host,
        tls=version,
    )


def _batch_line(exchange: Exchange, watch: Watch, outcome: Outcome) -> lines.Request:
    request = exchange.request
    return lines.Request(
        owner=watch.bucket.owner,
        bucket=watch.bucket.name,
        time=request.received,
        operation=BATCH_DELETE,
        id=request.id,
        key=outcome.key,
        ip=request.client,
        requester=_requester(exchange.principal),
        status=outcome.status,
        error=outcome.error,
        version_id=outcome.version_id,
        host_id=HOST_ID,
        signature=exchange.signature.get("SignatureVersion", ""),
        authentication=exchange.signature.get("AuthenticationMethod", ""),
        host=request.host,
        tls=request.tls[0],
    )


def _requester(principal: Principal) -> str:
    if principal.is_anonymous:
        return ""
    return principal.canonical_id if principal.kind == "root" else principal.arn


def _size(exchange: Exchange) -> int | None:
    """Return the bytes of the object that was read or written."""
    if exchange.response.error:
        return None
    if exchange.operation in _READS:
        headers = {name.lower(): value for name, value in exchange.response.headers}
        whole = headers.get("content-range", "").rpartition("/")[2]
        return _number(whole or headers.get("content-length", ""))
    if exchange.operation in _WRITES:
        headers = dict(exchange.request.headers)
        decoded = headers.get("x-amz-decoded-content-length")
        return _number(decoded or headers.get("content-length", ""))
    return None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() else None
