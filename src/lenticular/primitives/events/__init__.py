"""Events: what happened to the cloud's resources, told in the order in which it was committed.

A primitive appends an event in the transaction that it tells of, so an event is as durable
as its cause, and there is none without one. Whoever passes events on (queues, topics,
functions, event buses) attaches as an `Outlet`, which has a place of its own in the stream.
"""

from lenticular.primitives.events.records import Event, document
from lenticular.primitives.events.stream import Events, Outlet, append

__all__ = ["Event", "Events", "Outlet", "append", "document"]
