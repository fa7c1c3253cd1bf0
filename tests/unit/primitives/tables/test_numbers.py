"""Numbers: one text for each, bytes in their order, sizes and sums."""

from decimal import Context, Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lenticular.primitives.tables import numbers
from lenticular.primitives.tables.errors import (
    NumberInvalid,
    NumberTooLarge,
    NumberTooPrecise,
    NumberTooSmall,
    ValueInvalid,
)

WIDE = Context(prec=400, Emax=10_000, Emin=-10_000)


@st.composite
def decimals(draw):
    """A number in range, any of them."""
    digits = draw(st.text("0123456789", min_size=1, max_size=38))
    exponent = draw(st.integers(-130, 125))
    sign = draw(st.sampled_from(["", "-"]))
    return Decimal(f"{sign}{digits[0]}.{digits[1:]}E{exponent}") if digits[0] != "0" else Decimal(0)


def written(number):
    """A number in one of the ways to write it."""
    return st.sampled_from(
        [format(number, "f"), format(number, "e"), f"{number:f}e0", f"{number.normalize(WIDE):e}"]
    )


@given(decimals().flatmap(lambda number: st.tuples(st.just(number), written(number))))
def test_equal_numbers_have_one_text(case):
    number, text = case
    canonical = numbers.canonical(text)
    assert Decimal(canonical) == number
    assert numbers.canonical(canonical) == canonical
    assert canonical == numbers.canonical(format(number, "f"))
    assert "e" not in canonical


@given(decimals(), decimals())
def test_bytes_compare_as_the_numbers_do(left, right):
    one, two = (numbers.canonical(format(number, "f")) for number in (left, right))
    assert (numbers.encode(one) < numbers.encode(two)) == (left < right)
    assert (numbers.encode(one) == numbers.encode(two)) == (left == right)


@given(st.lists(st.integers(-300, 300), min_size=2))
def test_bytes_of_near_numbers(many):
    tenths = [numbers.canonical(str(Decimal(each) / 10)) for each in many]
    assert sorted(tenths, key=numbers.encode) == sorted(tenths, key=Decimal)


@given(decimals())
def test_sizes(number):
    text = numbers.canonical(format(number, "f"))
    size = numbers.size(text)
    assert size == len(numbers.encode(text))
    assert 1 <= size <= 21


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 1), ("7", 2), ("10", 2), ("100", 2), ("123", 3), ("-1", 3), ("1.5", 3), ("0.01", 2)],
)
def test_sizes_known(text, size):
    assert numbers.size(text) == size


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("1.0", "1"),
        ("1e3", "1000"),
        ("-0", "0"),
        ("+5", "5"),
        ("007", "7"),
        (".5", "0.5"),
        ("5.", "5"),
        ("-0.00", "0"),
        ("0e999999999999", "0"),
        ("1E-2", "0.01"),
        ("12.30", "12.3"),
        ("1e125", "1" + "0" * 125),
        ("1e-130", "0." + "0" * 129 + "1"),
        ("9" * 38, "9" * 38),
        ("9" * 38 + "000", "9" * 38 + "000"),
        ("0.000" + "9" * 38, "0.000" + "9" * 38),
    ],
)
def test_canonical(text, canonical):
    assert numbers.canonical(text) == canonical


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", NumberInvalid),
        (".", NumberInvalid),
        ("-", NumberInvalid),
        ("e5", NumberInvalid),
        ("1e", NumberInvalid),
        ("1 ", NumberInvalid),
        (" 1", NumberInvalid),
        ("1\n", NumberInvalid),
        ("0x1", NumberInvalid),
        ("NaN", NumberInvalid),
        ("Infinity", NumberInvalid),
        ("1_000", NumberInvalid),
        ("\uff11", NumberInvalid),
        ("1,5", NumberInvalid),
        ("1" * 39, NumberTooPrecise),
        ("1." + "1" * 38, NumberTooPrecise),
        ("1e126", NumberTooLarge),
        ("-1e126", NumberTooLarge),
        ("1e9999999999999999999999", NumberTooLarge),
        ("1e-131", NumberTooSmall),
        ("-1e-9999999999999999999999", NumberTooSmall),
    ],
)
def test_what_is_no_number_here(text, error):
    with pytest.raises(error):
        numbers.canonical(text)


@given(st.text(max_size=20))
def test_any_text_is_a_number_or_invalid(text):
    try:
        canonical = numbers.canonical(text)
    except ValueInvalid:
        return
    assert Decimal(canonical) == WIDE.create_decimal(text)


@given(decimals(), decimals())
def test_sums_are_exact_or_refused(left, right):
    one, two = (numbers.canonical(format(number, "f")) for number in (left, right))
    for combine, exact in (
        (numbers.add, WIDE.add(left, right)),
        (numbers.subtract, WIDE.subtract(left, right)),
    ):
        try:
            assert Decimal(combine(one, two)) == exact
        except NumberTooLarge:
            digits = len(exact.normalize(WIDE).as_tuple().digits)
            assert digits > 38 or exact.adjusted() > 125
        except NumberTooSmall:
            assert exact.adjusted() < -130


@given(decimals(), decimals())
def test_sums_do_not_depend_on_the_order(left, right):
    one, two = (numbers.canonical(format(number, "f")) for number in (left, right))
    try:
        total = numbers.add(one, two)
    except ValueInvalid:
        assume(False)
    assert numbers.add(two, one) == total
    assert numbers.subtract(total, two) == one
