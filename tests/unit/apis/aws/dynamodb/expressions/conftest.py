"""Items of every type of value for expressions, and what is obvious about them."""

import base64
from decimal import Decimal

import pytest
from hypothesis import strategies as st

_BINARY = st.sampled_from([b"", b"a", b"ab", b"\xff"]).map(
    lambda raw: {"B": base64.b64encode(raw).decode()}
)
_TEXT = st.sampled_from(["", "a", "ab", "b", "é"]).map(lambda text: {"S": text})
_NUMBER = st.sampled_from(["-1.5", "0", "1", "2", "10"]).map(lambda text: {"N": text})
_SETS = st.one_of(
    st.sets(st.sampled_from(["a", "ab", "b"]), min_size=1).map(lambda all: {"SS": sorted(all)}),
    st.sets(st.sampled_from(["0", "1", "10"]), min_size=1).map(lambda all: {"NS": sorted(all)}),
)
_SCALARS = _TEXT | _NUMBER | _BINARY
_LEAVES = _SCALARS | _SETS | st.booleans().map(lambda it: {"BOOL": it}) | st.just({"NULL": True})
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda all: {"L": all})
        | st.dictionaries(st.sampled_from("abc"), inner, max_size=3).map(lambda all: {"M": all})
    ),
    max_leaves=6,
)


@pytest.fixture(scope="session")
def scalars():
    """Strategy: texts, numbers, bytes."""
    return _SCALARS


@pytest.fixture(scope="session")
def any_values():
    """Strategy: values of any type."""
    return _VALUES


@pytest.fixture(scope="session")
def any_items():
    """Strategy: items with some of the attributes a, b and c."""
    return st.dictionaries(st.sampled_from("abc"), _VALUES, max_size=3)


@pytest.fixture(scope="session")
def plain():
    """Makes a value one of Python's, with its type, so that equality and order are Python's."""

    def make(value):
        if value is None:
            return None
        ((tag, content),) = value.items()
        match tag:
            case "N":
                content = Decimal(content)
            case "B":
                content = base64.b64decode(content)
            case "SS" | "NS":
                content = frozenset(content)
            case "L":
                content = tuple(make(each) for each in content)
            case "M":
                content = frozenset((name, make(each)) for name, each in content.items())
        return tag, content

    return make


@pytest.fixture(scope="session")
def look_up():
    """Returns what is at a path, a list of names and indexes, of an item; None: nothing."""

    def at(item, path):
        value = {"M": item}
        for part in path:
            content = value.get("M" if isinstance(part, str) else "L")
            if content is None:
                return None
            if isinstance(part, str):
                value = content.get(part)
            else:
                value = content[part] if part < len(content) else None
            if value is None:
                return None
        return value

    return at
