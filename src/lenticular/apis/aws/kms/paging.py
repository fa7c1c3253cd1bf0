"""Pages of listings, which all have a Limit and a Marker here."""

import base64
from collections.abc import Callable, Sequence
from typing import TypeVar

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Params, Result

T = TypeVar("T")


def page_of(
    found: Sequence[T], params: Params, place: Callable[[T], str], usual: int = 50
) -> tuple[Sequence[T], Result]:
    """Return a page of what was found, and the members that tell of the next.

    `found` is in the order of `place`, a text that a Marker can hold. Raises
    InvalidMarkerException.
    """
    if "Marker" in params:
        last = _place(params["Marker"])
        found = [each for each in found if place(each) > last]
    page = found[: params.get("Limit", usual)]
    if len(page) == len(found):
        return page, {"Truncated": False}
    marker = base64.b64encode(place(page[-1]).encode()).decode()
    return page, {"Truncated": True, "NextMarker": marker}


def _place(marker: str) -> str:
    try:
        return base64.b64decode(marker, validate=True).decode()
    except ValueError:
        raise AwsError(
            "InvalidMarkerException", "The marker was not given out for this listing"
        ) from None
