"""Statements run on an engine in the test's own process, over a few records."""

import csv
import io
import json

import duckdb
import pytest

from lenticular.primitives.selections import CsvInput, CsvOutput, Header, JsonOutput
from lenticular.primitives.selections.records import DelimitedRecords, JsonRecords
from lenticular.primitives.selections.statements import parse
from lenticular.primitives.selections.translation import translate


@pytest.fixture(scope="session")
def engine():
    connection = duckdb.connect(":memory:", config={"threads": "1"})
    yield connection
    connection.close()


@pytest.fixture
def select(engine):
    """``select(statement, rows, names)`` over CSV: returns rows of text, as CSV is read."""

    def run(statement, rows=(("1",),), names=(), output=None):
        header = Header.USE if names else Header.NONE
        columns = max(map(len, rows), default=1)
        records = DelimitedRecords(CsvInput(header=header), names, columns)
        sql = translate(parse(statement), records, output or CsvOutput())
        width = records.form.columns
        kinds = ", ".join(f"c{number} VARCHAR" for number in range(1, width + 1))
        engine.execute(f"CREATE OR REPLACE TABLE selected ({kinds})")
        for row in rows:
            padded = [*row, *[None] * (width - len(row))]
            engine.execute(f"INSERT INTO selected VALUES ({', '.join('?' * width)})", padded)
        text = "".join(row for (row,) in engine.execute(sql).fetchall())
        if isinstance(output, JsonOutput):
            return [json.loads(line) for line in text.splitlines()]
        return list(csv.reader(io.StringIO(text, newline="")))

    return run


@pytest.fixture
def select_json(engine):
    """``select_json(statement, documents)``: returns documents."""

    def run(statement, documents):
        sql = translate(parse(statement), JsonRecords(lines=True), JsonOutput())
        engine.execute("CREATE OR REPLACE TABLE selected (json JSON)")
        for document in documents:
            engine.execute("INSERT INTO selected VALUES (?)", [json.dumps(document)])
        return [json.loads(row) for (row,) in engine.execute(sql).fetchall()]

    return run
