"""Whether the server's own agent is needed: it is not run where nobody has files for it."""

from lenticular.engines.kv.contract import Reader
from lenticular.primitives.collections import records


def is_served_by_server(reader: Reader) -> bool:
    """Tell whether there is a collection that the server's own agent serves."""
    return any(one.entity == "mapped" and not one.agent_id for one in records.everything(reader))
