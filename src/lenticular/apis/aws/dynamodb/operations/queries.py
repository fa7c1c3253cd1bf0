"""Query and Scan."""

from collections.abc import Callable

from lenticular.apis.aws.dynamodb import startkeys
from lenticular.apis.aws.dynamodb.capacity import NONE, Consumption
from lenticular.apis.aws.dynamodb.documents import Members, document, encode
from lenticular.apis.aws.dynamodb.errors import invalid, validation
from lenticular.apis.aws.dynamodb.expressions import keyconditions
from lenticular.apis.aws.dynamodb.expressions.projections import Project
from lenticular.apis.aws.dynamodb.expressions.request import Expressions, check_distinct_names
from lenticular.apis.aws.dynamodb.names import table_name
from lenticular.apis.aws.dynamodb.values import read_start_key
from lenticular.apis.aws.wire.service import Call, Params
from lenticular.primitives.tables import (
    Index,
    KeyAttribute,
    Page,
    Selection,
    Table,
    TableName,
    Tables,
    json_array,
)
from lenticular.primitives.tables.errors import StartKeyOutside

COUNT = "COUNT"
ALL_ATTRIBUTES = "ALL_ATTRIBUTES"
ALL_PROJECTED = "ALL_PROJECTED_ATTRIBUTES"
SPECIFIC = "SPECIFIC_ATTRIBUTES"

_FILTERS = ("FilterExpression", "QueryFilter", "ScanFilter")


class QueryOperations:
    """What reads many items of one table."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def query(self, call: Call, params: Params) -> bytes:
        """Read items of one partition, in the order of their sort keys."""
        name = table_name(call, params["TableName"])
        expressions = Expressions(
            params,
            ("ProjectionExpression", "FilterExpression", "KeyConditionExpression"),
            ("AttributesToGet", "QueryFilter", "ConditionalOperator", "KeyConditions"),
        )
        older_filter = expressions.older_condition("QueryFilter")
        check_distinct_names(params.get("AttributesToGet"))
        given = params.get("ExclusiveStartKey")
        start = None if given is None else read_start_key(given)
        if "KeyConditions" not in params and "KeyConditionExpression" not in params:
            raise validation(
                "Either the KeyConditions or KeyConditionExpression parameter must be specified "
                "in the request."
            )
        expressions.read_placeholders()
        expressions.check_key_condition()
        chosen = expressions.condition("FilterExpression") or older_filter
        project = expressions.projection()
        expressions.finish()
        conditions = expressions.key_conditions()
        check_select(params)
        guard = expressions.guard()

        def plan(table: Table) -> Selection:
            index = _index(table, params)
            key = (index or table).partition, (index or table).sort
            if start is not None:
                startkeys.check_shape(table, index, start)
            partition, sort = keyconditions.choose(conditions, *key)
            if start is not None:
                startkeys.check_attributes(table, index, start)
                startkeys.check_within(table, index, partition, sort, start)
            _check_filter(expressions, key)
            whole = _whole(params, table, index, expressions)
            if guard:
                guard(table)
            return Selection(
                index=index.name if index else None,
                partition=partition,
                sort=sort,
                backward=not params.get("ScanIndexForward", True),
                start=start,
                limit=params.get("Limit"),
                filter=chosen,
                whole=whole,
            )

        return await self._select(name, plan, params, project)

    async def scan(self, call: Call, params: Params) -> bytes:
        """Read the items of a table or an index, or of a segment of it."""
        name = table_name(call, params["TableName"])
        expressions = Expressions(
            params,
            ("ProjectionExpression", "FilterExpression"),
            ("AttributesToGet", "ScanFilter", "ConditionalOperator"),
        )
        check_distinct_names(params.get("AttributesToGet"))
        older_filter = expressions.older_condition("ScanFilter")
        given = params.get("ExclusiveStartKey")
        start = None if given is None else read_start_key(given)
        segment = _segment(params)
        expressions.read_placeholders()
        chosen = expressions.condition("FilterExpression") or older_filter
        project = expressions.projection()
        expressions.finish()
        check_select(params)
        guard = expressions.guard()

        def plan(table: Table) -> Selection:
            index = _index(table, params)
            if start is not None and index is not None:
                startkeys.check_shape(table, index, start)
            whole = _whole(params, table, index, expressions)
            if start is not None:
                startkeys.check_scan(table, index, start)
            if guard:
                guard(table)
            return Selection(
                index=index.name if index else None,
                segment=segment,
                start=start,
                limit=params.get("Limit"),
                filter=chosen,
                whole=whole,
            )

        try:
            return await self._select(name, plan, params, project)
        except StartKeyOutside as error:
            raise startkeys.wrong_segment(segment or (0, 1)) from error

    async def _select(
        self,
        name: TableName,
        plan: Callable[[Table], Selection],
        params: Params,
        project: Project | None,
    ) -> bytes:
        page = await self._tables.select(name, plan)
        members: Members = []
        if params.get("Select") != COUNT:
            if project is None:
                items = json_array(page.rows)
            else:
                items = encode([project(row.item()) for row in page.rows])
            members.append((b"Items", items))
        members.append((b"Count", b"%d" % len(page.rows)))
        members.append((b"ScannedCount", b"%d" % page.scanned))
        if page.last is not None:
            members.append((b"LastEvaluatedKey", encode(page.last)))
        members += _consumed(params, page)
        return document(members)


def _consumed(params: Params, page: Page) -> Members:
    kind = params.get("ReturnConsumedCapacity", NONE)
    if kind == NONE:
        return []
    consumption = Consumption()
    consumption.add_page(page, consistent=params.get("ConsistentRead", False))
    return [(b"ConsumedCapacity", encode(consumption.document(page.table.name, kind)))]


def check_select(params: Params) -> None:
    """Check that Select goes together with what else was asked for."""
    select = params.get("Select")
    given = [name for name in ("AttributesToGet", "ProjectionExpression") if name in params]
    if given and select not in {None, SPECIFIC}:
        what = "only the Count" if select == COUNT else select
        raise validation(f"Cannot specify the {given[0]} when choosing to get {what}")
    if select == SPECIFIC and not given:
        raise validation(
            "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
            "SPECIFIC_ATTRIBUTES"
        )
    if select == ALL_PROJECTED and "IndexName" not in params:
        raise validation(
            "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"
        )


def _segment(params: Params) -> tuple[int, int] | None:
    number, total = params.get("Segment"), params.get("TotalSegments")
    if number is None and total is None:
        return None
    if total is None:
        raise validation(
            "The TotalSegments parameter is required but was not present in the request when "
            "Segment parameter is present"
        )
    if number is None:
        raise validation(
            "The Segment parameter is required but was not present in the request when parameter "
            "TotalSegments is present"
        )
    if number >= total:
        raise validation(
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
            f"Segment: {number} is not less than TotalSegments: {total}"
        )
    return number, total


def _index(table: Table, params: Params) -> Index | None:
    """Return the index that is read; None: it is the table."""
    name = params.get("IndexName")
    if name is None:
        return None
    index = table.index(name).index
    if params.get("ConsistentRead") and not index.local:
        raise validation("Consistent reads are not supported on global secondary indexes")
    return index


def _whole(params: Params, table: Table, index: Index | None, expressions: Expressions) -> bool:
    """Tell whether more of the items is to be returned than the index copies.

    A local index then has the items of the table read; of a global one that is an error,
    and so it is of either to filter by what it does not copy.
    """
    copied = table.index(index.name).copied if index else None
    if index is None or copied is None:
        return False
    wanted = [
        name
        for parameter in ("ProjectionExpression", "AttributesToGet")
        for name in expressions.attributes(parameter)
    ]
    missing = [name for name in dict.fromkeys(wanted) if name not in copied]
    select_all = params.get("Select") == ALL_ATTRIBUTES
    if index.local and (missing or select_all):
        return True
    if select_all:
        raise invalid(
            "Select type ALL_ATTRIBUTES is not supported for global secondary index "
            f"{index.name} because its projection type is not ALL"
        )
    if missing:
        raise invalid(
            f"Global secondary index {index.name} does not project [{', '.join(missing)}]"
        )
    filtered = [name for parameter in _FILTERS for name in expressions.attributes(parameter)]
    missing = [name for name in dict.fromkeys(filtered) if name not in copied]
    if missing:
        raise invalid(
            f"Secondary index {index.name} does not project one or more filter attributes: "
            f"[{', '.join(missing)}]"
        )
    return False


def _check_filter(expressions: Expressions, key: tuple[KeyAttribute, KeyAttribute | None]) -> None:
    """Check that the filter of a query leaves alone the key that it queries by."""
    for parameter, what in (("FilterExpression", "Filter Expression"), ("QueryFilter",) * 2):
        names = expressions.attributes(parameter)
        for attribute in key:
            if attribute and attribute.name in names:
                raise validation(
                    f"{what} can only contain non-primary key attributes: "
                    f"Primary key attribute: {attribute.name}"
                )
