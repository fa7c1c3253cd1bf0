"""Meters: what is used, by whom, for what, in each hour, and what that costs.

Requests and the bytes of answers are counted as they are served; storage is a level for each
bucket and table, added up over time.
"""

from lenticular.primitives.meters.filters import EVERYTHING, Filter, all_of, any_of, none_of, one_of
from lenticular.primitives.meters.holders import Holders
from lenticular.primitives.meters.levels import Holder
from lenticular.primitives.meters.lines import (
    BYTES_OUT,
    DELETE,
    HOUR,
    LIST,
    MANAGE,
    READ,
    REQUESTS,
    STORAGE,
    WRITE,
    Line,
)
from lenticular.primitives.meters.meters import Census, Counted, Held, Meters
from lenticular.primitives.meters.prices import (
    DOLLAR,
    GIB,
    MONTH,
    PriceListError,
    Prices,
    dollars,
)
from lenticular.primitives.meters.usage import Usage, spender, usage

__all__ = [
    "BYTES_OUT",
    "DELETE",
    "DOLLAR",
    "EVERYTHING",
    "GIB",
    "HOUR",
    "LIST",
    "MANAGE",
    "MONTH",
    "READ",
    "REQUESTS",
    "STORAGE",
    "WRITE",
    "Census",
    "Counted",
    "Filter",
    "Held",
    "Holder",
    "Holders",
    "Line",
    "Meters",
    "PriceListError",
    "Prices",
    "Usage",
    "all_of",
    "any_of",
    "dollars",
    "none_of",
    "one_of",
    "spender",
    "usage",
]
