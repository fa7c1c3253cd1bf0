"""Dates, numbers and bounds of search queries."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenticular.engines.search.values import (
    Kind,
    bound,
    compared,
    date_text,
    floored,
    milliseconds,
    shown,
)

DAY = 24 * 3600 * 1000


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1970-01-02", DAY),
        ("1970-01-02 00:00:01", DAY + 1000),
        ("1970/01/02 00:00:01 +0100", DAY + 1000 - 3_600_000),
        ("1970/01/02 00:00:01 Z", DAY + 1000),
        ("1970-01-02T00:00:01Z", DAY + 1000),
        ("1970-01-02T00:00:01-01:00", DAY + 1000 + 3_600_000),
        ("1970-01-02T00:00:01.250Z", DAY + 1250),
        ("1970-01-02T00:00:01.25", DAY + 1250),
        ("1969-12-31", -DAY),
    ],
)
def test_dates(text, moment):
    assert milliseconds(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1970",
        "1970-01",
        "1970-13-01",
        "1970-02-30",
        "1970-1-1",
        "1970/01/02",
        "19700102",
        "1970-01/02",
        "1970-01-01T25:00:00Z",
        "0001-01-01 00:00:00 +0100",
        "\u0661970-01-01",
        "1970-01-01 ",
    ],
)
def test_what_is_no_date(text):
    assert milliseconds(text) is None


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)))
def test_dates_come_back(moment):
    text = moment.replace(microsecond=0, tzinfo=UTC).isoformat()
    found = milliseconds(text)
    assert date_text(found) == text[:10] + " " + text[11:19]
    assert floored(found, "second") == found
    year = floored(found, "year")
    assert date_text(year) == f"{moment.year:04}-01-01 00:00:00"
    assert year <= floored(found, "quarter") <= floored(found, "month") <= floored(found, "day")
    week = datetime.fromisoformat(date_text(floored(found, "week")))
    assert week.weekday() == 0
    assert 0 <= (moment - week).days < 7


def test_a_bound_that_is_a_day_has_the_day_in_it():
    assert bound(Kind.DATE, "1970-01-01", to_the_end=True) == DAY - 1
    assert bound(Kind.DATE, "1970-01-01", to_the_end=False) == 0
    assert bound(Kind.DATE, "1970-01-01 00:00:00", to_the_end=True) == 0
    assert bound(Kind.DATE, 5, to_the_end=True) is None
    assert bound(Kind.INTEGER, "5", to_the_end=True) == 5


@pytest.mark.parametrize(
    ("kind", "value", "wanted"),
    [
        (Kind.INTEGER, "42", 42),
        (Kind.INTEGER, "4.5", 4.5),
        (Kind.INTEGER, "1_0", None),
        (Kind.INTEGER, True, None),
        (Kind.FLOAT, "nan", None),
        (Kind.FLOAT, "1e3", 1000.0),
        (Kind.FLOAT, 2**70, float(2**70)),
        (Kind.BOOLEAN, True, 1),
        (Kind.BOOLEAN, "false", 0),
        (Kind.BOOLEAN, 1, None),
        (Kind.TEXT, 1, "1"),
        (Kind.TEXT, True, "true"),
        (Kind.OBJECT, "x", None),
        (Kind.POINT, "x", None),
    ],
)
def test_values_of_queries(kind, value, wanted):
    assert compared(kind, value) == wanted


def test_values_of_facets():
    assert shown(Kind.FLOAT, 1) == 1.0
    assert isinstance(shown(Kind.FLOAT, 1), float)
    assert shown(Kind.BOOLEAN, 0) == "false"
    assert shown(Kind.DATE, DAY) == "1970-01-02 00:00:00"
    assert shown(Kind.TEXT, "x") == "x"
