"""Which table a request is about, and whether its caller may know of it."""

import re
from functools import lru_cache

from lenticular.apis.aws.dynamodb.errors import access_denied, validation
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call
from lenticular.primitives.tables import TableName

_NAME = re.compile(r"[a-zA-Z0-9_.-]{3,255}")
_LONGEST = 255
_CHARACTERS = re.compile(r"[a-zA-Z0-9_.-]+")
_TABLE_ARN = re.compile(r"arn:aws[a-z-]*:dynamodb:([a-z0-9-]+):([0-9]{12}):table/([^/]+)")


def table_name(call: Call, given: str) -> TableName:
    """Return the table that a TableName, which may be an ARN, means.

    Raises ValidationException, or AccessDeniedException when it is another account's.
    """
    check_caller(call)
    if len(given) <= _LONGEST:
        name = _own_table(call.principal.account_id, call.region, given)
        if name is not None:
            return name
    if given.startswith("arn:"):
        return _by_arn(call, given)
    raise _bad_name(given)


def find_table_name(call: Call, given: str) -> TableName | None:
    """Return the table that a TableName means; None where `table_name` would raise."""
    try:
        return table_name(call, given)
    except AwsError:
        return None


def new_table_name(call: Call, given: str) -> TableName:
    """Return the name of a table to be made, which may not be an ARN."""
    check_caller(call)
    if not _NAME.fullmatch(given):
        raise _bad_name(given)
    return TableName(call.principal.account_id, call.region, given)


def tagged_table(call: Call, arn: str) -> TableName:
    """Return the table that a ResourceArn means. Raises as `table_name`."""
    check_caller(call)
    if not arn.startswith("arn:"):
        raise validation(f"Invalid TableArn: ARNs must start with 'arn:': {arn}")
    return _by_arn(call, arn)


def check_caller(call: Call) -> None:
    """Check that the caller is someone. Raises MissingAuthenticationTokenException."""
    if call.principal.is_anonymous:
        raise AwsError(
            "MissingAuthenticationTokenException", "Request is missing Authentication Token"
        )


@lru_cache(maxsize=4096)
def table_arn(name: TableName) -> str:
    """Return the ARN of a table."""
    return f"arn:aws:dynamodb:{name.region}:{name.account_id}:table/{name.name}"


@lru_cache(maxsize=4096)
def _own_table(account_id: str, region: str, given: str) -> TableName | None:
    """Return the table of a name; None: it is no name of a table."""
    return TableName(account_id, region, given) if _NAME.fullmatch(given) else None


def _by_arn(call: Call, arn: str) -> TableName:
    match = _TABLE_ARN.fullmatch(arn)
    if match is None or not _NAME.fullmatch(match[3]):
        raise validation(f"Invalid TableArn: Invalid ResourceArn provided as input {arn}")
    region, account_id, name = match.groups()
    if account_id != call.principal.account_id:
        raise access_denied(call.principal.arn, call.operation, arn)
    if region != call.region:
        raise AwsError("ResourceNotFoundException", "Requested resource not found")
    return TableName(account_id, region, name)


def _bad_name(given: str) -> AwsError:
    """Return the error of a name, in the form that the constraints of the model are told in."""
    demands = []
    if not _CHARACTERS.fullmatch(given):
        demands.append("Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+")
    if len(given) < 3:
        demands.append("Member must have length greater than or equal to 3")
    if len(given) > 255:
        demands.append("Member must have length less than or equal to 255")
    problems = [
        f"Value '{given}' at 'tableName' failed to satisfy constraint: {demand}"
        for demand in demands
    ]
    noun = "error" if len(problems) == 1 else "errors"
    return validation(f"{len(problems)} validation {noun} detected: {'; '.join(problems)}")
