"""What is selected from, and in which form the result comes (S3 API: SelectObjectContent)."""

from dataclasses import dataclass, field
from enum import StrEnum

from lenticular.engines.queries.contract import Compression
from lenticular.engines.queries.delimited import Dialect


class Header(StrEnum):
    """What the first record of delimited text is."""

    NONE = "NONE"
    """A record like the others."""
    USE = "USE"
    """The names of the columns."""
    IGNORE = "IGNORE"
    """Nothing."""


@dataclass(frozen=True, slots=True)
class CsvInput:
    """Delimited text."""

    dialect: Dialect = field(default_factory=Dialect)
    header: Header = Header.NONE


@dataclass(frozen=True, slots=True)
class JsonInput:
    """JSON: a value a line, or values that are documents of any shape."""

    lines: bool


@dataclass(frozen=True, slots=True)
class ParquetInput:
    """Apache Parquet."""


@dataclass(frozen=True, slots=True)
class CsvOutput:
    """Records as delimited text."""

    field: str = ","
    record: str = "\n"
    quote: str = '"'
    escape: str = '"'
    quotes_all: bool = False
    """Whether every field is quoted; else those that must be."""


@dataclass(frozen=True, slots=True)
class JsonOutput:
    """Records as JSON objects."""

    record: str = "\n"


@dataclass(frozen=True, slots=True)
class ScanRange:
    """Which bytes the records must start in, counted from zero, both included.

    Without `start`, the last `end` bytes; without `end`, all from `start` on.
    """

    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """One request for a part of an object."""

    expression: str
    form: CsvInput | JsonInput | ParquetInput
    output: CsvOutput | JsonOutput
    compression: Compression = Compression.NONE
    scan_range: ScanRange | None = None
