"""Audit: an append-only, tamper-evident log of who did what, kept for every account."""

from lenticular.primitives.audit.events import CLOUD, DATA, HIDDEN, MANAGEMENT, Event, Resource
from lenticular.primitives.audit.log import Audit
from lenticular.primitives.audit.trails import Trail, Trails
from lenticular.primitives.audit.verification import Finding, Verification

__all__ = [
    "CLOUD",
    "DATA",
    "HIDDEN",
    "MANAGEMENT",
    "Audit",
    "Event",
    "Finding",
    "Resource",
    "Trail",
    "Trails",
    "Verification",
]
