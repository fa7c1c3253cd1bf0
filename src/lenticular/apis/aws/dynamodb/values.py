"""Reads items, keys and values out of parameters, with the service's words for what is wrong."""

from collections.abc import Mapping
from typing import Any

from lenticular.apis.aws.dynamodb.errors import malformed_text, validation, value_text
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.primitives.tables import Item, Value
from lenticular.primitives.tables import values as tables
from lenticular.primitives.tables.errors import (
    NumberInvalid,
    NumberTooLarge,
    NumberTooPrecise,
    NumberTooSmall,
    SetEmpty,
    SetRepeats,
    ValueInvalid,
    ValueMalformed,
)

read_item = tables.item
"""Returns a canonical item and its size; what it raises is translated."""


def read_key(given: object) -> Item:
    """Return a canonical key. What it raises is translated."""
    return tables.item(given)[0]


def read_value(given: object) -> Value:
    """Return a canonical value. What it raises is translated."""
    return tables.value(given)[0]


def read_start_key(given: object) -> Item:
    """Return a canonical ExclusiveStartKey. Raises `AwsError`."""
    try:
        return read_key(given)
    except ValueMalformed as error:
        raise AwsError("SerializationException", malformed_text(error)) from error
    except _TOLD_ALONE as error:
        raise validation(value_text(error)) from error
    except SetEmpty as error:
        if error.tag == "NS":
            raise validation(value_text(error)) from error
        raise _bad_start(error) from error
    except ValueInvalid as error:
        raise _bad_start(error) from error


def read_values(given: Mapping[str, Any]) -> dict[str, Value]:
    """Return canonical ExpressionAttributeValues, by placeholder. Raises `AwsError`."""
    read = {}
    for placeholder, value in given.items():
        try:
            read[placeholder] = tables.value(value)[0]
        except ValueMalformed as error:
            raise AwsError("SerializationException", malformed_text(error)) from error
        except ValueInvalid as error:
            raise validation(
                "ExpressionAttributeValues contains invalid value: "
                f"{value_text(error)} for key {placeholder}"
            ) from error
    return read


_TOLD_ALONE = (NumberInvalid, NumberTooLarge, NumberTooPrecise, NumberTooSmall, SetRepeats)
"""What is told of a start key without saying that it is one."""


def _bad_start(error: ValueInvalid) -> AwsError:
    return validation(f"The provided starting key is invalid: {value_text(error)}")
