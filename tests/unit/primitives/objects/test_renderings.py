"""What is made of records is kept, and is what would be made of them anew."""

import msgspec

from lenticular.primitives.objects import renderings
from lenticular.primitives.objects.records import Listed
from lenticular.primitives.objects.renderings import Renderings, as_listed


def record(number, *, is_marker=False):
    sort = number.to_bytes(16, "big")
    listed = Listed(sort, number, "etag", 1, "STANDARD", "me", is_marker, False, {}, "")
    return msgspec.msgpack.encode(listed)


def test_each_record_is_made_once_while_it_is_asked_for():
    made = []
    rendered = Renderings(lambda listed: made.append(listed.size) or str(listed.size))
    for values in ([1, 2, 3], [2, 3], [3, 4, 3], []):
        expected = [str(value) for value in values]
        assert rendered([record(value) for value in values]) == expected
    assert made == [1, 2, 3, 4]


def test_delete_markers_are_left_out():
    values = [record(1), record(2, is_marker=True), record(3)]
    rendered = Renderings(lambda listed: listed.size)
    assert [rendered(values), rendered(values)] == [[1, None, 3]] * 2
    assert [listed and listed.size for listed in as_listed(values)] == [1, None, 3]


def test_what_was_not_asked_for_lately_is_forgotten(monkeypatch):
    monkeypatch.setattr(renderings, "_MOST", 10)
    made = []
    rendered = Renderings(lambda listed: made.append(listed.size) or listed.size)
    for number in range(1, 100):
        assert rendered([record(number), record(0)]) == [number, 0]
    assert made.count(0) == 1
    rendered([record(99), record(50)])
    assert (made.count(99), made.count(50)) == (1, 2)
