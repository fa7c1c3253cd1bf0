"""Pages of listings: tokens that say where the next page begins."""

from collections.abc import Sequence
from typing import TypeVar

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Params, Result

T = TypeVar("T")

_MOST = 100


def page(found: Sequence[T], params: Params, member: str) -> tuple[Sequence[T], Result]:
    """Return those of a page, and the result to which they are to be added as `member`.

    Raises InvalidNextTokenException.
    """
    token = params.get("NextToken", "0")
    if not (token.isascii() and token.isdecimal()) or int(token) > len(found):
        raise AwsError("InvalidNextTokenException", "The pagination token is invalid.")
    start = int(token)
    stop = start + params.get("MaxResults", _MOST)
    result: Result = {member: []}
    if stop < len(found):
        result["NextToken"] = str(stop)
    return found[start:stop], result
