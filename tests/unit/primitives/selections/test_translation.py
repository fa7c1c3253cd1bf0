"""Expressions mean what the reference says: held against values that Python computes."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lenticular.primitives.selections import CsvOutput, JsonOutput, SelectionError

ROWS = [("Ann", "31", "Oslo"), ("bob", "7", ""), ("Čeněk", "9.5"), ("a_b%", "-2", 'say "x", y')]
NAMES = ("Name", "Age", "City")
QUICK = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def of(rows, *numbers):
    return [[row[number] for number in numbers] for row in rows]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("s.age > 8", lambda row: float(row[1]) > 8),
        ("s.name = 'bob'", lambda row: row[0] == "bob"),
        ("_2 BETWEEN 0 AND 10", lambda row: 0 <= float(row[1]) <= 10),
        ("NOT (age < 8 OR name LIKE 'A%')", lambda row: float(row[1]) >= 8 and row[0][0] != "A"),
        ("name IN ('bob', 'Ann')", lambda row: row[0] in {"bob", "Ann"}),
        ("name NOT IN ('bob', 'Ann')", lambda row: row[0] not in {"bob", "Ann"}),
        ("name LIKE 'a!_b!%' ESCAPE '!'", lambda row: row[0] == "a_b%"),
        ("name NOT LIKE '_o_'", lambda row: not re.fullmatch(".o.", row[0])),
        ("s.city IS MISSING", lambda row: len(row) < 3),
        ("city IS NOT NULL", lambda row: len(row) == 3),
        ("city = ''", lambda row: row[2:] == ("",)),
        ("CHAR_LENGTH(name) = 5", lambda row: len(row[0]) == 5),
        ("CAST(age AS DECIMAL(5, 1)) = 9.5", lambda row: row[1] == "9.5"),
        ("name = 5", lambda row: False),
        ("UPPER(name) = 'BOB' AND TRUE", lambda row: row[0] == "bob"),
        ("(age > 8) = TRUE", lambda row: float(row[1]) > 8),
    ],
)
def test_conditions(select, where, expected):
    found = select(f"SELECT s._1 FROM S3Object s WHERE {where}", ROWS, NAMES)
    assert found == of(filter(expected, ROWS), 0)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1 + 2 * 3", "7"),
        ("7 / 2", "3"),
        ("-7 / 2.0", "-3.5"),
        ("7 % 4", "3"),
        ("_1 + 1", "2"),
        ("'a' || 'b''c'", "ab'c"),
        ("CASE _1 WHEN '1' THEN 'one' ELSE 'more' END", "one"),
        ("CASE WHEN _1 = 2 THEN 'two' END", ""),
        ("COALESCE(_2, NULL, 'none')", "none"),
        ("NULLIF(_1, '1')", ""),
        ("LOWER('ÀB')", "àb"),
        ("SUBSTRING('123456789', 0)", "123456789"),
        ("SUBSTRING('123456789', -1, 4)", "12"),
        ("SUBSTRING('123456789' FROM 3 FOR 2)", "34"),
        ("TRIM('  x ')", "x"),
        ("TRIM(LEADING 'x' FROM 'xxaxx')", "axx"),
        ("TRIM(TRAILING 'x' FROM 'xxaxx')", "xxa"),
        ("CAST('12' AS INT) + 1", "13"),
        ("CAST('true' AS BOOL)", "true"),
        ("CAST(1.5 AS STRING)", "1.5"),
        ("CAST('2007-04-05T14:30Z' AS TIMESTAMP)", "2007-04-05T14:30:00Z"),
        ("TO_TIMESTAMP('2007-02-23T12:14:33.079-08:00')", "2007-02-23T20:14:33.079Z"),
        ("TO_TIMESTAMP('2007T')", "2007-01-01T00:00:00Z"),
        ("DATE_ADD(year, 5, TO_TIMESTAMP('2010-01-01T'))", "2015-01-01T00:00:00Z"),
        ("DATE_ADD(month, 1, TO_TIMESTAMP('2010T'))", "2010-02-01T00:00:00Z"),
        ("DATE_DIFF(year, TO_TIMESTAMP('2010-12T'), TO_TIMESTAMP('2011-01T'))", "0"),
        ("DATE_DIFF(month, TO_TIMESTAMP('2010T'), TO_TIMESTAMP('2011T'))", "12"),
        (
            "DATE_DIFF(day, TO_TIMESTAMP('2010-01-01T23:00Z'), TO_TIMESTAMP('2010-01-02T01:00Z'))",
            "0",
        ),
        ("EXTRACT(minute FROM TO_TIMESTAMP('2010-01-01T23:05Z'))", "5"),
        ("EXTRACT(TIMEZONE_HOUR FROM TO_TIMESTAMP('2010-01-01T23:05Z'))", "0"),
        ("TO_STRING(TO_TIMESTAMP('1969-07-20T20:18Z'), 'MMMM d, y')", "July 20, 1969"),
        ("TO_STRING(TO_TIMESTAMP('1969-07-20T20:18Z'), 'MM-dd-yy h:mm a X')", "07-20-69 8:18 PM Z"),
        ("DATE_DIFF(hour, UTCNOW(), DATE_ADD(day, 1, UTCNOW()))", "24"),
    ],
)
def test_values(select, expression, expected):
    assert select(f"SELECT {expression} FROM S3Object") in ([[expected]], [[]] * (not expected))


def test_aggregates(select):
    rows = [(str(number),) for number in range(1, 101)]
    found = select("SELECT COUNT(*), SUM(_1), MIN(_1), MAX(_1), AVG(_1) FROM S3Object", rows)
    assert found == [["100", "5050", "1", "100", "50.5"]]
    found = select("SELECT MAX(CAST(_1 AS INT)) - 1, COUNT(_2) FROM S3Object WHERE _1 < 50", rows)
    assert found == [["48", "0"]]


def test_results_as_json_have_names_and_leave_out_what_is_missing(select):
    found = select(
        "SELECT s.name, age AS years, city, 1 + 1 FROM S3Object s", ROWS[2:3], NAMES, JsonOutput()
    )
    assert found == [{"name": "Čeněk", "years": "9.5", "_4": 2}]
    assert select("SELECT * FROM S3Object", ROWS[1:3], NAMES, JsonOutput()) == [
        {"Name": "bob", "Age": "7", "City": ""},
        {"Name": "Čeněk", "Age": "9.5"},
    ]


cells = st.text(
    st.sampled_from("ab,;\"'\\\n\r é€") | st.characters(exclude_categories=["Cs", "Cc"]), max_size=6
)


@QUICK
@given(
    rows=st.lists(st.lists(cells, min_size=2, max_size=4), min_size=1, max_size=5),
    every=st.booleans(),
)
def test_all_of_csv_comes_back_as_it_was(select, rows, every):
    found = select("SELECT * FROM S3Object", rows, output=CsvOutput(quotes_all=every))
    assert found == rows


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | cells,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(cells, inner, max_size=3),
    max_leaves=6,
)


@QUICK
@given(documents=st.lists(st.dictionaries(cells, values, max_size=4), min_size=1, max_size=4))
def test_all_of_json_comes_back_as_it_was(select_json, documents):
    assert select_json("SELECT * FROM S3Object[*]", documents) == documents


def test_paths_in_json(select_json):
    rules = [{"id": "1"}, {"expr": "y > x"}, {"id": "2", "expr": "z = DEBUG"}]
    documents = [{"Rules": rules}, {"created": "June 27"}]
    assert select_json("SELECT id FROM S3Object[*].Rules[*].id", documents) == [
        {"id": "1"},
        {},
        {"id": "2"},
        {},
    ]
    assert select_json(
        "SELECT * FROM S3Object[*].rules[*] r WHERE r.expr LIKE 'z%'", documents
    ) == [rules[2]]
    deep = [{"a": {"b/c": [{"~D": 5}, [7, 8]]}, "n": None, "_1x": True}]
    assert select_json('SELECT s.a."b/c"[0]."~D", s.A."b/c"[1][1] FROM S3Object s', deep) == [
        {"~D": 5, "_2": 8}
    ]
    assert select_json(
        "SELECT _1.n, s.x FROM S3Object[*] s WHERE n IS NULL AND NOT n IS MISSING", deep
    ) == [{"n": None}]
    assert select_json('SELECT s."A" FROM S3Object s', deep) == [{}]


def test_values_of_json_compare_by_what_they_are(select_json):
    documents = [{"a": 9, "b": 10}, {"a": "9", "b": "x"}, {"a": True, "b": 1.5}, {"a": [1]}]
    for where, expected in (
        ("a < b", documents[:2]),
        ("a = 9", documents[:2]),
        ("b > 1.25", [documents[0], documents[2]]),
        ("a = TRUE", [documents[2]]),
        ("b = 'x'", [documents[1]]),
        ("a[0] = 1", [documents[3]]),
    ):
        assert select_json(f"SELECT * FROM S3Object WHERE {where}", documents) == expected, where


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("SELECT getenv('HOME') FROM S3Object", "UnsupportedFunction"),
        ("SELECT read_text('/etc/passwd') FROM S3Object", "UnsupportedFunction"),
        ("SELECT _1 FROM S3Object WHERE _1 IN (SELECT _1 FROM S3Object)", "UnsupportedSyntax"),
        ("SELECT (SELECT 1) FROM S3Object", "UnsupportedSqlOperation"),
        ("SELECT EXISTS(SELECT 1) FROM S3Object", "UnsupportedSqlOperation"),
        ("SELECT SUM(_1) OVER () FROM S3Object", "UnsupportedSqlOperation"),
        ("SELECT CURRENT_DATE FROM S3Object", "UnsupportedSqlOperation"),
        ("SELECT TRY_CAST(_1 AS INT) FROM S3Object", "UnsupportedFunction"),
        ("SELECT {'a': 1} FROM S3Object", "UnsupportedSqlOperation"),
        ("SELECT [1, 2] FROM S3Object", "UnsupportedSqlOperation"),
        ("SELECT ?, :x FROM S3Object", "UnsupportedSqlOperation"),
        ("SELECT CAST(_1 AS JSON) FROM S3Object", "InvalidDataType"),
        ("SELECT CAST(_1 AS DECIMAL(99, 2)) FROM S3Object", "ParseInvalidTypeParam"),
        ("SELECT _1 FROM S3Object WHERE COUNT(*) > 1", "UnsupportedSqlStructure"),
        ("SELECT SUM(COUNT(*)) FROM S3Object", "UnsupportedSqlStructure"),
        ("SELECT _1, COUNT(*) FROM S3Object", "UnsupportedSqlStructure"),
        ("SELECT SUM(*) FROM S3Object", "ParseUnsupportedCallWithStar"),
        ("SELECT COUNT(DISTINCT _1) FROM S3Object", "UnsupportedSqlOperation"),
        ("SELECT s.a.b FROM S3Object s", "InvalidKeyPath"),
        ("SELECT nobody FROM S3Object", "InvalidColumnIndex"),
        ("SELECT _99999999 FROM S3Object", "InvalidColumnIndex"),
        ("SELECT _1 FROM S3Object[*].path", "InvalidKeyPath"),
        ("SELECT DATE_ADD(century, 1, UTCNOW()) FROM S3Object", "ParseExpectedDatePart"),
        ("SELECT TO_STRING(UTCNOW(), _1) FROM S3Object", "EvaluatorInvalidArguments"),
        (
            "SELECT TO_STRING(UTCNOW(), 'q') FROM S3Object",
            "EvaluatorInvalidTimestampFormatPatternSymbol",
        ),
        (
            "SELECT _1 FROM S3Object WHERE _1 LIKE 'a' ESCAPE 'xy'",
            "EvaluatorLikePatternInvalidEscapeSequence",
        ),
        (f"SELECT {'TO_TIMESTAMP(' * 9}_1{')' * 9} FROM S3Object", None),
        (
            f"SELECT _1 FROM S3Object WHERE {'NULLIF(' * 40}_1{', _1)' * 40} = 1",
            "ExpressionTooLong",
        ),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_could_reach_further_is_refused(select, statement, code):
    if code is None:
        assert select(statement, [("2020T",)]) == [["2020-01-01T00:00:00Z"]]
        return
    with pytest.raises(SelectionError) as caught:
        select(statement)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "name", ['a"b', "a' OR 1=1 --", "x) FROM read_text('/etc/passwd'", "c1; DROP TABLE selected"]
)
def test_names_and_texts_are_quoted_wherever_they_go(select, name):
    quoted, text = name.replace('"', '""'), name.replace("'", "''")
    statement = f'SELECT s."{quoted}" AS "{quoted}", \'{text}\' AS t FROM S3Object s'
    assert select(statement, [("v",)], (name,), JsonOutput()) == [{name: "v", "t": name}]


def test_two_columns_of_a_name_are_told_apart_by_case_only_when_quoted(select):
    names = ("A", "a")
    assert select('SELECT "a" FROM S3Object', [("1", "2")], names) == [["2"]]
    with pytest.raises(SelectionError) as caught:
        select("SELECT a FROM S3Object", [("1", "2")], names)
    assert caught.value.code == "AmbiguousFieldName"
