"""Keys: made, kept sealed, rotated and destroyed here; what they seal goes out, they never do."""

from lenticular.primitives.keys.keys import Keys
from lenticular.primitives.keys.sealing import DataKey

__all__ = ["DataKey", "Keys"]
