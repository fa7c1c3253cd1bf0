"""Long documents, in pieces of any size."""

import json
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenticular.apis.globus.transfer import longdocuments
from lenticular.apis.globus.transfer.longdocuments import read_long_document
from lenticular.apis.globus.wire.errors import GlobusError

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=5,
)


async def _pieces(data, size):
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def _read(data, size=7):
    found = []

    async def take(items):
        found.extend(items)

    members = await read_long_document(_pieces(data, size), "DATA", take)
    return members, found


@settings(max_examples=50)
@given(
    st.dictionaries(st.text(max_size=6).filter(lambda name: name != "DATA"), values, max_size=4),
    st.lists(values, max_size=8),
    st.integers(1, 40),
    st.sampled_from([None, 1]),
)
async def test_reads_what_json_reads(members, items, size, indent):
    names = list(members)
    document = {name: members[name] for name in names[:2]} | {"DATA": items}
    document |= {name: members[name] for name in names[2:]}
    data = json.dumps(document, indent=indent).encode()
    found, elements = await _read(data, size)
    assert found | {"DATA": elements} == json.loads(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{",
        b'{"DATA": [}',
        b'{"DATA": [1,]}',
        b'{"DATA": [1 2]}',
        b'{"DATA": [{"a": 1}',
        b'{"a": 1} {',
        b'{"a": 1, "a": 2}',
        b"{1: 2}",
        b'{"a": NaN}',
        b'{"DATA": ["\xff"]}',
        b'{"a" 1}',
        b'{"a": ' + b"[" * 100_000,
        b'{"a": "' + b"x" * 200_000 + b'"}',
        b"{" + b",".join(b'"%d": 1' % number for number in range(200)) + b"}",
    ],
)
async def test_what_is_no_such_document_is_refused(data):
    with pytest.raises(GlobusError) as refused:
        await _read(data, 4096)
    assert refused.value.status == 400


async def test_memory_does_not_grow_with_the_number_of_items():
    async def pieces():
        yield b'{"DATA": ['
        for number in range(50):
            items = [{"source_path": f"/{number}/{one}" * 5} for one in range(200)]
            yield json.dumps(items)[1:-1].encode() + (b"," if number < 49 else b"")
        yield b'], "submission_id": "x"}'

    count = 0

    async def take(items):
        nonlocal count
        count += len(items)

    tracemalloc.start()
    try:
        members = await read_long_document(pieces(), "DATA", take)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert members == {"DATA": [], "submission_id": "x"}
    assert count == 10_000
    assert peak < 1_000_000


async def test_a_value_that_trickles_in_is_not_read_from_its_beginning_again_and_again(monkeypatch):
    read = []
    decode = longdocuments._decoder.raw_decode

    def counted(text, at):
        read.append(len(text) - at)
        return decode(text, at)

    monkeypatch.setattr(longdocuments._decoder, "raw_decode", counted)
    document = b'{"DATA": ["%s"]}' % (b"x" * 100_000)
    assert (await _read(document, 1))[1] == ["x" * 100_000]
    assert sum(read) < 5 * len(document)


@pytest.mark.parametrize("value", ["9" * 5000, "[" * 100_000, "1e" + "9" * 5000])
async def test_values_that_no_number_or_stack_holds(value):
    with pytest.raises(GlobusError):
        await _read(b'{"DATA": [1], "x": %s' % value.encode(), 4096)
