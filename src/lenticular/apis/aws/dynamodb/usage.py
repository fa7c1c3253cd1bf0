"""What calls of DynamoDB use: the owner of each table that a call is about pays its part.

A write counts as one request for each item and each KiB, a read for each item and each 4 KiB
(Developer Guide, "DynamoDB on-demand capacity mode"); both sizes are those of the documents
that are sent, which are somewhat above those of the items.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lenticular.apis.aws.dynamodb.names import find_table_name
from lenticular.apis.aws.wire.service import Call, Params
from lenticular.apis.aws.wire.usage import request_class
from lenticular.primitives.meters import DELETE, MANAGE, READ, WRITE, Usage, spender, usage
from lenticular.primitives.tables import Tables
from lenticular.primitives.tables.holdings import PROJECT_TAG, SERVICE

_READ_UNIT = 4096
_WRITE_UNIT = 1024

_PARTS = {"Put": WRITE, "Update": WRITE, "Delete": DELETE, "ConditionCheck": READ, "Get": READ}
"""The parts of transactions."""

_SETTINGS = frozenset({"TagResource", "UpdateTable", "UpdateTimeToLive", "UpdateContinuousBackups"})

_Part = tuple[str, str, int]
"""The name of a table as it was given, the class of what is done to it, and how many items."""


class TableUsages:
    """Tells what a call will use."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def __call__(self, call: Call, params: Params) -> Sequence[Usage]:
        """Return what this call will use, table by table."""
        parts = list(_parts(call, params)) or [("", _class(call.operation), 1)]
        written = sum(items for _, kind, items in parts if kind == WRITE)
        size = call.request.body.size or 0
        user = spender(call.principal)
        usages = []
        for given, kind, items in parts:
            account_id, project = await self._payer(call, params, given)
            units = items
            if kind == WRITE:  # of the document, as many bytes as items
                units = max(items, -(-size * items // (written * _WRITE_UNIT)))
            unit_size = _READ_UNIT if kind == READ and len(parts) == 1 else 0
            usages.append(usage(SERVICE, kind, account_id, user, project, units, unit_size))
        return usages

    async def _payer(self, call: Call, params: Params, given: str) -> tuple[str, str]:
        """Return the account that owns a table, and the project that the table is for."""
        if call.operation == "CreateTable":
            return call.principal.account_id, _project(params)
        name = find_table_name(call, given)
        holder = await self._tables.holders.named(name) if name is not None else None
        if holder is None:
            return call.principal.account_id, ""
        return holder.account_id, holder.project


def _parts(call: Call, params: Params) -> Iterator[_Part]:
    if "RequestItems" in params:
        for given, asked in params["RequestItems"].items():
            if call.operation == "BatchGetItem":
                yield given, READ, len(asked["Keys"])
            else:
                yield from _batch(given, asked)
    elif "TransactItems" in params:
        for part in params["TransactItems"]:
            for kind, request in part.items():
                yield request["TableName"], _PARTS[kind], 2
    elif "TableName" in params:
        yield params["TableName"], _class(call.operation), 1
    elif "ResourceArn" in params:
        yield params["ResourceArn"], _class(call.operation), 1


def _batch(given: str, asked: Sequence[Mapping[str, Any]]) -> Iterator[_Part]:
    puts = sum("PutRequest" in each for each in asked)
    for kind, items in ((WRITE, puts), (DELETE, len(asked) - puts)):
        if items:
            yield given, kind, items


def _class(operation: str) -> str:
    return MANAGE if operation in _SETTINGS else request_class(operation)


def _project(params: Params) -> str:
    """Return the project of a table that is to be made."""
    for tag in params.get("Tags") or ():
        if tag["Key"] == PROJECT_TAG:
            return str(tag["Value"])
    return ""
