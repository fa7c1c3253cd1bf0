"""Whether the server's own agent is needed: it is not run where nobody has files for it."""

from lenticular.engines.kv.contract import Reader
from lenticular.primitives.collections import records


def is_served_by_server(reader: Reader) -> bool:
    """Tell whether there is a collection: to those of other agents, it is the way in (relay)."""
    return any(True for _ in records.everything(reader))
