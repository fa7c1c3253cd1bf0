"""The errors of DynamoDB: how to raise them, and what the tables' own are in its words.

The codes and texts are those of the service, taken from its API reference and from what it
is known to answer.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import orjson

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.primitives.tables import errors as tables

INVALID = "One or more parameter values were invalid: "

_IN_USE = "Attempt to change a resource which is still in use: "
_EMPTY = {"S": "string", "B": "binary"}
_WANTED = {
    "S": "String",
    "N": "String",
    "B": "ByteBuffer",
    "SS": "String",
    "NS": "String",
    "BS": "ByteBuffer",
    "BOOL": "Boolean",
    "NULL": "Boolean",
    "L": "List",
    "M": "Map",
}


def validation(message: str) -> AwsError:
    """Return the error of a request that cannot be served as it is."""
    return AwsError("ValidationException", message)


def invalid(message: str) -> AwsError:
    """Return the error of a parameter that has a bad value."""
    return validation(INVALID + message)


def table_not_found(name: str) -> AwsError:
    """Return the error of operations on tables (those on items do not name the table)."""
    message = f"Requested resource not found: Table: {name} not found"
    return AwsError("ResourceNotFoundException", message)


def access_denied(arn: str, operation: str, resource: str) -> AwsError:
    """Return the error of a caller that may not do something to a resource."""
    message = (
        f"User: {arn or 'anonymous'} is not authorized to perform: "
        f"dynamodb:{operation} on resource: {resource or '*'}"
    )
    return AwsError("AccessDeniedException", message)


def limit_exceeded(message: str) -> AwsError:
    """Return the error of too many operations or things of a kind."""
    return AwsError("LimitExceededException", message)


@contextmanager
def repeated_keys(message: str) -> Iterator[None]:
    """Say `message` if two operations of the request inside are about one item."""
    try:
        yield
    except tables.KeysRepeated as error:
        raise validation(message) from error


def translate(error: Exception) -> AwsError | None:
    """Return what an error of the tables is in DynamoDB; None: it is none of theirs."""
    match error:
        case tables.TransactionCancelled():
            return _cancelled(error)
        case tables.ConditionFailed():
            fields = _item_field(error)
            return AwsError(
                "ConditionalCheckFailedException", "The conditional request failed", fields=fields
            )
        case tables.ValueMalformed():
            return AwsError("SerializationException", malformed_text(error))
        case tables.TableNotFound():
            return AwsError("ResourceNotFoundException", "Requested resource not found")
        case tables.TableExists():
            return AwsError("ResourceInUseException", f"Table already exists: {error.name}")
        case tables.TableBusy():
            message = f"Table is being updated: {error.name}"
            return AwsError("ResourceInUseException", _IN_USE + message)
        case tables.TokenReused():
            message = (
                "The ClientRequestToken was used before, for a request with other parameters: "
                "send the same parameters again, or another token"
            )
            return AwsError("IdempotentParameterMismatchException", message)
        case tables.TablesError():
            text = _text(error)
            return None if text is None else validation(text)
    return None


def _text(error: tables.TablesError) -> str | None:
    match error:
        case tables.ValueInvalid():
            return value_text(error)
        case tables.KeyInvalid():
            return _key_text(error)
        case tables.Rejected():
            return str(error)
        case tables.ItemTooLarge():
            what = "Item size to update" if error.updated else "Item size"
            return f"{what} has exceeded the maximum allowed size"
        case tables.IndexNotFound():
            return f"The table does not have the specified index: {error.name}"
        case tables.IndexNotReady():
            return f"Cannot read from backfilling global secondary index: {error.name}"
        case tables.StartKeyOutside():
            return (
                "The provided starting key is outside query boundaries based on provided conditions"
            )
        case tables.TableProtected():
            return (
                "Resource cannot be deleted as it is currently protected against deletion. "
                "Disable deletion protection first."
            )
        case tables.ExpiryUnchanged():
            state = "enabled" if error.attribute else "disabled"
            return f"TimeToLive is already {state}"
        case tables.ExpiryByOther():
            return (
                "TimeToLive is active on a different AttributeName: "
                f"current AttributeName is {error.attribute}"
            )
    return None


def value_text(error: tables.ValueInvalid) -> str:
    """Return what DynamoDB says of a value that cannot be stored."""
    match error:
        case tables.NumberInvalid():
            colon = f": {error.text}" if error.text else ""
            return f"The parameter cannot be converted to a numeric value{colon}"
        case tables.NumberTooPrecise():
            return "Attempting to store more than 38 significant digits in a Number"
        case tables.NumberTooLarge():
            return (
                "Number overflow. Attempting to store a number with magnitude larger than "
                "supported range"
            )
        case tables.NumberTooSmall():
            return (
                "Number underflow. Attempting to store a number with magnitude smaller than "
                "supported range"
            )
        case tables.ValueEmpty():
            return (
                "Supplied AttributeValue is empty, must contain exactly one of the supported "
                "datatypes"
            )
        case tables.ValueAmbiguous():
            return (
                "Supplied AttributeValue has more than one datatypes set, must contain exactly "
                "one of the supported datatypes"
            )
        case tables.NestedTooDeep():
            return (
                "Nesting Levels have exceeded supported limits: Attributes in the item have "
                "nested levels beyond supported limit"
            )
        case tables.SetRepeats(tag="NS"):
            return "Input collection contains duplicates"
    return INVALID + _invalid_value_text(error)


def _invalid_value_text(error: tables.ValueInvalid) -> str:
    match error:
        case tables.NullNotTrue():
            return "Null attribute value types must have the value of true"
        case tables.SetEmpty(tag="SS"):
            return "An string set  may not be empty"
        case tables.SetEmpty(tag="NS"):
            return "An number set  may not be empty"
        case tables.SetEmpty():
            return "Binary sets should not be empty"
        case tables.SetRepeats():
            members = f"[{', '.join(error.members)}]"
            kind = "of type BS" if error.tag == "BS" else " "
            return f"Input collection {members}{kind.rstrip()} contains duplicates."
        case tables.NameInvalid():
            if not error.name:
                return "Empty attribute name"
            return "Attribute name is too large, must be less than 65536 bytes"
    return str(error)


def malformed_text(error: tables.ValueMalformed) -> str:
    """Return what DynamoDB says of JSON of another type than the value's tag wants."""
    content, tag = error.content, error.tag
    if tag in {"B", "BS"} and isinstance(content, str):
        return "Invalid last non-pad Base64 character detected, or the length is no multiple of 4"
    if isinstance(content, dict):
        return "Start of structure or map found where not expected"
    if tag in {"L", "M", "SS", "NS", "BS"} and not isinstance(content, list):
        return "Unexpected field type"
    if isinstance(content, list):
        return f"Unrecognized collection type where {_WANTED.get(tag, 'a structure')} is expected"
    if not tag:
        return "Unexpected value type in payload"
    if tag in {"B", "BS"}:
        return "only base-64-encoded strings are convertible to bytes"
    return f"{_token(content)} cannot be converted to {_WANTED[tag]}"


def _token(content: object) -> str:
    if isinstance(content, bool):
        return "TRUE_VALUE" if content else "FALSE_VALUE"
    if isinstance(content, str):
        return "STRING_VALUE"
    return "DECIMAL_VALUE" if isinstance(content, float) else "NUMBER_VALUE"


def _key_text(error: tables.KeyInvalid) -> str:
    match error:
        case tables.KeyMissing():
            return f"{INVALID}Missing the key {error.name} in the item"
        case tables.KeyTypeMismatch():
            return (
                f"{INVALID}Type mismatch for key {error.name} "
                f"expected: {error.expected} actual: {error.actual}"
            )
        case tables.KeyEmpty():
            return (
                "One or more parameter values are not valid. The AttributeValue for a key "
                f"attribute cannot contain an empty {_EMPTY[error.type_name]} value. "
                f"Key: {error.name}"
            )
        case tables.PartitionKeyTooLong():
            return f"{INVALID}Size of hashkey has exceeded the maximum size limit of2048 bytes"
        case tables.SortKeyTooLong():
            return (
                f"{INVALID}Aggregated size of all range keys has exceeded the size limit of "
                "1024 bytes"
            )
        case tables.IndexKeyTypeMismatch():
            return (
                f"{INVALID}Type mismatch for Index Key {error.name} "
                f"Expected: {error.expected} Actual: {error.actual} IndexName: {error.index}"
            )
        case tables.IndexKeyEmpty():
            return (
                "One or more parameter values are not valid. A value specified for a secondary "
                "index key is not supported. The AttributeValue for a key attribute cannot "
                f"contain an empty {_EMPTY[error.type_name]} value. "
                f"IndexName: {error.index}, IndexKey: {error.name}"
            )
    return "The provided key element does not match the schema"


def _item_field(error: tables.ConditionFailed) -> dict[str, object]:
    return {} if error.item is None else {"Item": orjson.loads(error.item)}


def _cancelled(error: tables.TransactionCancelled) -> AwsError:
    reasons = [_reason(reason) for reason in error.reasons]
    codes = ", ".join(str(reason["Code"]) for reason in reasons)
    message = (
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    )
    return AwsError(
        "TransactionCanceledException", message, fields={"CancellationReasons": reasons}
    )


def _reason(error: tables.TablesError | None) -> dict[str, object]:
    if error is None:
        return {"Code": "None"}
    translated = translate(error)
    message = translated.message if translated else str(error)
    if isinstance(error, tables.ConditionFailed):
        return {"Code": "ConditionalCheckFailed", "Message": message, **_item_field(error)}
    return {"Code": "ValidationError", "Message": message}
