"""What an index learns of the fields of content, and what does not fit."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenticular.engines.search.values import Kind
from lenticular.primitives.search import Entry, EntryInvalid
from lenticular.primitives.search.content import canonical, document, learn, path_of


def learnt(*contents, **known):
    schema = dict(known)
    for content in contents:
        learn(schema, content)
    return schema


def values(content, schema=None):
    schema = learnt(content) if schema is None else schema
    entry = Entry(json.dumps(content).encode(), ("public",))
    return {(v.field, v.plain) for v in document(("s", None), entry, schema).values}


def test_kinds_are_those_of_the_first_values():
    schema = learnt(
        {"a": "x", "b": 1, "c": 1.5, "d": True, "e": "2026-01-01", "f": {"g": None}, "h": []}
    )
    assert schema == {
        "a": Kind.TEXT,
        "b": Kind.INTEGER,
        "c": Kind.FLOAT,
        "d": Kind.BOOLEAN,
        "e": Kind.DATE,
        "f": Kind.OBJECT,
    }


def test_fields_are_named_by_the_way_to_them():
    content = {"a": {"b": [{"c": 1}, {"c": [2, 3]}]}, "x.y": {"z\\": 4}}
    assert values(content) == {("a.b.c", 1), ("a.b.c", 2), ("a.b.c", 3), ("x\\.y.z\\\\", 4)}
    assert path_of("x\\.y.z\\\\") == ["x.y", "z\\"]
    assert canonical("\\a.b") == "a.b"


@given(st.lists(st.text(alphabet="a.\\/", min_size=1), min_size=1, max_size=4))
def test_names_of_fields_lead_back_to_the_keys(keys):
    content = 1
    for key in reversed(keys):
        content = {key: content}
    [field] = [name for name, kind in learnt(content).items() if kind is not Kind.OBJECT]
    assert path_of(field) == keys
    assert canonical(field) == field


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({"a": "x"}, {"a": 1}),
        ({"a": "x"}, {"a": True}),
        ({"a": "x"}, {"a": "2026-01-01"}),
        ({"a": 1.5}, {"a": 1}),
        ({"a": 1}, {"a": None}),
        ({"a": 1}, {"a": []}),
    ],
)
def test_values_are_widened(first, then):
    assert learnt(first, then) == learnt(first)


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({"a": 1}, {"a": "x"}),
        ({"a": 1}, {"a": "1"}),
        ({"a": 1}, {"a": 1.5}),
        ({"a": 1}, {"a": True}),
        ({"a": True}, {"a": 1}),
        ({"a": "2026-01-01"}, {"a": "soon"}),
        ({"a": "2026-01-01"}, {"a": 2026}),
        ({"a": {"b": 1}}, {"a": 1}),
        ({"a": "x"}, {"a": {"b": 1}}),
        ({"a": "x"}, {"a": {}}),
    ],
)
def test_values_are_not_narrowed(first, then):
    with pytest.raises(EntryInvalid, match=r"^a has "):
        learnt(first, then)


def test_one_entry_with_several_kinds_settles_for_what_has_them_all():
    assert learnt({"a": [1, 2.5]})["a"] is Kind.FLOAT
    assert learnt({"a": ["2026-01-01", "soon"]})["a"] is Kind.TEXT
    assert learnt({"a": [1, "x"]})["a"] is Kind.TEXT
    with pytest.raises(EntryInvalid, match="and not both"):
        learnt({"a": [1, {"b": 2}]})


def test_what_does_not_fit_teaches_nothing():
    schema = {"a": Kind.INTEGER}
    with pytest.raises(EntryInvalid):
        learn(schema, {"b": 1, "a": "x"})
    assert schema == {"a": Kind.INTEGER}


def nested(depth, inside=1):
    for _ in range(depth):
        inside = {"a": inside}
    return inside


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"": 1}, "without a name"),
        ({"a": 2**63}, "64 bits"),
        ({"a": "x" * 32_769}, "more than 32768 bytes"),
        ({"a": "é" * 16_385}, "more than 32768 bytes"),
        (nested(21), "at most 20 levels"),
        ({"a": json.loads("[" * 40 + "1" + "]" * 40)}, "at most 20 levels"),
        ({f"f{n}": 1 for n in range(1001)}, "at most 1000 fields"),
    ],
)
def test_limits(content, message):
    with pytest.raises(EntryInvalid, match=message):
        learnt(content)
    learnt(nested(20))
    learnt({f"f{n}": 1 for n in range(1000)})
    learnt({"a": -(2**63), "b": "é" * 16_384})


@pytest.mark.parametrize(
    "given",
    [
        "41.9, -87.6",
        {"lat": 41.9, "lon": -87.6},
        [-87.6, 41.9],
        {"type": "Point", "coordinates": [-87.6, 41.9]},
    ],
)
def test_points(given):
    schema = learnt({"at": {"city": given}}, **{"at.city": Kind.POINT})
    entry = Entry(json.dumps({"at": {"city": [given, given]}}).encode(), ())
    found = document(("s", None), entry, schema).values if not isinstance(given, list) else None
    if found is not None:
        assert [value.place.points for value in found] == [((-87.6, 41.9),)] * 2


@pytest.mark.parametrize(
    "given",
    [
        "here",
        "91, 0",
        "0, 181",
        "nan, 0",
        {"lat": 1},
        {"lat": True, "lon": 1},
        [1],
        5,
        {},
        {"type": "Polygon", "coordinates": []},
    ],
)
def test_what_is_no_point(given):
    with pytest.raises(EntryInvalid, match="at is a geo_point, and this is none"):
        learnt({"at": given}, at=Kind.POINT)


SQUARE = [[0, 0], [1, 0], [1, 1], [0, 0]]


@pytest.mark.parametrize(
    ("type_", "coordinates"),
    [
        ("Point", [0, 0]),
        ("MultiPoint", [[0, 0], [1, 1]]),
        ("LineString", [[0, 0], [1, 1]]),
        ("MultiLineString", [[[0, 0], [1, 1]]]),
        ("Polygon", [SQUARE]),
        ("MultiPolygon", [[SQUARE], [SQUARE]]),
    ],
)
def test_shapes(type_, coordinates):
    learnt({"at": {"type": type_, "coordinates": coordinates}}, at=Kind.SHAPE)


@pytest.mark.parametrize(
    "given",
    [
        {"type": "Circle", "coordinates": [0, 0]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]},
        {"type": "Polygon", "coordinates": []},
        {"type": "LineString", "coordinates": [[0, 0]]},
        {"type": "MultiPoint", "coordinates": []},
        {"type": "MultiPoint", "coordinates": [[0, 0]] * 10_001},
        {"type": "Point"},
        {"coordinates": [0, 0]},
        "0, 0",
        [[0, 0]],
    ],
)
def test_what_is_no_shape(given):
    with pytest.raises(EntryInvalid, match="at is a geo_shape, and this is none"):
        learnt({"at": given}, at=Kind.SHAPE)


_json = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.text(max_size=8),
        st.floats(allow_nan=False, allow_infinity=False),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(min_size=1, max_size=3), inner, max_size=3),
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.text(min_size=1, max_size=3), _json, max_size=4))
def test_any_content_is_taken_or_refused_and_what_is_taken_can_be_searched(content):
    try:
        schema = learnt(content)
    except EntryInvalid:
        return
    entry = Entry(json.dumps(content).encode(), ())
    found = document(("s", None), entry, schema).values
    assert {value.field for value in found} <= set(schema)
