"""Where the store keeps contents."""

from lenticular.engines.kv.keys import Subspace

DATA = Subspace("contents", "data")  # (content id) -> bytes
LAYOUT = Subspace("contents", "layout")  # (content id) -> Layout
HOLDER = Subspace("contents", "holder")  # (blob id, content id) -> nothing
RELEASED = Subspace("contents", "released")  # (milliseconds, content id) -> Content
