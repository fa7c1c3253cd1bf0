"""Describes tables in the words of the API."""

from typing import Any

from lenticular.apis.aws.dynamodb.names import table_arn
from lenticular.apis.aws.dynamodb.throughput import describe_billing, describe_throughput
from lenticular.primitives.tables import Index, KeyAttribute, Statistics, Table

ACTIVE = "ACTIVE"
CREATING = "CREATING"
UPDATING = "UPDATING"
DELETING = "DELETING"

_Statistics = dict[int, Statistics]
_Description = dict[str, Any]


def describe_table(
    table: Table, statistics: _Statistics, status: str | None = None
) -> _Description:
    """Return a TableDescription; `status` is said of the table and its global indexes if given."""
    said = status or (ACTIVE if table.ready else UPDATING)
    description: _Description = {
        "AttributeDefinitions": _definitions(table),
        "TableName": table.name,
        "KeySchema": _key_schema(table.partition, table.sort),
        "TableStatus": said,
        "CreationDateTime": table.created,
        "ProvisionedThroughput": describe_throughput(table.settings),
        "TableArn": table_arn(table.table_name),
        "TableId": table.id,
        "DeletionProtectionEnabled": table.protected,
        **_sizes(statistics.get(0), "Table"),
    }
    optional = {
        "BillingModeSummary": describe_billing(table.settings, table.created),
        "TableClassSummary": _table_class(table),
        "SSEDescription": table.settings.get("SSEDescription"),
        "OnDemandThroughput": table.settings.get("OnDemandThroughput"),
        "LocalSecondaryIndexes": [
            _describe_index(table, index, statistics) for index in table.indexes if index.local
        ],
        "GlobalSecondaryIndexes": [
            _describe_global(table, index, statistics, status)
            for index in table.indexes
            if not index.local
        ],
    }
    return {**description, **{name: value for name, value in optional.items() if value}}


def _describe_index(table: Table, index: Index, statistics: _Statistics) -> _Description:
    projection: _Description = {"ProjectionType": index.projection}
    if index.included:
        projection["NonKeyAttributes"] = list(index.included)
    return {
        "IndexName": index.name,
        "KeySchema": _key_schema(index.partition, index.sort),
        "Projection": projection,
        "IndexArn": f"{table_arn(table.table_name)}/index/{index.name}",
        **_sizes(statistics.get(index.number), "Index"),
    }


def _describe_global(
    table: Table, index: Index, statistics: _Statistics, status: str | None
) -> _Description:
    filling = {} if index.ready else {"Backfilling": True}
    return {
        **_describe_index(table, index, statistics),
        "IndexStatus": status or (ACTIVE if index.ready else CREATING),
        "ProvisionedThroughput": describe_throughput(index.settings),
        **filling,
    }


def _sizes(statistics: Statistics | None, what: str) -> _Description:
    held = statistics or Statistics()
    return {f"{what}SizeBytes": max(0, held.size), "ItemCount": max(0, held.items)}


def _key_schema(partition: KeyAttribute, sort: KeyAttribute | None) -> list[dict[str, str]]:
    elements = [{"AttributeName": partition.name, "KeyType": "HASH"}]
    if sort:
        elements.append({"AttributeName": sort.name, "KeyType": "RANGE"})
    return elements


def _definitions(table: Table) -> list[dict[str, str]]:
    attributes = [table.partition, table.sort]
    for index in table.indexes:
        attributes += [index.partition, index.sort]
    types = {attribute.name: attribute.type for attribute in attributes if attribute}
    return [{"AttributeName": name, "AttributeType": types[name]} for name in types]


def _table_class(table: Table) -> dict[str, str] | None:
    name = table.settings.get("TableClass")
    return {"TableClass": name} if name else None
