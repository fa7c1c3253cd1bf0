"""Lists come in pages: MaxItems of them, and a Marker where the next page goes on."""

from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from lenticular.apis.aws.iam.errors import validation
from lenticular.apis.aws.wire.service import Params, Result

T = TypeVar("T")

_DEFAULT = 100
"""Items of a page that does not say how many it may have."""


class Page:
    """The page that a request asks for."""

    def __init__(self, params: Params) -> None:
        """Read where it begins and how long it may be. Raises AwsError for a bad Marker."""
        self.limit: int = params.get("MaxItems", _DEFAULT)
        self.after = _opened(params["Marker"]) if "Marker" in params else ""
        """The last name on the page before; empty: this is the first one."""

    @property
    def wanted(self) -> int:
        """How many to look for: one more tells that there is another page."""
        return self.limit + 1

    def cut(self, found: Sequence[T], name: Callable[[T], str]) -> tuple[Sequence[T], Result]:
        """Return what is on this page of `found`, which begins with it, and how it goes on."""
        page = found[: self.limit]
        if len(found) <= self.limit:
            return page, {"IsTruncated": False}
        return page, {"IsTruncated": True, "Marker": _sealed(name(page[-1]))}

    def of(self, everything: Iterable[T], name: Callable[[T], str]) -> tuple[Sequence[T], Result]:
        """Return what is on this page of `everything`, and how it goes on; by `name`."""
        ordered = sorted(everything, key=name)
        return self.cut([item for item in ordered if name(item) > self.after], name)


def _sealed(name: str) -> str:
    return urlsafe_b64encode(name.encode()).decode()


def _opened(marker: str) -> str:
    try:
        return b64decode(marker, altchars=b"-_", validate=True).decode()
    except ValueError:
        raise validation("Invalid Marker.") from None
