"""Metrics: numbers over time, as those who watch the cloud ask for them.

A series is one thing that is measured; a point is what was measured of it in one period. What
measures puts points, what shows them asks for statistics: neither knows of the other.
"""

from lenticular.primitives.metrics.metrics import Metrics
from lenticular.primitives.metrics.points import DAY, MINUTE, Point, Series

__all__ = ["DAY", "MINUTE", "Metrics", "Point", "Series"]
