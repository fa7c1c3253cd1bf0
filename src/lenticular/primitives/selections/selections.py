"""Selections: a part of one object, by a statement of S3 Select, run by a query engine."""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from lenticular.engines.queries.contract import (
    Block,
    Compression,
    Delimited,
    Fault,
    Input,
    Progress,
    Query,
    QueryEngine,
    QueryFailed,
    Relation,
)
from lenticular.primitives.selections.errors import SelectionError
from lenticular.primitives.selections.forms import (
    CsvInput,
    JsonInput,
    ParquetInput,
    Selection,
)
from lenticular.primitives.selections.records import (
    MAX_COLUMNS,
    RELATION,
    DelimitedRecords,
    JsonRecords,
    ParquetRecords,
    Records,
)
from lenticular.primitives.selections.samples import sample
from lenticular.primitives.selections.values import DIVISION_BY_ZERO

Read = Callable[[int, int | None], AsyncIterator[bytes]]
"""Reads a range of an object: from an offset, so many bytes (None: all)."""

_PIPE = re.compile(r"""(?:file )?["']?/(?:dev|proc/self)/fd/\d+["']?""")
"""How an engine names what it reads."""

_CODES = {
    Fault.ENCODING: "InvalidTextEncoding",
    Fault.COMPRESSION: "TruncatedInput",
    Fault.RECORD_SIZE: "OverMaxRecordSize",
    Fault.WIDTH: "CSVParsingError",
    Fault.VALUE: "CastFailed",
    Fault.STATEMENT: "EvaluatorBindingDoesNotExist",
    Fault.LIMIT: "ExternalEvalException",
    Fault.ENGINE: "InternalError",
}


class Selections:
    """Selects from objects by one engine."""

    def __init__(self, engine: QueryEngine) -> None:
        self._engine = engine

    @asynccontextmanager
    async def select(
        self, selection: Selection, read: Read, size: int
    ) -> AsyncGenerator[AsyncIterator[Block | Progress], None]:
        """Select from an object of `size` bytes while the context lasts.

        Entering and iterating raise `SelectionError`, entering also `QueriesBusy`; both raise
        what reading the object raises.
        """
        window = _window(selection, size)
        records = await self._records(selection, read)
        statement = await asyncio.to_thread(_translated, selection, records)
        form = records.form
        if window.in_record and isinstance(form, Delimited):
            form = Delimited(form.dialect, form.columns)  # the header is not in the range
        relation = Relation(RELATION, form, selection.compression, window.in_record, window.stop)
        query = Query(statement, [Input(relation, read(window.start, None))])
        try:
            async with self._engine.run(query) as events:
                yield _explained(events, selection)
        except QueryFailed as failure:
            raise _error(failure, selection) from None

    async def _records(self, selection: Selection, read: Read) -> Records:
        match selection.form:
            case CsvInput() as form:
                seen = await sample(lambda: read(0, None), form, selection.compression)
                if seen.columns > MAX_COLUMNS:
                    raise SelectionError(
                        "OverMaxColumn", f"A record has more than {MAX_COLUMNS} columns."
                    )
                return DelimitedRecords(form, seen.names, seen.columns)
            case JsonInput(lines):
                return JsonRecords(lines=lines)
            case ParquetInput():
                return ParquetRecords()


def _translated(selection: Selection, records: Records) -> str:
    """Return the engine's statement; in a thread, for a long one takes its time."""
    # sqlglot takes 0.1 s to import: whoever selects nothing does not wait for it.
    from lenticular.primitives.selections.statements import parse
    from lenticular.primitives.selections.translation import translate

    return translate(parse(selection.expression), records, selection.output)


@dataclass(frozen=True, slots=True)
class _Window:
    """What is read of an object, and which records of it count (see `Relation`)."""

    start: int = 0
    in_record: bool = False
    stop: int | None = None


def _window(selection: Selection, size: int) -> _Window:
    """Return what to read. Raises `SelectionError`.

    It begins one record delimiter early: if one stands there, a record starts with the range.
    """
    asked = selection.scan_range
    if asked is None:
        return _Window()
    delimiter = _scannable(selection)
    first, last = asked.start, asked.end
    if first is None:
        first, last = max(size - (last or 0), 0), None
    if last is not None and last < first:
        raise SelectionError("InvalidScanRange", "The scan range ends before it starts.")
    if first >= size:
        raise SelectionError(
            "InvalidScanRange", f"The scan range starts at {first}; the object has {size} bytes."
        )
    start = max(first - len(delimiter), 0)
    return _Window(start, first > 0, None if last is None else last + 1 - start)


def _scannable(selection: Selection) -> bytes:
    """Return the record delimiter of what can be read from the middle. Raises otherwise."""
    if selection.compression == Compression.NONE:
        match selection.form:
            case CsvInput(dialect) if not dialect.quoted_records:
                if len(set(dialect.record)) == len(dialect.record):  # "||": where does it begin?
                    return dialect.record.encode()
            case JsonInput(lines=True):
                return b"\n"
    raise SelectionError(
        "UnsupportedScanRangeInput",
        "A scan range needs CSV without AllowQuotedRecordDelimiter, or JSON with type LINES, "
        "and no compression.",
    )


async def _explained(
    events: AsyncIterator[Block | Progress], selection: Selection
) -> AsyncIterator[Block | Progress]:
    try:
        async for event in events:
            yield event
    except QueryFailed as failure:
        raise _error(failure, selection) from None


def _error(failure: QueryFailed, selection: Selection) -> SelectionError:
    code = _CODES.get(failure.fault)
    message = str(failure).replace(f'Values list "{RELATION}"', "The file")
    message = _PIPE.sub("the file", message).rstrip(".") + "."
    if DIVISION_BY_ZERO in message:
        code = "EvaluatorInvalidArguments"
    if code is None:
        match selection.form:
            case CsvInput():
                code = "CSVParsingError"
            case JsonInput():
                code = "JSONParsingError"
            case ParquetInput():
                code = "ParquetParsingError"
    return SelectionError(code or "InternalError", message)
