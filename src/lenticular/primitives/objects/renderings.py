"""What listings make of the records of a page, kept for records that are listed again.

What an entry shows is a function of its record, and whoever synchronises, browses or watches
a folder lists the same records over and over: decoding and writing them out is most of the
cost of a listing, and looking them up a tenth of that.
"""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar, cast

from lenticular.primitives.objects.records import Listed, Version, decode_listing

T = TypeVar("T")

Form = Callable[[list[bytes]], Sequence[T | None]]
"""Makes of each record of a page what is wanted of it; None of a delete marker."""

_MOST = 8192
"""Records in each of the two generations: about 4 MiB."""


def as_listed(values: list[bytes]) -> Sequence[Listed | None]:
    """Return what listings show of each version."""
    return [None if listed.is_marker else listed for listed in decode_listing(values)]


def as_versions(values: list[bytes]) -> Sequence[Version | None]:
    """Return each version, with all that there is to know of it."""
    versions = cast("Sequence[Version]", decode_listing(values, whole=True))
    return [None if version.is_marker else version for version in versions]


class Renderings(Generic[T]):
    """What `render` makes of records; those that were not asked for lately are forgotten."""

    def __init__(self, render: Callable[[Listed], T]) -> None:
        self._render = render
        self._young: dict[bytes, T | None] = {}
        self._old: dict[bytes, T | None] = {}

    def __call__(self, values: list[bytes]) -> Sequence[T | None]:
        """Return what is made of each record; see `Form`."""
        try:
            return list(map(self._young.__getitem__, values))
        except KeyError:
            made = self._made(values)
            return [made[value] for value in values]

    def _made(self, values: list[bytes]) -> dict[bytes, T | None]:
        young, old = self._young, self._old
        made = {value: found[value] for found in (old, young) for value in values if value in found}
        new = [value for value in values if value not in made]
        for value, listed in zip(new, decode_listing(new), strict=True):
            made[value] = None if listed.is_marker else self._render(listed)
        if len(young) > _MOST:
            self._old, self._young = young, {}
        self._young.update(made)
        return made
