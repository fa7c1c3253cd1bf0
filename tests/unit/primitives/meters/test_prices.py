"""Price lists: exact costs, and refusals that say which line is wrong."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenticular.primitives.meters import (
    BYTES_OUT,
    DOLLAR,
    GIB,
    MONTH,
    STORAGE,
    WRITE,
    PriceListError,
    Prices,
    dollars,
)


def test_the_list_that_comes_with_the_program():
    prices = Prices.load()
    assert dollars(prices.cost("objects", WRITE) * 1000) == Decimal("0.005")
    assert dollars(prices.cost("objects", STORAGE) * GIB * MONTH) == Decimal("0.023")
    assert dollars(prices.cost("objects", BYTES_OUT) * GIB) == Decimal("0.09")
    assert dollars(prices.cost("tables", WRITE) * 10**6) == Decimal("0.625")
    assert prices.cost("iam", WRITE) == 0
    assert (prices.lists("objects"), prices.lists("iam")) == (True, False)


@given(
    nanos=st.integers(0, 10**12),
    per=st.sampled_from([1, 10, 1000, 10**6]),
    count=st.integers(0, 10**9),
)
def test_costs_add_up_without_rounding(nanos, per, count):
    usd = Decimal(nanos).scaleb(-9)
    prices = Prices(f"[objects]\nwrite = {{ usd = {usd:f}, per = {per} }}\n")
    cost = prices.cost("objects", WRITE)
    assert cost * per == nanos * DOLLAR // 10**9
    assert sum([cost] * 10) * count == cost * count * 10


def test_a_byte_kept_for_a_month_costs_what_it_should_to_the_share():
    prices = Prices('[objects]\nstorage = { usd = 0.000000001, per = "GiB-month" }\n')
    assert prices.cost("objects", STORAGE) * GIB * MONTH * 10**9 == DOLLAR


def test_a_list_of_the_data_folder_goes_first(tmp_path):
    assert Prices.load(tmp_path).cost("objects", WRITE) == Prices.load().cost("objects", WRITE)
    (tmp_path / "prices.toml").write_text("[objects]\nwrite = { usd = 7, per = 1 }\n")
    prices = Prices.load(tmp_path)
    assert dollars(prices.cost("objects", WRITE)) == 7
    assert not prices.lists("tables")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "has no prices"),
        ("[objects", "prices.toml: "),
        ("[objects]\nwrite = 5\n", "Expected `object`"),
        ("[objects]\nwrite = { usd = 1 }\n", "`per`"),
        ("[objects]\nwrite = { usd = 1, per = 1, each = 2 }\n", "`each`"),
        ("[objects]\nwrite = { usd = -1, per = 1 }\n", "section objects, line write: a price is"),
        ("[objects]\nwrite = { usd = nan, per = 1 }\n", "a price is a number of dollars"),
        ("[objects]\nwrite = { usd = 1, per = 0 }\n", "section objects, line write"),
        ('[objects]\nwrite = { usd = 1, per = "GiB" }\n', "section objects, line write"),
        ("[objects]\nstorage = { usd = 1, per = 1000 }\n", "section objects, line storage"),
        ("[objects]\nwriting = { usd = 1, per = 1000 }\n", "section objects, line writing"),
        ("[objects]\nwrite = { usd = 1, per = 7 }\n", "cannot be divided exactly"),
    ],
)
def test_a_list_that_cannot_be_used_says_why(text, problem):
    with pytest.raises(PriceListError, match=problem):
        Prices(text)
