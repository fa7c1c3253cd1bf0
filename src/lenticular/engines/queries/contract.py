"""The contract of a query engine: one read-only SQL statement over given inputs, with limits.

The statement is DuckDB's SQL and never a user's own text: whoever offers a dialect to users
(Select, later Athena) parses it, allows what it knows, and writes the statement itself. The
engine trusts neither that nor the inputs: a statement reaches its inputs and nothing else.

Each row is one text, finished where the data are (``to_json(...)``, fields that are joined):
rows then cross from the engine to the client as bytes, and nothing between looks into them.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from lenticular.engines.queries.delimited import Dialect

MAX_BLOCK = 1024 * 1024
"""Most bytes of a `Block`."""
MAX_RECORD = 1024 * 1024
"""Most bytes of one record of delimited text (S3 User Guide, "Select: Requirements and limits")."""
MAX_JSON_RECORD = 64 * 1024 * 1024
"""Most bytes of one JSON value of an input."""


class Compression(StrEnum):
    """How a whole input is compressed."""

    NONE = "NONE"
    GZIP = "GZIP"
    BZIP2 = "BZIP2"


class Delimited(msgspec.Struct, frozen=True, tag=True):
    """Delimited text (CSV). The relation has columns ``c1``, ``c2`` ... of text.

    A column that a record does not have is NULL; an empty field is the empty text.
    """

    dialect: Dialect
    columns: int
    """How many columns the relation has. A record with more of them is a fault of the input."""
    has_header: bool = False
    """Whether the first record is left out."""


class Json(msgspec.Struct, frozen=True, tag=True):
    """JSON values one after another. The relation has the one column ``json``."""

    lines: bool
    """Whether each value is a line; else they may span lines and share them."""


class Parquet(msgspec.Struct, frozen=True, tag=True):
    """Apache Parquet. The relation has the columns of the file, with their types."""


class Relation(msgspec.Struct, frozen=True):
    """What a statement reads, under a name."""

    name: str
    """By which the statement knows it: letters, digits and underscores."""
    form: Delimited | Json | Parquet
    compression: Compression = Compression.NONE
    in_record: bool = False
    """Whether the content begins within a record, or with the delimiter before one: what comes
    up to the first delimiter, with it, is left out. For delimited text and lines of JSON."""
    stop: int | None = None
    """Offset in the content from which no record may start any more (None: they all count)."""


@dataclass(frozen=True, slots=True)
class Input:
    """A relation with its bytes."""

    relation: Relation
    content: AsyncIterator[bytes]
    """Read once, as far as the statement needs it. What it raises ends the query."""


@dataclass(frozen=True, slots=True)
class Query:
    """A statement with what it reads."""

    statement: str
    inputs: Sequence[Input]


class Limits(msgspec.Struct, frozen=True):
    """What one query may use, and how many may run."""

    concurrency: int = 4
    """Queries at once."""
    memory: int = 512 * 1024 * 1024
    """Bytes that a query may hold."""
    seconds: float = 300.0
    """Seconds from a query's begin to its end, however slowly its rows are taken."""
    threads: int = 2
    """Processors that a query may keep busy."""


@dataclass(frozen=True, slots=True)
class Block:
    """What comes next of the rows, one after another: at most `MAX_BLOCK` bytes.

    A row may be cut, and go on in the next block.
    """

    data: bytes


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a query is. Comes every second or so while it runs, and once at its end."""

    scanned: int
    """Bytes of the inputs that were read."""
    processed: int
    """Bytes that these were without compression."""


class QueriesBusy(Exception):
    """As many queries run as may."""

    def __init__(self, concurrency: int) -> None:
        super().__init__(f"{concurrency} queries are running, which is as many as may at once")


class Fault(StrEnum):
    """What a query failed of."""

    INPUT = "input"
    """The input is not of the form that it was said to be of."""
    ENCODING = "encoding"
    """The input's text is not UTF-8."""
    COMPRESSION = "compression"
    """The input is not compressed as it was said to be."""
    RECORD_SIZE = "record size"
    """A record is larger than may be."""
    WIDTH = "width"
    """A record has more columns than its relation."""
    VALUE = "value"
    """A value cannot be converted, or is out of range."""
    STATEMENT = "statement"
    """The statement does not fit its inputs: a column or type that is not there."""
    LIMIT = "limit"
    """The query would use more memory or time than it may."""
    ENGINE = "engine"
    """The engine itself failed."""


class QueryFailed(Exception):
    """A query did not come to its end; rows that came before are right."""

    def __init__(self, fault: Fault, message: str) -> None:
        super().__init__(message)
        self.fault = fault


class QueryEngine(ABC):
    """Runs statements, each where it sees no data but its own."""

    @abstractmethod
    def run(self, query: Query) -> AbstractAsyncContextManager[AsyncIterator[Block | Progress]]:
        """Run a query while the context lasts; leaving it stops the query at once.

        Entering raises `QueriesBusy`. The iteration ends with a `Progress`; it raises
        `QueryFailed`, and what the inputs' contents raise.
        """

    @abstractmethod
    async def close(self) -> None:
        """Let go of what is held in readiness. No query is running any more."""
