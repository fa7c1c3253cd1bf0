"""What went wrong in a query, told by the errors that DuckDB and the readers raise."""

import re

import duckdb

from lenticular.engines.queries.compression import NotCompressed
from lenticular.engines.queries.contract import Fault
from lenticular.engines.queries.delimited import NotDelimited
from lenticular.engines.queries.protocol import Failure
from lenticular.engines.queries.scanning import RecordTooLarge

_WORDS = (
    ("invalid unicode", Fault.ENCODING),
    ("not utf-8", Fault.ENCODING),
    ("utf-8 encod", Fault.ENCODING),
    ("maximum line size", Fault.RECORD_SIZE),
    ("maximum_object_size", Fault.RECORD_SIZE),
    ("expected number of columns", Fault.WIDTH),
    ("csv error", Fault.INPUT),
    ("malformed json", Fault.INPUT),
    ("parquet", Fault.INPUT),
    ("snappy", Fault.INPUT),
    ("thrift", Fault.INPUT),
)
"""In DuckDB's message, in lower case; an error's type alone does not tell these."""

_TYPES: tuple[tuple[type[Exception], Fault], ...] = (
    (NotCompressed, Fault.COMPRESSION),
    (UnicodeDecodeError, Fault.ENCODING),
    (RecordTooLarge, Fault.RECORD_SIZE),
    (NotDelimited, Fault.INPUT),
    (MemoryError, Fault.LIMIT),
    (duckdb.OutOfMemoryException, Fault.LIMIT),
    (duckdb.ConversionException, Fault.VALUE),
    (duckdb.OutOfRangeException, Fault.VALUE),
    (duckdb.InvalidInputException, Fault.VALUE),
    (duckdb.BinderException, Fault.STATEMENT),
    (duckdb.CatalogException, Fault.STATEMENT),
    (duckdb.ParserException, Fault.STATEMENT),
    (duckdb.NotImplementedException, Fault.STATEMENT),
)
_LONGEST = 300
_QUOTED = "original line"
_ASIDES = ("possible", "* ", "file =", "line ", "candidate", "did you mean")
"""How lines of DuckDB's messages begin that tell of its own options, or quote the statement."""
_CLASS = re.compile(r"^([A-Z]\w+ )+Error: ")


def explained(error: Exception) -> Failure:
    """Return what an error means to whoever asked."""
    message = str(error)
    if isinstance(error, MemoryError | duckdb.OutOfMemoryException):
        return Failure(Fault.LIMIT, "the query needs more memory than it may have")
    if isinstance(error, duckdb.Error):
        lowered = message.lower()
        for words, fault in _WORDS:
            if words in lowered:
                return Failure(fault, _brief(message))
    for kind, fault in _TYPES:
        if isinstance(error, kind):
            return Failure(fault, _brief(message))
    return Failure(Fault.ENGINE, f"{type(error).__name__}: {_brief(message)}")


def _brief(message: str) -> str:
    """Return the lines of a message that are about the data."""
    told: list[str] = []
    for line in filter(None, map(str.strip, message.splitlines())):
        if told and line.lower().startswith(_QUOTED):
            continue
        if told and line.lower().startswith(_ASIDES):
            break
        told.append(line)
    return _CLASS.sub("", " ".join(told)[:_LONGEST])
