"""Names of files: shown without tricks, carried without change."""

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenticular.portal.names import moment, read, shown, size, written


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plate 1.tif", "plate 1.tif"),
        ("Ångström שלום", "Ångström שלום"),
        ("two\nlines", "two[U+000A]lines"),
        ("\u202egpj.exe", "[U+202E]gpj.exe"),
        ("a\u2066b\u200fc", "a[U+2066]b[U+200F]c"),
        ("nul\x00", "nul[U+0000]"),
    ],
)
def test_what_cannot_be_seen_is_shown_as_a_number(name, expected):
    assert shown(name) == expected


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_name_comes_back_from_a_form_as_it_was(name):
    carried = written(name)
    assert carried.isascii()
    assert not set(carried) & set('\r\n"<>&')
    assert read(carried) == name
    assert urlencode({"name": carried}).isascii()


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.00 kB"),
        (9_996, "10.0 kB"),
        (99_960, "100 kB"),
        (999_499, "999 kB"),
        (999_500, "1.00 MB"),
        (1_234_567_890, "1.23 GB"),
        (10**21, "1000 EB"),
    ],
)
def test_sizes_have_three_digits(count, expected):
    assert size(count) == expected


def test_moments_without_a_zone_are_in_utc():
    assert moment("2026-01-02 03:04:05") == moment("2026-01-02T04:04:05+01:00")
    assert moment(None) is None
