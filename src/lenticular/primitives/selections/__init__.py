"""Selections: S3 Select's SQL over one object. It knows no HTTP and none of its event streams."""

from lenticular.engines.queries.contract import Block, Compression, Progress, QueriesBusy
from lenticular.engines.queries.delimited import Dialect
from lenticular.primitives.selections.errors import SelectionError
from lenticular.primitives.selections.forms import (
    CsvInput,
    CsvOutput,
    Header,
    JsonInput,
    JsonOutput,
    ParquetInput,
    ScanRange,
    Selection,
)
from lenticular.primitives.selections.selections import Read, Selections

__all__ = [
    "Block",
    "Compression",
    "CsvInput",
    "CsvOutput",
    "Dialect",
    "Header",
    "JsonInput",
    "JsonOutput",
    "ParquetInput",
    "Progress",
    "QueriesBusy",
    "Read",
    "ScanRange",
    "Selection",
    "SelectionError",
    "Selections",
]
