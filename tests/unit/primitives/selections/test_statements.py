"""Only S3 Select's subset of SQL is taken, and what is refused is refused by its code."""

import pytest

from lenticular.primitives.selections import SelectionError
from lenticular.primitives.selections.paths import Name
from lenticular.primitives.selections.statements import parse


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("", "ParseSelectMissingFrom"),
        ("SELECT 1", "ParseSelectMissingFrom"),
        ("SELECT FROM S3Object", "ParseEmptySelect"),
        ("SELECT * FROM elsewhere", "InvalidDataSource"),
        ("SELECT * FROM 'S3Object'", "InvalidDataSource"),
        ("SELECT * FROM '/etc/passwd'", "InvalidDataSource"),
        ("SELECT * FROM read_csv('/etc/passwd')", "InvalidDataSource"),
        ("SELECT * FROM S3Object, S3Object", "UnsupportedSqlStructure"),
        ("SELECT * FROM S3Object a, range(10) b", "UnsupportedSqlStructure"),
        ("SELECT * FROM S3Object CROSS JOIN S3Object", "UnsupportedSqlStructure"),
        ("SELECT * FROM S3Object UNION SELECT * FROM S3Object", "ParseUnexpectedToken"),
        ("SELECT * FROM (SELECT * FROM S3Object)", "InvalidDataSource"),
        ("SELECT * FROM S3Object GROUP BY _1", "ParseUnexpectedToken"),
        ("SELECT * FROM S3Object WHERE 1=1 ORDER BY _1", "UnsupportedSqlStructure"),
        ("SELECT * FROM S3Object WHERE 1=1 GROUP BY _1", "UnsupportedSqlStructure"),
        ("SELECT DISTINCT _1 FROM S3Object", "UnsupportedSqlStructure"),
        ("WITH x AS (SELECT 1) SELECT * FROM S3Object", "UnsupportedSqlStructure"),
        ("SELECT _1 INTO x FROM S3Object", "UnsupportedSqlStructure"),
        ("SELECT *, _1 FROM S3Object", "ParseAsteriskIsNotAloneInSelectList"),
        ("SELECT x.* FROM S3Object s", "ParseInvalidContextForWildcardInSelectList"),
        ("SELECT * EXCLUDE (a) FROM S3Object", "ParseInvalidContextForWildcardInSelectList"),
        ("SELECT * FROM S3Object LIMIT -1", "UnsupportedSyntax"),
        ("SELECT * FROM S3Object LIMIT 1 OFFSET 2", "UnsupportedSqlStructure"),
        ("SELECT * FROM S3Object LIMIT 1.5", "EvaluatorNegativeLimit"),
        ("SELECT * FROM S3Object; SELECT * FROM S3Object", "ParseUnsupportedSelect"),
        ("COPY S3Object TO 'x'", "ParseSelectMissingFrom"),
        ("ATTACH 'x' FROM S3Object", "ParseUnexpectedToken"),
        ("INSTALL httpfs FROM S3Object", "ParseUnexpectedToken"),
        ("PRAGMA x FROM S3Object", "ParseUnexpectedToken"),
        ("DELETE FROM S3Object", "ParseUnsupportedSelect"),
        ("SELECT * FROM S3Object WHERE", "ParseUnexpectedToken"),
        ("SELECT 'a FROM S3Object", "ParseUnexpectedToken"),
        (f"SELECT {'(' * 5000}1{')' * 5000} FROM S3Object", "UnsupportedSyntax"),
        (f"SELECT '{'a' * 300_000}' FROM S3Object", "ExpressionTooLong"),
        (f"SELECT {'1,' * 20_000}1 FROM S3Object", "ExpressionTooLong"),
    ],
    ids=lambda value: value[:50],
)
def test_a_statement_beyond_the_subset_is_refused(statement, code):
    with pytest.raises(SelectionError) as caught:
        parse(statement)
    assert caught.value.code == code


def test_paths_and_aliases_of_the_source():
    for source, path, alias in (
        ("S3Object", [], Name("s3object", is_exact=False)),
        ("s3object[*] s", [], Name("s", is_exact=False)),
        ('S3OBJECT AS "S"', [], Name("S", is_exact=True)),
        (
            'S3Object[*].Rules[*]."Id"[0] LIMIT 1',
            [Name("Rules", is_exact=False), None, Name("Id", is_exact=True), 0],
            Name("s3object", is_exact=False),
        ),
        (
            "S3Object[*][*].value WHERE TRUE;",
            [None, Name("value", is_exact=False)],
            Name("value", is_exact=False),
        ),
    ):
        statement = parse(f"SELECT * FROM {source}")
        assert (list(statement.path), statement.alias) == (path, alias), source


def test_names_count_their_case_only_when_quoted():
    assert Name("age", is_exact=False).matches("Age")
    assert not Name("age", is_exact=True).matches("Age")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM S3Object[*]" + ".a" * 9000,
        "SELECT * FROM S3Object" + "[*]" * 6000,
        "SELECT " + "(" * 9000 + "1" + ")" * 9000 + " FROM S3Object",
        "SELECT * FROM S3Object WHERE " + "NOT " * 15_000 + "TRUE",
    ],
)
def test_what_is_nested_to_exhaust_the_parser_is_refused(statement):
    with pytest.raises(SelectionError, match="nested too deeply") as caught:
        parse(statement)
    assert caught.value.code == "UnsupportedSyntax"


def test_an_index_of_any_length_is_a_number():
    assert len(parse(f"SELECT * FROM S3Object[*].a[{'9' * 5000}]").path) == 2
