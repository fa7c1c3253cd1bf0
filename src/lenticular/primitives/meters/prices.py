"""Prices: what a unit of each meter costs, read from a price list.

A cost is a whole number of shares, of which `DOLLAR` make one US dollar: so many that every
price of a list is a whole number of them, for a byte kept for a millisecond too. So costs are
added up without any rounding; what is shown is rounded to nano-dollars.
"""

import tomllib
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from importlib.resources import files
from pathlib import Path

import msgspec
from msgspec import Struct

from lenticular.primitives.meters.lines import BYTES_OUT, REQUESTS, STORAGE

FILE_NAME = "prices.toml"
"""The price list in the data folder, and the one that is there without it."""

GIB = 2**30
"""Bytes of a gibibyte, which price lists of public clouds call a GB."""

MONTH = 730 * 3_600_000
"""Milliseconds of a month, of which a year has twelve: what a price per month is for."""

DOLLAR = 10**9 * GIB * MONTH
"""Shares of a dollar. A cost is a whole number of shares."""

_UNITS: Mapping[str, tuple[str, int]] = {
    "GiB": (BYTES_OUT, GIB),
    "GiB-month": (STORAGE, GIB * MONTH),
}
"""What a price may be for, besides a number of requests: its meter, and so many units of it."""

_NANO = Decimal("0.000000001")


class PriceListError(ValueError):
    """A price list cannot be used; the message says which line of which file, and why."""


class _Price(Struct, frozen=True, forbid_unknown_fields=True):
    usd: Decimal
    per: int | str


_Sections = dict[str, dict[str, _Price]]


class Prices:
    """A price list."""

    def __init__(self, text: str, source: str = FILE_NAME) -> None:
        """Read a price list; `source` names it in errors. Raises `PriceListError`."""
        self.text = text
        """As it was written."""
        self._costs: dict[tuple[str, str], int] = {}
        try:
            document = tomllib.loads(text, parse_float=Decimal)
            sections = msgspec.convert(document, _Sections, strict=False)
        except ValueError as error:
            raise PriceListError(f"{source}: {error}") from error
        if not sections:
            raise PriceListError(f"{source} has no prices: `lenticular prices` prints some")
        for service, section in sections.items():
            for meter, price in section.items():
                where = f"{source}, section {service}, line {meter}"
                self._costs[service, meter] = _cost(meter, price, where)
        self._services = frozenset(sections)

    @classmethod
    def load(cls, folder: Path | None = None) -> "Prices":
        """Read the price list of a data folder, or the one that comes with the program.

        Raises `PriceListError`, and OSError when the file cannot be read.
        """
        own = folder / FILE_NAME if folder is not None else None
        if own is not None and own.exists():
            return cls(own.read_text(encoding="utf-8"), str(own))
        return cls((files(__package__) / FILE_NAME).read_text(encoding="utf-8"))

    def cost(self, service: str, meter: str) -> int:
        """Return the cost of one unit: a request, a byte, or a byte-millisecond."""
        return self._costs.get((service, meter), 0)

    def lists(self, service: str) -> bool:
        """Tell whether a service has a section."""
        return service in self._services


def dollars(cost: int) -> Decimal:
    """Return a cost in dollars, to the nano-dollar."""
    return (Decimal(cost) / DOLLAR).quantize(_NANO, ROUND_HALF_EVEN)


def _cost(meter: str, price: _Price, where: str) -> int:
    if isinstance(price.per, int):
        known, units = meter in REQUESTS, price.per
    else:
        needed, units = _UNITS.get(price.per, ("", 0))
        known = meter == needed
    if not known or units <= 0:
        raise PriceListError(
            f"{where}: requests ({', '.join(REQUESTS)}) are priced per a number of them, "
            f'{BYTES_OUT} per "GiB" and {STORAGE} per "GiB-month", not {meter} per '
            f"{price.per!r}"
        )
    if not price.usd.is_finite() or price.usd < 0:
        raise PriceListError(f"{where}: a price is a number of dollars from 0, not {price.usd}")
    numerator, denominator = price.usd.as_integer_ratio()
    cost, rest = divmod(numerator * DOLLAR, denominator * units)
    if rest:
        raise PriceListError(
            f"{where}: {price.usd} dollars per {price.per} cannot be divided exactly; take a "
            "price with at most nine decimals, per a power of ten"
        )
    return cost
