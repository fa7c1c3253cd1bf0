"""What each DynamoDB operation needs its caller to be allowed.

Service Authorization Reference, "Actions, resources, and condition keys for Amazon DynamoDB";
Developer Guide, "Using IAM policy conditions for fine-grained access control".
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from lenticular.apis.aws.dynamodb.expressions.request import Expressions
from lenticular.apis.aws.dynamodb.names import check_caller, table_arn, table_name, tagged_table
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Demand, Params
from lenticular.primitives.circumstances import Value
from lenticular.primitives.policies.evaluation import Decision
from lenticular.primitives.tables import TableName, Tables
from lenticular.primitives.tables.errors import IndexNotFound, TableNotFound

_OPEN = frozenset({"DescribeEndpoints"})
"""What anybody with a signature may ask."""

_WHOLE = frozenset({"ListTables", "DescribeLimits", "ListBackups", "ListGlobalTables"})
"""What is about no one table."""

_BY_ARN = frozenset({"TagResource", "UntagResource", "ListTagsOfResource"})

_PARTS = {
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
"""The parts of transactions, and the actions that they are."""

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

_Wanted = tuple[str, TableName, str, list[dict[str, Any]]]
"""An action, its table, an index or nothing, and the items or keys that tell partitions."""


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
        wanted = list(_wanted(call, params))
        if call.principal.authority.unlimited:
            return [
                Demand(f"dynamodb:{action}", _arn(table, index))
                for action, table, index, _ in wanted
            ]
        return [await self._demand(params, each) for each in wanted]

    async def _demand(self, params: Params, wanted: _Wanted) -> Demand:
        action, table, index, items = wanted
        keys: dict[str, Value] = {}
        for parameter in ("Select", "ReturnValues"):
            if parameter in params:
                keys[f"dynamodb:{parameter.lower()}"] = str(params[parameter])
        if attributes := _attributes(params, items):
            keys["dynamodb:attributes"] = attributes
        if index:
            keys["dynamodb:indexname"] = index
        partitions = await self._partitions(table, index, items, params)
        if partitions:
            keys["dynamodb:leadingkeys"] = partitions
        return Demand(f"dynamodb:{action}", _arn(table, index), keys=keys)

    async def _partitions(
        self, table: TableName, index: str, items: list[dict[str, Any]], params: Params
    ) -> tuple[str, ...]:
        """Return the values of the partition key that a request is about."""
        try:
            found = await self._tables.describe(table)
            partition = found.index(index).index.partition if index else found.partition
        except (TableNotFound, IndexNotFound):
            return ()
        name = partition.name
        values = [item[name] for item in items if name in item]
        values += _queried(params, name)
        return tuple({str(content) for value in values for content in value.values()})


def denied(call: Call, decision: Decision) -> AwsError:
    """Return the error of what the caller may not do."""
    return AwsError("AccessDeniedException", decision.message)


def _arn(table: TableName, index: str) -> str:
    return f"{table_arn(table)}/index/{index}" if index else table_arn(table)


def _wanted(call: Call, params: Params) -> Iterator[_Wanted]:
    operation = call.operation
    if operation in _BY_ARN:
        yield operation, tagged_table(call, params["ResourceArn"]), "", []
    elif "RequestItems" in params:
        for given, requests in params["RequestItems"].items():
            yield operation, table_name(call, given), "", _batch_items(requests)
    elif "TransactItems" in params:
        for part in params["TransactItems"]:
            for kind, request in part.items():
                items = [request.get("Key") or request.get("Item") or {}]
                yield _PARTS[kind], table_name(call, request["TableName"]), "", items
    elif "TableName" in params:
        table = table_name(call, params["TableName"])
        items = [params[name] for name in ("Key", "Item") if name in params]
        yield operation, table, params.get("IndexName", ""), items
        if operation == "CreateTable" and params.get("Tags"):
            yield "TagResource", table, "", []


def _batch_items(requests: Any) -> list[dict[str, Any]]:
    if isinstance(requests, dict):
        return list(requests.get("Keys", ()))
    found = []
    for request in requests:
        for kind, member in (("PutRequest", "Item"), ("DeleteRequest", "Key")):
            if kind in request:
                found.append(request[kind][member])
    return found


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


def _attributes(params: Params, items: list[dict[str, Any]]) -> tuple[str, ...]:
    """Return the names of all attributes, at the top of items, that a request speaks of."""
    names = {name for item in items for name in item}
    names.update(params.get("AttributesToGet", ()))
    for parameter in _BY_NAME:
        names.update(params.get(parameter, ()))
    placeholders = params.get("ExpressionAttributeNames", {})
    for parameter in _EXPRESSIONS:
        for word in _NAME.findall(params.get(parameter, "")):
            if word.lower() not in _WORDS:
                names.add(placeholders.get(word, word))
    return tuple(names)
