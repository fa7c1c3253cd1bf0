"""Checks an ExclusiveStartKey, in the several steps and words of the service.

A query looks first at the number of its attributes and at the partition key; the rest
comes after the key conditions, against which it is held.
"""

from lenticular.apis.aws.dynamodb.errors import validation
from lenticular.apis.aws.dynamodb.expressions.comparisons import COMPARE, begins_with
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.primitives.tables import Index, Item, KeyAttribute, SortCondition, Table, Value
from lenticular.primitives.tables.values import equal

_INVALID = "The provided starting key is invalid"
_MISMATCH = "The provided key element does not match the schema"


def check_shape(table: Table, index: Index | None, start: Item) -> None:
    """Check the number of attributes of a start key, and its partition key."""
    wanted = _key_of(table, index)
    partition = (index or table).partition
    if len(start) != len(wanted) or partition.name not in start:
        raise validation(_INVALID)
    if partition.type not in start[partition.name]:
        raise validation(_MISMATCH)
    if index is None and table.sort is None:
        raise validation(
            f"The provided exclusive start key is invalid: ExclusiveStartKey: {_shown(start)}"
        )


def check_attributes(table: Table, index: Index | None, start: Item) -> None:
    """Check the other attributes of a start key."""
    sort = (index or table).sort
    if sort and sort.name not in start:
        raise validation(_INVALID)
    if sort and sort.type not in start[sort.name]:
        raise validation(_MISMATCH)
    for attribute in _key_of(table, index):
        if attribute.type not in start.get(attribute.name, ()):
            raise validation(f"{_INVALID}: {_MISMATCH}")


def check_within(
    table: Table,
    index: Index | None,
    partition: Value,
    condition: SortCondition | None,
    start: Item,
) -> None:
    """Check that a start key is one that the query can have ended with."""
    partition_attribute, sort = (index or table).partition, (index or table).sort
    same_partition = equal(start[partition_attribute.name], partition)
    if condition is not None and sort is not None:
        matches = _matches(start[sort.name], condition)
        one_row = index is None and condition.operator == "="
        if one_row or (matches and not same_partition):
            raise validation("The query can return at most one row and cannot be restarted")
        if not matches:
            raise validation("The provided starting key does not match the range key predicate")
    if not same_partition:
        raise outside()


def check_scan(table: Table, index: Index | None, start: Item) -> None:
    """Check the start key of a scan; of an index its shape is checked before."""
    if index is None:
        wanted = {attribute.name: attribute.type for attribute in _key_of(table, None)}
        if start.keys() != wanted.keys() or any(
            wanted[name] not in value for name, value in start.items()
        ):
            raise validation(f"{_INVALID}: {_MISMATCH}")
        return
    check_attributes(table, index, start)


def outside() -> AwsError:
    """Return the error of a start key of another partition."""
    return validation(
        "The provided starting key is outside query boundaries based on provided conditions"
    )


def wrong_segment(segment: tuple[int, int]) -> AwsError:
    """Return the error of a start key of another segment."""
    number, total = segment
    return validation(
        f"{_INVALID}: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct "
        f"Segment. TotalSegments: {total} Segment: {number}"
    )


def _key_of(table: Table, index: Index | None) -> list[KeyAttribute]:
    """Return the attributes that tell an item from all others of a table or an index."""
    attributes = [table.partition, table.sort]
    if index is not None:
        attributes += [index.partition, index.sort]
    by_name = {attribute.name: attribute for attribute in attributes if attribute}
    return list(by_name.values())


def _matches(value: Value, condition: SortCondition) -> bool:
    operator, values = condition
    if operator == "between":
        return COMPARE[">="](value, values[0]) and COMPARE["<="](value, values[1])
    if operator == "begins_with":
        return begins_with(value, values[0])
    return COMPARE[operator](value, values[0])


def _shown(start: Item) -> str:
    parts = [
        f"{name}=AttributeValue: {{{tag}:{content}}}"
        for name, value in start.items()
        for tag, content in value.items()
    ]
    return f"{{{', '.join(parts)}}}"
