"""Contents: byte strings of any size that records point at, clear or sealed."""

from lenticular.primitives.contents.contents import GRACE, LONGEST, SMALL, Contents
from lenticular.primitives.contents.holds import HoldExpired, Holds
from lenticular.primitives.contents.records import Check, Content, PartInfo, Received
from lenticular.primitives.contents.sealing import ContentSealed
from lenticular.primitives.contents.sweeping import blobs_in_use

__all__ = [
    "GRACE",
    "LONGEST",
    "SMALL",
    "Check",
    "Content",
    "ContentSealed",
    "Contents",
    "HoldExpired",
    "Holds",
    "PartInfo",
    "Received",
    "blobs_in_use",
]
