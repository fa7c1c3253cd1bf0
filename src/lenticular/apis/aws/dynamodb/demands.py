"""What each DynamoDB operation needs its caller to be allowed.

Service Authorization Reference, "Actions, resources, and condition keys for Amazon DynamoDB";
Developer Guide, "Using IAM policy conditions for fine-grained access control".
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from lenticular.apis.aws.dynamodb.expressions.request import Expressions
from lenticular.apis.aws.dynamodb.names import (
    check_caller,
    new_table_name,
    table_arn,
    table_name,
    tagged_table,
)
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Demand, Params
from lenticular.primitives.circumstances import Value
from lenticular.primitives.policies.authority import Authority
from lenticular.primitives.policies.evaluation import Decision, asked_keys
from lenticular.primitives.tables import TableName, Tables
from lenticular.primitives.tables.errors import IndexNotFound, TableNotFound

_OPEN = frozenset({"DescribeEndpoints"})
"""What anybody with a signature may ask."""

_WHOLE = frozenset({"ListTables", "DescribeLimits", "ListBackups", "ListGlobalTables"})
"""What is about no one table."""

_BY_ARN = frozenset({"TagResource", "UntagResource", "ListTagsOfResource"})

_READS = frozenset({"GetItem", "BatchGetItem", "Query", "Scan"})

_PARTS = {
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
"""The parts of transactions, and the actions that they are."""

_KEYS = frozenset(
    f"dynamodb:{name}"
    for name in ("attributes", "indexname", "leadingkeys", "returnvalues", "select")
)
"""The condition keys that are made here."""

_EXPRESSIONS = (
    "ProjectionExpression",
    "KeyConditionExpression",
    "FilterExpression",
    "ConditionExpression",
    "UpdateExpression",
)
_BY_NAME = ("Expected", "AttributeUpdates", "KeyConditions", "QueryFilter", "ScanFilter")
_NAME = re.compile(r"(?<![\w.:#])#?[A-Za-z_]\w*")
"""Where a path begins in an expression; also keywords and functions, which `_WORDS` takes out."""
_WORDS = frozenset(
    {
        *("set", "remove", "add", "delete"),
        *("and", "or", "not", "in", "between"),
        *("attribute_exists", "attribute_not_exists", "attribute_type"),
        *("begins_with", "contains", "size", "if_not_exists", "list_append"),
    }
)


class _Wanted(NamedTuple):
    """One action on one table."""

    action: str
    table: TableName
    request: Params
    """Those parameters that are about it."""
    items: Sequence[Mapping[str, Any]] = ()
    """The items or keys that are named, whole or in part."""

    @property
    def index_name(self) -> str:
        return str(self.request.get("IndexName", ""))

    @property
    def resource(self) -> str:
        arn = table_arn(self.table)
        return f"{arn}/index/{self.index_name}" if self.index_name else arn


class Demands:
    """Tells what calls need, with the keys that fine-grained policies ask for."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def __call__(self, call: Call, params: Params) -> Iterable[Demand]:
        """Return what this call needs. Raises AwsError for a table that cannot be named."""
        check_caller(call)
        if call.operation in _OPEN:
            return ()
        if call.operation in _WHOLE:
            return (Demand(f"dynamodb:{call.operation}"),)
        wanted = _wanted(call, params)
        authority = call.principal.authority
        if authority.unlimited:
            return [Demand(f"dynamodb:{each.action}", each.resource) for each in wanted]
        return [await self._demand(each, authority) for each in wanted]

    async def _demand(self, wanted: _Wanted, authority: Authority) -> Demand:
        """Return the demand, with its condition keys if a policy of the caller asks for any."""
        action = f"dynamodb:{wanted.action}"
        asked = asked_keys(authority, action)
        if asked.isdisjoint(_KEYS):
            return Demand(action, wanted.resource)
        request = wanted.request
        keys: dict[str, Value] = {}
        if wanted.action in _READS:
            keys["dynamodb:select"] = _select(request)
        if "ReturnValues" in request:
            keys["dynamodb:returnvalues"] = str(request["ReturnValues"])
        if wanted.index_name:
            keys["dynamodb:indexname"] = wanted.index_name
        if attributes := _attributes(wanted):
            keys["dynamodb:attributes"] = attributes
        if "dynamodb:leadingkeys" in asked and (partitions := await self._partitions(wanted)):
            keys["dynamodb:leadingkeys"] = partitions
        return Demand(action, wanted.resource, keys=keys)

    async def _partitions(self, wanted: _Wanted) -> tuple[str, ...]:
        """Return the values of the partition key that a request is about."""
        try:
            table = await self._tables.describe(wanted.table)
            holder = table.index(wanted.index_name).index if wanted.index_name else table
        except (TableNotFound, IndexNotFound):
            return ()
        name = holder.partition.name
        values = [item[name] for item in wanted.items if name in item]
        values += _queried(wanted.request, name)
        return tuple({str(content) for value in values for content in value.values()})


def denied(call: Call, decision: Decision) -> AwsError:
    """Return the error of what the caller may not do."""
    return AwsError("AccessDeniedException", decision.message)


def _wanted(call: Call, params: Params) -> Iterator[_Wanted]:
    operation = call.operation
    if operation in _BY_ARN:
        yield _Wanted(operation, tagged_table(call, params["ResourceArn"]), {})
    elif operation == "BatchGetItem":
        for given, request in params["RequestItems"].items():
            yield _Wanted(operation, table_name(call, given), request, request["Keys"])
    elif operation == "BatchWriteItem":
        for given, requests in params["RequestItems"].items():
            items = [_item(each) for request in requests for each in request.values()]
            yield _Wanted(operation, table_name(call, given), {}, items)
    elif "TransactItems" in params:
        for part in params["TransactItems"]:
            for kind, request in part.items():
                table = table_name(call, request["TableName"])
                yield _Wanted(_PARTS[kind], table, request, [_item(request)])
    elif "TableName" in params:
        named = new_table_name if operation == "CreateTable" else table_name
        table = named(call, params["TableName"])
        yield _Wanted(operation, table, params, [_item(params)])
        if operation == "CreateTable" and params.get("Tags"):
            yield _Wanted("TagResource", table, {})


def _item(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the item, or the key of one, that a request names."""
    return request.get("Item") or request.get("Key") or {}


def _select(request: Params) -> str:
    """Return which attributes a request reads, whether it says so or not."""
    if "Select" in request:
        return str(request["Select"])
    if "ProjectionExpression" in request or "AttributesToGet" in request:
        return "SPECIFIC_ATTRIBUTES"
    return "ALL_PROJECTED_ATTRIBUTES" if "IndexName" in request else "ALL_ATTRIBUTES"


def _queried(params: Params, name: str) -> list[dict[str, Any]]:
    """Return the partition that a query reads; nothing where its condition is malformed."""
    if not {"KeyConditionExpression", "KeyConditions"} & params.keys():
        return []
    try:
        expressions = Expressions(params, ("KeyConditionExpression",), ("KeyConditions",))
        expressions.read_placeholders()
        condition = expressions.key_conditions().get(name)
    except AwsError:
        return []
    return list(condition.values) if condition is not None and condition.operator == "=" else []


def _attributes(wanted: _Wanted) -> tuple[str, ...]:
    """Return the names of all attributes, at the top of items, that a request speaks of."""
    params = wanted.request
    names = {name for item in wanted.items for name in item}
    names.update(params.get("AttributesToGet", ()))
    for parameter in _BY_NAME:
        names.update(params.get(parameter, ()))
    placeholders = params.get("ExpressionAttributeNames", {})
    for parameter in _EXPRESSIONS:
        for word in _NAME.findall(params.get(parameter, "")):
            if word.lower() not in _WORDS:
                names.add(placeholders.get(word, word))
    return tuple(names)
