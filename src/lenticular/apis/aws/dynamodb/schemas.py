"""Reads keys and indexes out of the parameters of CreateTable and UpdateTable, and checks them."""

from collections.abc import Mapping, Sequence
from typing import Any

from lenticular.apis.aws.dynamodb.errors import invalid, validation
from lenticular.apis.aws.dynamodb.limits import (
    MAX_GLOBAL_INDEXES,
    MAX_INCLUDED,
    MAX_LOCAL_INDEXES,
)
from lenticular.apis.aws.dynamodb.throughput import ON_DEMAND, check_units
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Params
from lenticular.primitives.tables import INCLUDE, KeyAttribute, NewIndex

Schema = tuple[KeyAttribute, KeyAttribute | None]
"""Partition and sort key."""

Types = Mapping[str, str]
"""Types of attributes by name."""


def attribute_types(definitions: Sequence[Params]) -> dict[str, str]:
    """Read AttributeDefinitions. Raises ValidationException."""
    types: dict[str, str] = {}
    for definition in definitions:
        name = definition["AttributeName"]
        if name in types:
            raise invalid(
                "Cannot have two attributes with the same name: "
                f"Duplicate AttributeName in AttributeDefinitions: {name}"
            )
        types[name] = definition["AttributeType"]
    return types


def table_schema(params: Params, types: Types) -> Schema:
    """Read the KeySchema of a table. Raises ValidationException."""
    elements = params["KeySchema"]
    _check_count(elements)
    if len(types) < len(elements):
        raise validation("Invalid KeySchema: Some index key attribute have no definition")
    return read_schema(elements, types)


def read_schema(elements: Sequence[Params], types: Types) -> Schema:
    """Read a KeySchema. Raises ValidationException."""
    _check_count(elements)
    names = [element["AttributeName"] for element in elements]
    if any(name not in types for name in names):
        raise invalid(
            "Some index key attributes are not defined in AttributeDefinitions. "
            f"Keys: {_written(names)}, AttributeDefinitions: {_written(types)}"
        )
    if elements[0]["KeyType"] != "HASH":
        raise validation("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
    partition = KeyAttribute(names[0], types[names[0]])
    if len(elements) == 1:
        return partition, None
    if names[0] == names[1]:
        raise validation(
            "Both the Hash Key and the Range Key element in the KeySchema have the same name"
        )
    if elements[1]["KeyType"] != "RANGE":
        raise validation("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")
    return partition, KeyAttribute(names[1], types[names[1]])


def new_indexes(params: Params, types: Types, schema: Schema, billing: str) -> list[NewIndex]:
    """Read the secondary indexes of a new table. Raises ValidationException."""
    local, global_ = params.get("LocalSecondaryIndexes"), params.get("GlobalSecondaryIndexes")
    if local is not None and not local:
        raise invalid("List of LocalSecondaryIndexes is empty")
    if global_ is not None and not global_:
        raise invalid("List of GlobalSecondaryIndexes is empty")
    if local and schema[1] is None:
        raise invalid(
            "Table KeySchema does not have a range key, which is required when specifying a "
            "LocalSecondaryIndex"
        )
    indexes = [_local_index(each, types, schema) for each in local or ()]
    indexes += [global_index(each, types, billing) for each in global_ or ()]
    check_indexes(indexes)
    return indexes


def global_index(params: Params, types: Types, billing: str) -> NewIndex:
    """Read a global secondary index. Raises ValidationException."""
    name = params["IndexName"]
    throughput = params.get("ProvisionedThroughput")
    partition, sort = read_schema(params["KeySchema"], types)
    projection, included = _projection(params["Projection"])
    if billing == ON_DEMAND and throughput:
        raise invalid(
            f"ProvisionedThroughput should not be specified for index: {name} "
            "when BillingMode is PAY_PER_REQUEST"
        )
    if billing != ON_DEMAND and not throughput:
        raise invalid(f"ProvisionedThroughput is not specified for index: {name}")
    if throughput:
        check_units(throughput, f" for index {name}")
    settings = {"ProvisionedThroughput": throughput} if throughput else {}
    return NewIndex(name, False, partition, sort, projection, included, settings)


def check_indexes(indexes: Sequence[NewIndex]) -> None:
    """Check the numbers and names of all indexes of a table. Raises ValidationException."""
    names: set[str] = set()
    for index in indexes:
        if index.name in names:
            raise invalid(f"Duplicate index name: {index.name}")
        names.add(index.name)
    local = sum(index.local for index in indexes)
    if local > MAX_LOCAL_INDEXES:
        raise invalid(
            f"Number of LocalSecondaryIndexes exceeds per-table limit of {MAX_LOCAL_INDEXES}"
        )
    if len(indexes) - local > MAX_GLOBAL_INDEXES:
        raise invalid(
            f"GlobalSecondaryIndex count exceeds the per-table limit of {MAX_GLOBAL_INDEXES}"
        )
    if sum(len(index.included) for index in indexes) > MAX_INCLUDED:
        raise invalid(
            "The total number of NonKeyAttributes across all indexes exceeds the limit of "
            f"{MAX_INCLUDED}"
        )


def check_definitions(types: Types, schema: Schema, indexes: Sequence[NewIndex]) -> None:
    """Check that all AttributeDefinitions belong to keys. Raises ValidationException."""
    attributes = [*schema]
    for index in indexes:
        attributes += [index.partition, index.sort]
    used = list(dict.fromkeys(attribute.name for attribute in attributes if attribute))
    if len(used) == len(types):
        return
    if not indexes:
        raise invalid(
            "Number of attributes in KeySchema does not exactly match number of attributes "
            "defined in AttributeDefinitions"
        )
    raise invalid(
        "Some AttributeDefinitions are not used. "
        f"AttributeDefinitions: {_written(types)}, keys used: {_written(used)}"
    )


def redefined(old: KeyAttribute, new: KeyAttribute) -> AwsError:
    """Return the error of an attribute that is defined with another type than it had."""
    return invalid(
        "Attributes cannot be redefined. Please check that your attribute has the same type as "
        f"previously defined. Existing schema: {old.name}:{old.type} "
        f"New schema: {new.name}:{new.type}"
    )


def _check_count(elements: Sequence[Params]) -> None:
    if len(elements) > 2:
        shown = ", ".join(
            f"KeySchemaElement(attributeName={element['AttributeName']}, "
            f"keyType={element['KeyType']})"
            for element in elements
        )
        raise validation(
            f"1 validation error detected: Value '[{shown}]' at 'keySchema' failed to satisfy "
            "constraint: Member must have length less than or equal to 2"
        )


def _local_index(params: Params, types: Types, schema: Schema) -> NewIndex:
    name = params["IndexName"]
    partition, sort = read_schema(params["KeySchema"], types)
    if sort is None:
        raise invalid(f"Index KeySchema does not have a range key for index: {name}")
    if partition != schema[0]:
        raise invalid(
            "Index KeySchema does not have the same leading hash key as table KeySchema for "
            f"index: {name}. index hash key: {partition.name}, table hash key: {schema[0].name}"
        )
    projection, included = _projection(params["Projection"])
    return NewIndex(name, True, partition, sort, projection, included)


def _projection(params: Params) -> tuple[str, tuple[str, ...]]:
    kind, names = params.get("ProjectionType"), params.get("NonKeyAttributes", [])
    if kind is None:
        raise invalid("Unknown ProjectionType: null")
    if kind != INCLUDE and names:
        raise invalid(f"ProjectionType is {kind}, but NonKeyAttributes is specified")
    if kind == INCLUDE and not names:
        raise invalid("ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
    for name in names:
        if names.count(name) > 1:
            raise invalid(f"Duplicate value in NonKeyAttributes: {name}")
    return kind, tuple(names)


def _written(names: Any) -> str:
    return f"[{', '.join(names)}]"
