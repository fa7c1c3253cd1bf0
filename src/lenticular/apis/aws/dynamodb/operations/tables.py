"""Operations on tables: CreateTable, DescribeTable, ListTables, UpdateTable, DeleteTable."""

import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from lenticular.apis.aws.dynamodb import schemas, throughput
from lenticular.apis.aws.dynamodb.descriptions import CREATING, DELETING, UPDATING, describe_table
from lenticular.apis.aws.dynamodb.errors import (
    invalid,
    limit_exceeded,
    table_not_found,
    validation,
)
from lenticular.apis.aws.dynamodb.names import check_caller, new_table_name, table_name
from lenticular.apis.aws.dynamodb.operations.tags import check_tags
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.meters import spender
from lenticular.primitives.tables import Index, NewIndex, NewTable, Statistics, Table, Tables
from lenticular.primitives.tables.errors import (
    IndexExists,
    IndexNotFound,
    IndexNotReady,
    TableNotFound,
)

_MOST_NAMES = 100


class TableOperations:
    """What is done to tables as such."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def create_table(self, call: Call, params: Params) -> Result:
        """Make a table, which is there at once, though the answer says it is being made."""
        name = new_table_name(call, params["TableName"])
        _check_present(params, "AttributeDefinitions", "KeySchema")
        _check_supported(params)
        settings = _settings(params, throughput.new_settings(params))
        types = schemas.attribute_types(params["AttributeDefinitions"])
        schema = schemas.table_schema(params, types)
        indexes = schemas.new_indexes(params, types, schema, settings["BillingMode"])
        schemas.check_definitions(types, schema, indexes)
        new = NewTable(
            str(uuid.uuid4()),
            *schema,
            indexes,
            protected=params.get("DeletionProtectionEnabled", False),
            tags=check_tags(params.get("Tags", ())),
            settings=settings,
            user=spender(call.principal),
        )
        table = await self._tables.create(name, new)
        return {"TableDescription": describe_table(table, {}, CREATING)}

    async def describe_table(self, call: Call, params: Params) -> Result:
        """Tell all about a table."""
        name = table_name(call, params["TableName"])
        try:
            table = await self._tables.describe(name)
        except TableNotFound as error:
            raise table_not_found(error.name) from error
        return {"Table": describe_table(table, await self._tables.statistics(table))}

    async def list_tables(self, call: Call, params: Params) -> Result:
        """List the names of the account's tables in the region."""
        check_caller(call)
        names, more = await self._tables.names(
            call.principal.account_id,
            call.region,
            start=params.get("ExclusiveStartTableName"),
            limit=params.get("Limit", _MOST_NAMES),
        )
        result: Result = {"TableNames": names}
        if more:
            result["LastEvaluatedTableName"] = names[-1]
        return result

    async def update_table(self, call: Call, params: Params) -> Result:
        """Change the settings of a table, and add or remove a global index."""
        name = table_name(call, params["TableName"])
        _check_supported(params)
        changes = params.get("GlobalSecondaryIndexUpdates") or ()
        if not changes and not any(member in params for member in _CHANGEABLE):
            raise validation(
                "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
                "GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required"
            )
        if "ProvisionedThroughput" in params:
            throughput.check_units(params["ProvisionedThroughput"])
        by_action = _index_changes(changes)
        now = time.time()
        try:
            before = await self._tables.describe(name)
            billing = params.get("BillingMode", before.settings["BillingMode"])
            create = by_action.get("Create")
            delete = by_action.get("Delete")
            new = _new_index(before, create[0], params, billing) if create else None
            if delete:
                _check_global(before, delete[0]["IndexName"])
            table = await self._tables.alter(
                name,
                lambda table: _altered(table, params, by_action.get("Update", ()), now),
                add=new,
                remove=delete[0]["IndexName"] if delete else None,
            )
        except TableNotFound as error:
            raise table_not_found(error.name) from error
        except IndexExists as error:
            raise validation("Attempting to create an index which already exists") from error
        except IndexNotFound as error:
            raise AwsError("ResourceNotFoundException", "Requested resource not found") from error
        statistics = await self._tables.statistics(table)
        return {"TableDescription": _while_updating(before, table, statistics)}

    async def delete_table(self, call: Call, params: Params) -> Result:
        """Delete a table, whose name is free at once."""
        name = table_name(call, params["TableName"])
        try:
            table = await self._tables.delete(name)
        except TableNotFound as error:
            raise table_not_found(error.name) from error
        except IndexNotReady as error:
            message = (
                "Attempt to change a resource which is still in use: "
                f"Table has an index that is being created: {error.name}"
            )
            raise AwsError("ResourceInUseException", message) from error
        description = describe_table(table, {}, DELETING)
        for gone in _NOT_OF_DELETED:
            description.pop(gone, None)
        return {"TableDescription": description}


_CHANGEABLE = (
    "ProvisionedThroughput",
    "BillingMode",
    "StreamSpecification",
    "SSESpecification",
    "TableClass",
    "DeletionProtectionEnabled",
    "OnDemandThroughput",
    "WarmThroughput",
)
_NOT_OF_DELETED = (
    "AttributeDefinitions",
    "CreationDateTime",
    "GlobalSecondaryIndexes",
    "KeySchema",
    "LocalSecondaryIndexes",
)
"""What the description of a table that is being deleted leaves out."""

_UNSUPPORTED = (
    "VectorIndexes",
    "VectorIndexUpdates",
    "ReplicaUpdates",
    "GlobalTableWitnessUpdates",
    "MultiRegionConsistency",
    "GlobalTableSourceArn",
    "ResourcePolicy",
)


def _check_present(params: Params, *members: str) -> None:
    missing = [member for member in members if member not in params]
    if missing:
        problems = "; ".join(
            f"Value null at '{member[0].lower()}{member[1:]}' failed to satisfy constraint: "
            "Member must not be null"
            for member in missing
        )
        noun = "error" if len(missing) == 1 else "errors"
        raise validation(f"{len(missing)} validation {noun} detected: {problems}")


def _check_supported(params: Params) -> None:
    """Refuse what would be kept and never done."""
    for member in _UNSUPPORTED:
        if params.get(member):
            raise invalid(f"{member} is not supported by this cloud: leave it out")
    if params.get("StreamSpecification", {}).get("StreamEnabled"):
        raise invalid(
            "StreamSpecification: streams of tables are not there yet in this cloud: "
            "leave StreamSpecification out, or set StreamEnabled to false"
        )


def _settings(params: Params, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with those that are only kept and told."""
    changed = dict(settings)
    for member in ("TableClass", "OnDemandThroughput"):
        if member in params:
            changed[member] = params[member]
    encryption = params.get("SSESpecification")
    if encryption is not None:
        changed.pop("SSEDescription", None)
        if encryption.get("Enabled"):
            changed["SSEDescription"] = {
                "Status": "ENABLED",
                "SSEType": encryption.get("SSEType", "KMS"),
            }
    return changed


def _index_changes(changes: Sequence[Params]) -> dict[str, list[Params]]:
    """Sort GlobalSecondaryIndexUpdates by action. Raises `AwsError`."""
    by_action: dict[str, list[Params]] = {}
    names: set[str] = set()
    for change in changes:
        if not change:
            raise invalid(
                "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
                "GlobalSecondaryIndexUpdate.Delete must not be null"
            )
        if len(change) > 1:
            raise invalid(
                "Only one of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
                "GlobalSecondaryIndexUpdate.Delete may be given at once"
            )
        ((action, given),) = change.items()
        if given["IndexName"] in names:
            raise invalid(
                "Only one global secondary index update per index is allowed simultaneously. "
                f"Index: {given['IndexName']}"
            )
        names.add(given["IndexName"])
        by_action.setdefault(action, []).append(given)
    if len(by_action.get("Create", ())) + len(by_action.get("Delete", ())) > 1:
        raise limit_exceeded(
            "Subscriber limit exceeded: Only 1 online index can be created or deleted "
            "simultaneously per table"
        )
    return by_action


def _new_index(table: Table, given: Params, params: Params, billing: str) -> NewIndex:
    types = schemas.attribute_types(params.get("AttributeDefinitions", ()))
    new = schemas.global_index(given, types, billing)
    known = [table.partition, table.sort]
    for index in table.indexes:
        known += [index.partition, index.sort]
    for old in known:
        for attribute in (new.partition, new.sort):
            if old and attribute and old.name == attribute.name and old.type != attribute.type:
                raise schemas.redefined(old, attribute)
    if any(index.name == new.name for index in table.indexes):
        raise IndexExists(new.name)
    present = [
        NewIndex(index.name, index.local, index.partition, index.sort, included=index.included)
        for index in table.indexes
    ]
    schemas.check_indexes([*present, new])
    return new


def _check_global(table: Table, name: str) -> None:
    if table.index(name).index.local:
        raise invalid(f"{name} is a local secondary index, which stays as long as its table")


def _altered(table: Table, params: Params, updates: Sequence[Params], now: float) -> Table:
    """Return the record of a table with its changed settings. Raises `AwsError`."""
    settings = throughput.changed_settings(table.settings, params, now)
    indexes = {index.name: index for index in table.indexes}
    for update in updates:
        index = indexes.get(update["IndexName"])
        if index is None or index.local:
            raise validation(
                "This operation cannot be performed with given input values. Please contact "
                "DynamoDB service team for more info: Action Blocked: IndexUpdate"
            )
        indexes[index.name] = _altered_index(index, update, now)
    billing = settings["BillingMode"]
    bare = [
        index.name
        for index in indexes.values()
        if not index.local and "ProvisionedThroughput" not in index.settings
    ]
    if billing == throughput.PROVISIONED and bare and table.settings["BillingMode"] != billing:
        raise invalid(f"ProvisionedThroughput must be specified for index: {','.join(bare)}")
    if billing == throughput.ON_DEMAND:
        indexes = {name: replace(index, settings={}) for name, index in indexes.items()}
    return replace(
        table,
        settings=_settings(params, settings),
        indexes=tuple(indexes.values()),
        protected=params.get("DeletionProtectionEnabled", table.protected),
    )


def _altered_index(index: Index, update: Params, now: float) -> Index:
    wanted = update.get("ProvisionedThroughput")
    if wanted is None:
        return index
    settings = throughput.changed_index(index.settings, wanted, index.name, now)
    return replace(index, settings=settings)


def _while_updating(before: Table, table: Table, statistics: dict[int, Statistics]) -> Result:
    """Describe a table just changed: for the client it still is being changed."""
    description = describe_table(table, statistics)
    still = before.settings.get("ProvisionedThroughput", {})
    throughput = {**description["ProvisionedThroughput"], **still}
    return {**description, "TableStatus": UPDATING, "ProvisionedThroughput": throughput}
