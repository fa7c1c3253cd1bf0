"""Contents: byte strings of any size that records point at, clear or sealed."""

from lenticular.primitives.contents.contents import GRACE, SMALL, Contents
from lenticular.primitives.contents.records import Check, Content, PartInfo, Received
from lenticular.primitives.contents.sealing import ContentSealed

__all__ = [
    "GRACE",
    "SMALL",
    "Check",
    "Content",
    "ContentSealed",
    "Contents",
    "PartInfo",
    "Received",
]
