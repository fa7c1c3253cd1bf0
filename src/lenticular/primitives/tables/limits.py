"""How large keys, items and tables may be.

The numbers are those of Amazon DynamoDB ("Quotas in Amazon DynamoDB"); they fit the
stores of other clouds, too.
"""

MAX_PARTITION_KEY = 2048
"""Bytes."""

MAX_SORT_KEY = 1024
"""Bytes."""

MAX_ITEM = 400 * 1024
"""Bytes, names of attributes included, as `values` counts them."""

MAX_NAME = 65_535
"""Bytes of an attribute's name."""

MAX_NESTING = 32
"""Levels of lists and maps in an attribute."""

MAX_DIGITS = 38
"""Significant digits of a number."""

MAX_EXPONENT = 125
MIN_EXPONENT = -130
"""Decimal exponents of the first digit of a number, largest and smallest."""

PAGE = 1024 * 1024
"""Bytes of items after which a query or scan ends its page."""

TOKEN_LIFE = 600.0
"""Seconds for which the token of a transaction stands for it."""

OLDEST_EXPIRY = 5 * 365 * 86_400.0
"""Seconds: an item whose time to live ended longer ago is kept, for the time is a mistake."""
