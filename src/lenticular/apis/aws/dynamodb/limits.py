"""The limits of DynamoDB's interface ("Quotas in Amazon DynamoDB"); items' are the tables'."""

MAX_EXPRESSION = 4096
"""Bytes of an expression."""

MAX_OPERATORS = 300
"""Operators in an expression."""

MAX_IN_OPERANDS = 100
"""Values of one IN."""

MAX_PATH = 32
"""Elements of a document path."""

MAX_LIST_INDEX = 2**31 - 1

MAX_PARENTHESES = 160
"""Levels of parentheses in an expression. Ours: a meaningful expression within the limits
of length and operators nests less, and a parser that recurses must not do so for ever."""

MAX_LOCAL_INDEXES = 5
MAX_GLOBAL_INDEXES = 20
"""Per table."""

MAX_INCLUDED = 100
"""Attributes that all indexes of a table name in their projections."""

MAX_TAGS = 50
"""Per table."""

MAX_CAPACITY_UNITS = 1_000_000_000_000

MAX_BATCH_READ = 100
"""Keys of a BatchGetItem."""

MAX_BATCH_WRITE = 25
"""Requests of a BatchWriteItem."""

MAX_BATCH_BYTES = 16 * 1024 * 1024
"""Bytes of items that a BatchGetItem returns."""

MAX_TRANSACTION_BYTES = 4 * 1024 * 1024
"""Bytes of the items and keys of a transaction."""
