"""The connector that speaks to another agent: see `wire` for what they say."""

from lenticular.engines.connectors.peer.connector import PeerFiles

__all__ = ["PeerFiles"]
