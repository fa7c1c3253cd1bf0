"""Holders by name, remembered: whom a request to a bucket or table is charged to."""

from lenticular.primitives.meters.levels import Holder
from lenticular.primitives.remembered import N, Remembered


class Holders(Remembered[N, Holder | None]):
    """The holders of one primitive."""
