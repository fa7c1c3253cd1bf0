"""Contents: byte strings of any size that records point at, clear or sealed."""

from lenticular.primitives.contents.contents import GRACE, SMALL, Contents, blobs_in_use
from lenticular.primitives.contents.holds import HoldExpired, Holds
from lenticular.primitives.contents.records import Check, Content, PartInfo, Received
from lenticular.primitives.contents.sealing import ContentSealed

__all__ = [
    "GRACE",
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
