"""Listings: GetParametersByPath, DescribeParameters."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from lenticular.apis.aws.ssm.access import Access, parameter_name
from lenticular.apis.aws.ssm.descriptions import described, valued
from lenticular.apis.aws.ssm.errors import validation
from lenticular.apis.aws.ssm.filters import (
    OF_DESCRIPTIONS,
    OF_PATHS,
    is_below,
    label_of,
    predicate,
)
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.parameters import Parameter, Parameters, ParameterVersion

T = TypeVar("T")

MOST_LISTED = 50
_MOST_BY_PATH = 10


class ListingOperations:
    """What is listed."""

    def __init__(self, parameters: Parameters, access: Access) -> None:
        self._parameters = parameters
        self._access = access

    async def get_parameters_by_path(self, call: Call, params: Params) -> Result:
        """Return the parameters right below a path, or at any depth, with their values."""
        path = params["Path"]
        if not path.startswith("/"):
            raise validation(
                "The parameter doesn't meet the parameter name requirements. The parameter name "
                'must begin with a forward slash "/".'
            )
        recursive = params.get("Recursive", False)
        name = parameter_name(call, path.rstrip("/") or "/")
        call.require(
            "ssm:GetParametersByPath", name.arn, keys={"ssm:recursive": str(recursive).lower()}
        )
        filters = params.get("ParameterFilters", ())
        takes = predicate(filters, OF_PATHS)

        def wanted(parameter: Parameter, version: ParameterVersion) -> bool:
            below = is_below(path, parameter.name, recursive=recursive)
            return below and takes(parameter, version)

        found, last = await self._parameters.page(
            call.principal.account_id,
            call.region,
            prefix=path.rstrip("/") + "/",
            behind=name_in(params.get("NextToken")),
            limit=params.get("MaxResults", _MOST_BY_PATH),
            takes=wanted,
            label=label_of(filters),
        )
        decrypted = params.get("WithDecryption", False)
        return {
            "Parameters": [valued(each, decrypted=decrypted) for each in found],
            "NextToken": token_of(last),
        }

    async def describe_parameters(self, call: Call, params: Params) -> Result:
        """Tell of the account's parameters in the region, without their values."""
        call.require("ssm:DescribeParameters")
        if params.get("Filters") and params.get("ParameterFilters"):
            raise validation("Filters and ParameterFilters can't be used in the same request.")
        if params.get("Shared"):
            return {"Parameters": []}  # nothing is shared with other accounts
        filters = [
            *params.get("ParameterFilters", ()),
            *({"Option": "Equals", **each} for each in params.get("Filters", ())),
        ]
        found, last = await self._parameters.page(
            call.principal.account_id,
            call.region,
            behind=name_in(params.get("NextToken")),
            limit=params.get("MaxResults", MOST_LISTED),
            takes=predicate(filters, OF_DESCRIPTIONS),
        )
        listed = [described(each) | {"ARN": each.parameter.where.arn} for each in found]
        return {"Parameters": listed, "NextToken": token_of(last)}


def token_of(last: str | None) -> str | None:
    """Return the token of a page that goes on behind a name."""
    return None if last is None else base64.b64encode(f"behind {last}".encode()).decode()


def name_in(token: str | None) -> str:
    """Return the name that a page goes on behind. Raises InvalidNextToken."""
    if token is None:
        return ""
    return _read(token, "behind")


def offset_page(found: Sequence[T], params: Params, most: int) -> tuple[Sequence[T], str | None]:
    """Return a page of what is there as a whole, and the token of the next.

    Raises InvalidNextToken.
    """
    start = 0
    if "NextToken" in params:
        number = _read(params["NextToken"], "from")
        if not (number.isascii() and number.isdecimal() and len(number) < 10):
            raise _invalid()
        start = int(number)
    stop = start + params.get("MaxResults", most)
    token = base64.b64encode(b"from %d" % stop).decode() if stop < len(found) else None
    return found[start:stop], token


def _read(token: str, expected: str) -> str:
    try:
        word, _, rest = base64.b64decode(token, validate=True).decode().partition(" ")
    except (binascii.Error, UnicodeDecodeError):
        raise _invalid() from None
    if word != expected or not rest:
        raise _invalid()
    return rest


def _invalid() -> AwsError:
    return AwsError("InvalidNextToken", "The specified token isn't valid.")
