"""Whether the server's own agent is needed: it is not run where nobody has files for it."""

from lenticular.engines.kv.contract import Reader
from lenticular.primitives.collections import records
from lenticular.primitives.collections.records import COLLECTION

_PAGE = 256


def is_served_by_server(reader: Reader) -> bool:
    """Tell whether there is a collection that the server's own agent serves."""
    start, stop = COLLECTION.range()
    while page := reader.range(start, stop, limit=_PAGE):
        for _, data in page:
            one = records.decode_collection(data)
            if one.entity == "mapped" and not one.agent_id:
                return True
        start = page[-1][0] + b"\x00"
    return False
