"""Ordered keys: a dict, and its keys in order whenever they are asked for."""

from hypothesis import given
from hypothesis import strategies as st

from lenticular.engines.kv.ordered import OrderedKeys

keys = st.binary(max_size=2)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("set"), keys, st.integers()),
        st.tuples(st.just("discard"), keys),
        st.tuples(st.just("update"), st.dictionaries(keys, st.integers(), max_size=20)),
        st.tuples(st.just("between"), keys, keys),
        st.tuples(st.just("clear")),
    ),
    max_size=40,
)


@given(steps)
def test_is_a_dict_with_an_order(steps):
    ordered, model = OrderedKeys(), {}
    for step in steps:
        match step:
            case ("set", key, value):
                ordered.set(key, value)
                model[key] = value
            case ("discard", key):
                ordered.discard(key)
                model.pop(key, None)
            case ("update", pairs):
                other = OrderedKeys()
                for key, value in pairs.items():
                    other.set(key, value)
                ordered.update(other)
                model.update(pairs)
            case ("between", start, stop):
                expected = [pair for pair in sorted(model.items()) if start <= pair[0] < stop]
                assert ordered.between(start, stop) == expected
            case ("clear",):
                ordered.clear()
                model.clear()
        assert ordered.values == model
    assert ordered.items() == sorted(model.items())
