"""Operations on one item: PutItem, GetItem, UpdateItem, DeleteItem."""

import math
from typing import Any

from lenticular.apis.aws.dynamodb.capacity import NONE, Consumption
from lenticular.apis.aws.dynamodb.documents import Members, document, encode
from lenticular.apis.aws.dynamodb.errors import validation
from lenticular.apis.aws.dynamodb.expressions.changes import empty_index_key, wrong_index_key
from lenticular.apis.aws.dynamodb.expressions.projections import projection
from lenticular.apis.aws.dynamodb.expressions.request import (
    Expressions,
    UpdatePlan,
    check_distinct_names,
)
from lenticular.apis.aws.dynamodb.names import table_name
from lenticular.apis.aws.dynamodb.values import read_item, read_key
from lenticular.apis.aws.wire.service import Call, Params
from lenticular.primitives.tables import (
    Delete,
    Get,
    Item,
    Outcome,
    Put,
    Table,
    Tables,
    Update,
    Write,
)
from lenticular.primitives.tables.errors import IndexKeyEmpty, IndexKeyTypeMismatch

_GIB = 1024**3


class ItemOperations:
    """What is done to one item at a time."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def put_item(self, call: Call, params: Params) -> bytes:
        """Put an item in the place of any other with its key."""
        name = table_name(call, params["TableName"])
        expressions = Expressions(params, ("ConditionExpression",), ("Expected",))
        item, size = read_item(params["Item"])
        write = Put(table=name, item=item, size=size)
        _check_returns_old(params)
        _add_condition(write, params, expressions)
        outcome = await self._tables.write(write)
        return await self._written(params, outcome, item)

    async def delete_item(self, call: Call, params: Params) -> bytes:
        """Delete an item; not an error when there is none."""
        name = table_name(call, params["TableName"])
        expressions = Expressions(params, ("ConditionExpression",), ("Expected",))
        key = read_key(params["Key"])
        write = Delete(table=name, key=key)
        _check_returns_old(params)
        _add_condition(write, params, expressions)
        outcome = await self._tables.write(write)
        return await self._written(params, outcome, key)

    async def update_item(self, call: Call, params: Params) -> bytes:
        """Change some attributes of an item, or make one."""
        name = table_name(call, params["TableName"])
        expressions = Expressions(
            params,
            ("UpdateExpression", "ConditionExpression"),
            ("AttributeUpdates", "Expected"),
        )
        key = read_key(params["Key"])
        plan = expressions.older_update()
        write = Update(table=name, key=key, change=_unchanged)
        write.condition = expressions.older_condition("Expected")
        expressions.read_placeholders()
        plan = expressions.update() or plan
        write.condition = expressions.condition("ConditionExpression") or write.condition
        expressions.finish()
        write.tell = _tells_item(params)
        write.guard = expressions.guard()
        if plan is not None:
            plan.apply(write)
        try:
            outcome = await self._tables.write(write)
        except IndexKeyTypeMismatch as error:
            raise wrong_index_key() from error
        except IndexKeyEmpty as error:
            raise empty_index_key(error) from error
        return await self._written(params, outcome, key, plan)

    async def get_item(self, call: Call, params: Params) -> bytes:
        """Read an item, or parts of it."""
        name = table_name(call, params["TableName"])
        expressions = Expressions(params, ("ProjectionExpression",), ("AttributesToGet",))
        key = read_key(params["Key"])
        check_distinct_names(params.get("AttributesToGet"))
        expressions.read_placeholders()
        project = expressions.projection()
        expressions.finish()
        table, found = await self._tables.get(Get(table=name, key=key, guard=expressions.guard()))
        members: Members = []
        if found is not None:
            shown = encode(project(found.item())) if project else found.json
            members.append((b"Item", shown))
        kind = params.get("ReturnConsumedCapacity", NONE)
        if kind != NONE:
            consumed = Consumption()
            consistent = params.get("ConsistentRead", False)
            consumed.add_read(found.size if found else 0, consistent=consistent)
            members.append((b"ConsumedCapacity", encode(consumed.document(table.name, kind))))
        return document(members)

    async def _written(
        self, params: Params, outcome: Outcome, key: Item, plan: UpdatePlan | None = None
    ) -> bytes:
        """Return the result of a write."""
        members: Members = []
        attributes = _attributes(params.get("ReturnValues", NONE), outcome, plan)
        if attributes is not None:
            members.append((b"Attributes", attributes))
        kind = params.get("ReturnConsumedCapacity", NONE)
        if kind != NONE:
            consumed = Consumption()
            consumed.add_write(outcome)
            capacity = encode(consumed.document(outcome.table.name, kind))
            members.append((b"ConsumedCapacity", capacity))
        if params.get("ReturnItemCollectionMetrics", NONE) != NONE:
            metrics = await collection_metrics(self._tables, outcome.table, key)
            if metrics is not None:
                members.append((b"ItemCollectionMetrics", encode(metrics)))
        return document(members)


async def collection_metrics(tables: Tables, table: Table, item: Item) -> dict[str, Any] | None:
    """Return what is known of the collection of an item; None: its table has no local index.

    A collection is no larger than its table and the table's local indexes together.
    """
    local = [index.number for index in table.indexes if index.local]
    if not local:
        return None
    statistics = await tables.statistics(table)
    size = sum(statistics[number].size for number in (0, *local))
    return {
        "ItemCollectionKey": {table.partition.name: item[table.partition.name]},
        "SizeEstimateRangeGB": [0.0, float(max(1, math.ceil(size / _GIB)))],
    }


def _add_condition(write: Write, params: Params, expressions: Expressions) -> None:
    write.condition = expressions.older_condition("Expected")
    expressions.read_placeholders()
    write.condition = expressions.condition("ConditionExpression") or write.condition
    expressions.finish()
    write.tell = _tells_item(params)
    write.guard = expressions.guard()


def _tells_item(params: Params) -> bool:
    return bool(params.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD")


def _check_returns_old(params: Params) -> None:
    if params.get("ReturnValues", NONE) not in {NONE, "ALL_OLD"}:
        raise validation("ReturnValues can only be ALL_OLD or NONE")


def _attributes(returned: str, outcome: Outcome, plan: UpdatePlan | None) -> bytes | None:
    """Return the JSON of the attributes that ReturnValues asks for; None: there are none."""
    of_old = returned.endswith("OLD")
    stored = outcome.old if of_old else outcome.new
    if returned == NONE or stored is None:
        return None
    if returned.startswith("ALL"):
        return stored.json
    if plan is None:
        return None
    changed = projection(plan.targets)(stored.item())
    return encode(changed) if changed else None


def _unchanged(table: Table, item: Item) -> Item:
    return item
