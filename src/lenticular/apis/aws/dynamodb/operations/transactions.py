"""TransactGetItems and TransactWriteItems."""

import hashlib
from collections.abc import Callable
from typing import Any

import orjson

from lenticular.apis.aws.dynamodb.capacity import NONE, Consumption, of_writes
from lenticular.apis.aws.dynamodb.documents import Members, document, encode
from lenticular.apis.aws.dynamodb.errors import repeated_keys, validation
from lenticular.apis.aws.dynamodb.expressions.projections import Project
from lenticular.apis.aws.dynamodb.expressions.request import Expressions
from lenticular.apis.aws.dynamodb.limits import MAX_TRANSACTION_BYTES
from lenticular.apis.aws.dynamodb.names import check_caller, table_name
from lenticular.apis.aws.dynamodb.operations.batches import metrics_by_table
from lenticular.apis.aws.dynamodb.values import read_item, read_key
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.tables import (
    Check,
    Delete,
    Get,
    Got,
    Put,
    TableName,
    Tables,
    Token,
    Update,
    Write,
)
from lenticular.primitives.tables.values import item as measured

_REPEATED = "Transaction request cannot include multiple operations on one item"


class TransactionOperations:
    """What is done to many items, all or none."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def transact_get_items(self, call: Call, params: Params) -> bytes:
        """Read many items of one state."""
        reads = [_read(call, each["Get"]) for each in params["TransactItems"]]
        with repeated_keys(_REPEATED):
            got = await self._tables.get_all([get for get, _ in reads])
        responses = [
            _response(project, stored) for (_, project), (_, stored) in zip(reads, got, strict=True)
        ]
        members: Members = [(b"Responses", b"[%b]" % b",".join(responses))]
        kind = params.get("ReturnConsumedCapacity", NONE)
        if kind != NONE:
            members.append((b"ConsumedCapacity", encode(_consumed(got, kind))))
        return document(members)

    async def transact_write_items(self, call: Call, params: Params) -> Result:
        """Put, update, delete and check many items, all or none."""
        check_caller(call)
        writes = [_write(call, each) for each in params["TransactItems"]]
        _check_size(params)
        with repeated_keys(_REPEATED):
            outcomes = await self._tables.write_all(writes, _token(call, params))
        if outcomes is None:
            return {}
        result: Result = {}
        kind = params.get("ReturnConsumedCapacity", NONE)
        if kind != NONE:
            result["ConsumedCapacity"] = of_writes(outcomes, kind, transactional=True)
        if params.get("ReturnItemCollectionMetrics", NONE) != NONE:
            result["ItemCollectionMetrics"] = await metrics_by_table(self._tables, writes, outcomes)
        return result


def _read(call: Call, params: Params) -> tuple[Get, Project | None]:
    name = table_name(call, params["TableName"])
    expressions = Expressions(params, ("ProjectionExpression",))
    key = read_key(params["Key"])
    expressions.read_placeholders()
    project = expressions.projection()
    expressions.finish()
    return Get(table=name, key=key, guard=expressions.guard()), project


def _response(project: Project | None, stored: Any) -> bytes:
    if stored is None:
        return b"{}"
    item = encode(project(stored.item())) if project else stored.json
    return b'{"Item":%b}' % item


def _consumed(got: list[Got], kind: str) -> list[dict[str, Any]]:
    consumed: dict[str, Consumption] = {}
    for table, stored in got:
        if table.name not in consumed:
            consumed[table.name] = Consumption(transactional="ReadCapacityUnits")
        consumed[table.name].add_read(stored.size if stored else 0, consistent=True)
    return [each.document(name, kind) for name, each in consumed.items()]


def _write(call: Call, params: Params) -> Write:
    """Return the write that a TransactWriteItem says."""
    given = [name for name in _MAKERS if name in params]
    if len(given) != 1:
        raise validation("TransactItems can only contain one of Check, Put, Update or Delete")
    entry = params[given[0]]
    name = table_name(call, entry["TableName"])
    expressions = Expressions(entry, ("UpdateExpression", "ConditionExpression"))
    write = _MAKERS[given[0]](name, entry)
    expressions.read_placeholders()
    plan = expressions.update()
    write.condition = expressions.condition("ConditionExpression")
    expressions.finish()
    write.tell = entry.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    write.guard = expressions.guard()
    if plan is not None and isinstance(write, Update):
        plan.apply(write)
    return write


def _put(name: TableName, entry: Params) -> Write:
    item, size = read_item(entry["Item"])
    return Put(table=name, item=item, size=size)


_MAKERS: dict[str, Callable[[TableName, Params], Write]] = {
    "ConditionCheck": lambda name, entry: Check(table=name, key=read_key(entry["Key"])),
    "Put": _put,
    "Delete": lambda name, entry: Delete(table=name, key=read_key(entry["Key"])),
    "Update": lambda name, entry: Update(
        table=name, key=read_key(entry["Key"]), change=lambda table, item: item
    ),
}


def _check_size(params: Params) -> None:
    """Check the size of all that a transaction carries: items, keys, values."""
    size = 0
    for each in params["TransactItems"]:
        for entry in each.values():
            for member in ("Item", "Key", "ExpressionAttributeValues"):
                size += measured(entry.get(member, {}))[1]
    if size > MAX_TRANSACTION_BYTES:
        raise validation(f"Transaction payload size cannot exceed 4MB. Payload Size: {size}")


def _token(call: Call, params: Params) -> Token | None:
    text = params.get("ClientRequestToken")
    if text is None:
        return None
    asked = orjson.dumps(params["TransactItems"], option=orjson.OPT_SORT_KEYS)
    account_id = call.principal.account_id
    return Token(account_id, call.region, text, hashlib.sha256(asked).digest())
