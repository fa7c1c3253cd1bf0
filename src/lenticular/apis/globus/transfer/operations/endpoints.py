"""Endpoints: collections, made, described, changed and deleted."""

from lenticular.primitives.collections import Collections


class EndpointOperations:
    """The operations on collections."""

    def __init__(self, collections: Collections) -> None:
        self._collections = collections
