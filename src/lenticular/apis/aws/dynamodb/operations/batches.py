"""BatchGetItem and BatchWriteItem."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from lenticular.apis.aws.dynamodb.capacity import NONE, Consumption, of_writes
from lenticular.apis.aws.dynamodb.documents import document, encode
from lenticular.apis.aws.dynamodb.errors import repeated_keys, validation, value_text
from lenticular.apis.aws.dynamodb.expressions.projections import Project
from lenticular.apis.aws.dynamodb.expressions.request import Expressions, check_distinct_names
from lenticular.apis.aws.dynamodb.limits import MAX_BATCH_BYTES, MAX_BATCH_READ, MAX_BATCH_WRITE
from lenticular.apis.aws.dynamodb.names import table_name
from lenticular.apis.aws.dynamodb.operations.items import collection_metrics
from lenticular.apis.aws.dynamodb.values import read_item, read_key
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.tables import (
    Delete,
    Get,
    Got,
    Guard,
    Item,
    Outcome,
    Put,
    TableName,
    Tables,
    Write,
)
from lenticular.primitives.tables.errors import (
    KeyMismatch,
    KeyMissing,
    KeyTypeMismatch,
    ValueAmbiguous,
)


@dataclass(frozen=True, slots=True)
class _Share:
    """What a BatchGetItem reads of one table."""

    given: str
    """The name as the client gave it."""
    name: TableName
    params: Params
    keys: list[Item]
    project: Project | None
    guard: Guard | None

    @property
    def consistent(self) -> bool:
        return bool(self.params.get("ConsistentRead", False))


class BatchOperations:
    """What is done to many items, each for itself."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def batch_get_item(self, call: Call, params: Params) -> bytes:
        """Read up to 100 items."""
        requested = params["RequestItems"]
        if sum(len(share["Keys"]) for share in requested.values()) > MAX_BATCH_READ:
            raise validation("Too many items requested for the BatchGetItem call")
        shares = [_share(call, given, share) for given, share in requested.items()]
        gets = [
            Get(table=share.name, key=key, guard=share.guard)
            for share in shares
            for key in share.keys
        ]
        with repeated_keys("Provided list of item keys contains duplicates"):
            got = iter(await self._tables.get_batch(gets))
        answer = _BatchAnswer()
        for share in shares:
            answer.add(share, [next(got) for _ in share.keys])
        return answer.document(params.get("ReturnConsumedCapacity", NONE))

    async def batch_write_item(self, call: Call, params: Params) -> Result:
        """Put and delete up to 25 items."""
        requested = params["RequestItems"]
        if sum(map(len, requested.values())) > MAX_BATCH_WRITE:
            raise validation("Too many items requested for the BatchWriteItem call")
        writes = [
            _write(table_name(call, given), request)
            for given, requests in requested.items()
            for request in requests
        ]
        try:
            with repeated_keys("Provided list of item keys contains duplicates"):
                outcomes = await self._tables.write_batch(writes)
        except (KeyMissing, KeyTypeMismatch) as error:
            raise KeyMismatch from error
        result: Result = {"UnprocessedItems": {}}
        kind = params.get("ReturnConsumedCapacity", NONE)
        if kind != NONE:
            result["ConsumedCapacity"] = of_writes(outcomes, kind)
        if params.get("ReturnItemCollectionMetrics", NONE) != NONE:
            result["ItemCollectionMetrics"] = await metrics_by_table(self._tables, writes, outcomes)
        return result


class _BatchAnswer:
    """The result of a BatchGetItem as it grows, up to the limit of its size."""

    def __init__(self) -> None:
        self._size = 0
        self._found: dict[str, list[bytes]] = {}
        self._unprocessed: dict[str, Any] = {}
        self._consumed: dict[str, Consumption] = {}

    def add(self, share: _Share, got: Sequence[Got]) -> None:
        """Add what was found of one table."""
        found = self._found.setdefault(share.given, [])
        consumed = self._consumed.setdefault(share.name.name, Consumption())
        for number, (_, stored) in enumerate(got):
            if stored and self._size + stored.size > MAX_BATCH_BYTES:
                rest = {**share.params, "Keys": share.keys[number:]}
                self._unprocessed[share.given] = rest
                return
            consumed.add_read(stored.size if stored else 0, consistent=share.consistent)
            if stored:
                self._size += stored.size
                project = share.project
                found.append(encode(project(stored.item())) if project else stored.json)

    def document(self, kind: str) -> bytes:
        """Return the whole result."""
        tables = [
            b"%b:[%b]" % (encode(given), b",".join(items)) for given, items in self._found.items()
        ]
        members = [
            (b"Responses", b"{%b}" % b",".join(tables)),
            (b"UnprocessedKeys", encode(self._unprocessed)),
        ]
        if kind != NONE:
            consumed = [each.document(name, kind) for name, each in self._consumed.items()]
            members.append((b"ConsumedCapacity", encode(consumed)))
        return document(members)


async def metrics_by_table(
    tables: Tables, writes: Sequence[Write], outcomes: Sequence[Outcome]
) -> dict[str, list[dict[str, Any]]]:
    """Return the ItemCollectionMetrics of writes, by table."""
    found: dict[str, list[dict[str, Any]]] = {}
    for write, outcome in zip(writes, outcomes, strict=True):
        metrics = await collection_metrics(tables, outcome.table, key_of(write))
        if metrics is not None:
            found.setdefault(outcome.table.name, []).append(metrics)
    return found


def key_of(write: Write) -> Item:
    """Return the key of a write, perhaps with other attributes."""
    if isinstance(write, Put):
        return write.item
    key: Item = getattr(write, "key", {})
    return key


def _share(call: Call, given: str, params: Params) -> _Share:
    name = table_name(call, given)
    expressions = Expressions(params, ("ProjectionExpression",), ("AttributesToGet",))
    check_distinct_names(params.get("AttributesToGet"))
    keys = [read_key(key) for key in params["Keys"]]
    expressions.read_placeholders()
    project = expressions.projection()
    expressions.finish()
    if len({orjson.dumps(key, option=orjson.OPT_SORT_KEYS) for key in keys}) < len(keys):
        raise validation("Provided list of item keys contains duplicates")
    return _Share(given, name, params, keys, project, expressions.guard())


def _write(name: TableName, request: Params) -> Write:
    if len(request) != 1:
        raise validation(value_text(ValueAmbiguous()))
    if "DeleteRequest" in request:
        return Delete(table=name, key=read_key(request["DeleteRequest"]["Key"]))
    item, size = read_item(request["PutRequest"]["Item"])
    return Put(table=name, item=item, size=size)
