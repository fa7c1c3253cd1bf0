"""What SelectObjectContent asks for: its document as a selection.

API reference: SelectObjectContent, with the defaults that its structures name.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.primitives.selections import (
    Compression,
    CsvInput,
    CsvOutput,
    Dialect,
    Header,
    JsonInput,
    JsonOutput,
    ParquetInput,
    ScanRange,
    Selection,
)

Document = Mapping[str, Any]


def selection_of(params: Document) -> Selection:
    """Return what a request asks for. Raises AwsError."""
    expression = _required(params, "Expression")
    kind = _required(params, "ExpressionType")
    if kind != "SQL":
        raise AwsError(
            "InvalidExpressionType",
            f"The ExpressionType is invalid: {kind}. Only SQL expressions are supported.",
        )
    given = _required(params, "InputSerialization")
    form = _input(given)
    compression = Compression(
        _choice(given, "CompressionType", ("NONE", "GZIP", "BZIP2"), "InvalidCompressionFormat")
    )
    if isinstance(form, ParquetInput) and compression != Compression.NONE:
        raise AwsError(
            "InvalidCompressionFormat",
            "Parquet is compressed within: its CompressionType is NONE.",
        )
    output = _output(_required(params, "OutputSerialization"))
    return Selection(expression, form, output, compression, _scan_range(params.get("ScanRange")))


def wants_progress(params: Document) -> bool:
    """Tell whether a request asks for reports of progress."""
    return bool((params.get("RequestProgress") or {}).get("Enabled"))


def _required(given: Document, name: str) -> Any:
    value = given.get(name)
    if value is None or value == "":
        raise AwsError(
            "MissingRequiredParameter", f"The SelectRequest entity has no {name}, which it needs."
        )
    return value


def _choice(given: Document, name: str, choices: Sequence[str], code: str) -> str:
    """Return one of some words; the first is the default."""
    value = str(given.get(name) or choices[0]).upper()
    if value not in choices:
        raise AwsError(code, f"The {name} is invalid: {value}. There are {', '.join(choices)}.")
    return value


def _one_form(given: Document, container: str, forms: Sequence[str]) -> tuple[str, Document]:
    """Return the one form that is given."""
    named = [name for name in forms if given.get(name) is not None]
    if len(named) == 1:
        return named[0], given[named[0]]
    code = "ObjectSerializationConflict" if named else "InvalidDataSource"
    raise AwsError(
        code,
        f"{container} takes one of {', '.join(forms)}; "
        f"it came with {', '.join(named) or 'none of them'}.",
    )


def _input(given: Document) -> CsvInput | JsonInput | ParquetInput:
    name, form = _one_form(given, "InputSerialization", ("CSV", "JSON", "Parquet"))
    match name:
        case "CSV":
            header = _choice(
                form, "FileHeaderInfo", ("NONE", "USE", "IGNORE"), "InvalidFileHeaderInfo"
            )
            return CsvInput(_dialect(form), Header(header))
        case "JSON":
            _required(form, "Type")
            kind = _choice(form, "Type", ("DOCUMENT", "LINES"), "InvalidJsonType")
            return JsonInput(lines=kind == "LINES")
    return ParquetInput()


def _dialect(form: Document) -> Dialect:
    dialect = Dialect(
        field=_mark(form, "FieldDelimiter", ","),
        record=_mark(form, "RecordDelimiter", "\n", longest=2),
        quote=_mark(form, "QuoteCharacter", '"', shortest=0),
        escape=_mark(form, "QuoteEscapeCharacter", '"', shortest=0),
        comment=_mark(form, "Comments", "#", shortest=0),
        quoted_records=bool(form.get("AllowQuotedRecordDelimiter")),
    )
    _check_distinct(dialect.field, dialect.record, dialect.quote)
    return dialect


def _output(given: Document) -> CsvOutput | JsonOutput:
    name, form = _one_form(given, "OutputSerialization", ("CSV", "JSON"))
    if name == "JSON":
        return JsonOutput(_mark(form, "RecordDelimiter", "\n", longest=2))
    output = CsvOutput(
        field=_mark(form, "FieldDelimiter", ","),
        record=_mark(form, "RecordDelimiter", "\n", longest=2),
        quote=_mark(form, "QuoteCharacter", '"', shortest=0),
        escape=_mark(form, "QuoteEscapeCharacter", '"', shortest=0),
        quotes_all=_choice(form, "QuoteFields", ("ASNEEDED", "ALWAYS"), "InvalidQuoteFields")
        == "ALWAYS",
    )
    _check_distinct(output.field, output.record, output.quote)
    return output


def _mark(form: Document, name: str, default: str, *, shortest: int = 1, longest: int = 1) -> str:
    """Return a delimiter or another character that has a meaning."""
    value = form.get(name)
    if value is None:
        return default
    if not shortest <= len(value) <= longest or "\0" in value:
        raise AwsError(
            "InvalidRequestParameter",
            f"The value of {name} is invalid: {value[:16]!r}; "
            f"it has {longest} character{'s at most' if longest > 1 else ''}.",
        )
    return str(value)


def _check_distinct(field: str, record: str, quote: str) -> None:
    """Refuse delimiters that cannot be told apart."""
    if field in record or (quote and (quote == field or quote in record)):
        raise AwsError(
            "InvalidRequestParameter",
            "FieldDelimiter, RecordDelimiter and QuoteCharacter must differ from one another.",
        )


def _scan_range(given: Document | None) -> ScanRange | None:
    if given is None:
        return None
    start, end = given.get("Start"), given.get("End")
    if (start is None and end is None) or min(start or 0, end or 0) < 0:
        raise AwsError("InvalidScanRange", "A ScanRange has a Start or an End, or both, from 0 on.")
    return ScanRange(start, end)
