"""Records as the client wants them: CSV or JSON, written by the engine where the data are."""

from collections.abc import Sequence

import orjson

from lenticular.primitives.selections.forms import CsvOutput, JsonOutput
from lenticular.primitives.selections.records import RELATION, JsonRecords, Records
from lenticular.primitives.selections.values import Kind, Value, as_text, literal


def row(
    columns: Sequence[tuple[str, Value]],
    records: Records,
    output: CsvOutput | JsonOutput,
    source: str,
    clauses: str,
) -> str:
    """Return a statement whose rows are records as text; no `columns`: the whole record.

    `clauses` are those that follow SELECT. (The engine takes FROM before it.)
    """
    end = literal(output.record)
    members = columns or records.members()
    if members is None and not isinstance(records, JsonRecords) and isinstance(output, CsvOutput):
        field = _field("coalesce(CAST(COLUMNS(*) AS VARCHAR), '')", output)
        fields = f"concat_ws({literal(output.field)}, *COLUMNS(*))"
        return f"FROM (FROM {source} SELECT {field}{clauses}) SELECT {fields} || {end}"
    return f"FROM {source} SELECT {_record(members, records, output, columns)} || {end}{clauses}"


def _record(
    members: Sequence[tuple[str, Value]] | None,
    records: Records,
    output: CsvOutput | JsonOutput,
    columns: Sequence[tuple[str, Value]],
) -> str:
    if members is None:
        if isinstance(records, JsonRecords):
            return _whole_value(output)
        return f"CAST(to_json({RELATION}) AS VARCHAR)"
    if isinstance(output, JsonOutput):
        return _json(members)
    values = [value for _, value in members]
    return _csv(values, output) if columns else _csv_of_present(values, output)


def _csv(values: Sequence[Value], output: CsvOutput) -> str:
    fields = [_field(f"coalesce({as_text(value)}, '')", output) for value in values]
    return f" || {literal(output.field)} || ".join(fields)


def _csv_of_present(values: Sequence[Value], output: CsvOutput) -> str:
    """Return the fields that a record has: only its last ones may be missing."""
    fields = [_field(as_text(value), output) for value in values]
    return f"concat_ws({literal(output.field)}, {', '.join(fields)})"


def _field(text: str, output: CsvOutput) -> str:
    """Return a field, quoted where it must be."""
    if not output.quote:
        return text
    escaped = text
    for mark in dict.fromkeys((output.escape, output.quote)):
        escaped = f"replace({escaped}, {literal(mark)}, {literal(output.escape + mark)})"
    quoted = f"{literal(output.quote)} || {escaped} || {literal(output.quote)}"
    if output.quotes_all:
        return f"({quoted})"
    special = f"{output.field}{output.record}{output.quote}\r\n"
    found = " OR ".join(f"contains({text}, {literal(mark)})" for mark in sorted(set(special)))
    return f"(CASE WHEN {found} THEN {quoted} ELSE {text} END)"


def _json(columns: Sequence[tuple[str, Value]]) -> str:
    """Return an object of the columns, without those that are missing."""
    members = [_member(name, value) for name, value in columns]
    return f"'{{' || concat_ws(',', {', '.join(members)}) || '}}'"


def _member(name: str, value: Value) -> str:
    key = literal(orjson.dumps(name).decode() + ":")
    match value.kind:
        case Kind.JSON:
            written = f"CAST({value.sql} AS VARCHAR)"
        case Kind.TIME | Kind.NUMBER:
            written = as_text(value)
            if value.kind == Kind.TIME:
                written = f"CAST(to_json({written}) AS VARCHAR)"
        case Kind.NULL:
            written = "NULL"
        case _:
            written = f"CAST(to_json({value.sql}) AS VARCHAR)"
    if value.is_stored and value.kind in {Kind.TEXT, Kind.JSON}:
        return f"{key} || {written}"  # NULL for what is missing, which is left out
    return f"{key} || coalesce({written}, 'null')"


def _whole_value(output: CsvOutput | JsonOutput) -> str:
    """Return a whole value of JSON; one that is no object becomes the column ``_1``."""
    if isinstance(output, JsonOutput):
        return (
            "CASE coalesce(json_type(record), '') WHEN 'OBJECT' THEN CAST(json(record) AS VARCHAR) "
            "WHEN '' THEN '{}' ELSE '{\"_1\":' || CAST(json(record) AS VARCHAR) || '}' END"
        )
    each = _field(
        "coalesce(record ->> ('/' || replace(replace(name, '~', '~0'), '/', '~1')), '')", output
    )
    fields = (
        f"array_to_string(list_transform(json_keys(record), lambda name: {each}), "
        f"{literal(output.field)})"
    )
    whole = _field("coalesce(record ->> '$', '')", output)
    return f"CASE WHEN json_type(record) = 'OBJECT' THEN {fields} ELSE {whole} END"
