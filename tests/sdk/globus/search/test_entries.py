"""Entries: put by tasks, looked up, deleted; and what is refused, at once or by the task."""

import globus_sdk
import pytest
from globus_sdk import SearchAPIError

from .filling import ended, entry, put, subjects

PUBLIC = ["public"]


def gmeta(*entries):
    return {"ingest_type": "GMetaList", "ingest_data": {"gmeta": list(entries)}}


def test_entries_are_put_and_replaced_and_looked_up(owner, index):
    task = put(owner, index, entry("a", {"n": 1}), entry("a", {"n": 2}, id="two"), entry("b", {}))
    assert (task["state"], task["task_type"], task["index_id"]) == ("SUCCESS", "INGEST", index)
    assert task["completion_date"] >= task["creation_date"]
    assert ended(
        owner,
        owner.ingest(index, {"ingest_type": "GMetaEntry", "ingest_data": entry("a", {"n": 3})}),
    )
    found = owner.get_subject(index, "a")
    assert [(one["entry_id"], one["content"]) for one in found["entries"]] == [
        (None, {"n": 3}),
        ("two", {"n": 2}),
    ]
    assert owner.get_entry(index, "a")["entries"][0]["content"] == {"n": 3}
    assert owner.get_entry(index, "a", entry_id="two")["entries"][0]["content"] == {"n": 2}
    for call in (
        lambda: owner.get_entry(index, "a", entry_id="three"),
        lambda: owner.get_subject(index, "c"),
    ):
        with pytest.raises(SearchAPIError) as caught:
            call()
        assert (caught.value.http_status, caught.value.code) == (404, "NotFound.Generic")


def test_deletions(owner, index):
    entries = [entry(f"s{n}", {"n": n, "half": n % 2 == 0}) for n in range(8)]
    put(owner, index, *entries, entry("s0", {"n": 0, "half": False}, id="other"))
    assert ended(owner, owner.delete_entry(index, "s0", entry_id="other"))["state"] == "SUCCESS"
    assert owner.get_index(index)["num_entries"] == 8
    assert ended(owner, owner.delete_subject(index, "s1"))["state"] == "SUCCESS"
    assert ended(owner, owner.delete_subject(index, "never there"))["state"] == "SUCCESS"
    ended(owner, owner.batch_delete_by_subject(index, ["s2", "s3", "nothing"]))
    query = {"filters": [{"type": "match_any", "field_name": "half", "values": [True]}]}
    task = ended(owner, owner.delete_by_query(index, query))
    assert (task["state"], task["task_type"]) == ("SUCCESS", "DELETE_BY_QUERY")
    assert subjects(owner.search(index, "*")) == ["s5", "s7"]
    counted = owner.get_index(index)
    assert (counted["num_entries"], counted["num_subjects"]) == (2, 2)
    types = [one["task_type"] for one in owner.get_task_list(index)["tasks"]]
    assert types[:2] == ["DELETE_BY_QUERY", "DELETE_BY_SUBJECT"]
    with pytest.raises(SearchAPIError, match="q, or filters"):
        owner.delete_by_query(index, {"q": " "})


def test_many_entries_come_in_order(owner, index):
    for start in range(0, 900, 300):
        owner.ingest(
            index, gmeta(*(entry(f"s{n:04}", {"n": n}) for n in range(start, start + 300)))
        )
    last = owner.ingest(index, gmeta(*(entry(f"s{n:04}", {"n": -n}) for n in range(300))))
    assert ended(owner, last)["state"] == "SUCCESS"
    assert owner.search(index, "*", limit=1)["total"] == 900
    assert owner.get_subject(index, "s0005")["entries"][0]["content"] == {"n": -5}
    assert owner.get_index(index)["num_entries"] == 900


def test_what_does_not_fit_the_types_fails_the_task_whole(owner, index):
    put(owner, index, entry("a", {"n": 1, "t": "x"}))
    task = put(owner, index, entry("b", {"n": 2}), entry("c", {"n": "many"}))
    assert task["state"] == "FAILED"
    assert "n has values of the type integer in this index, and not 'many'" in task["message"]
    assert subjects(owner.search(index, "*")) == ["a"]
    assert put(owner, index, entry("d", {"t": 5, "n": None}))["state"] == "SUCCESS"
    assert put(owner, index, *(entry("e", {}, id=f"{n}") for n in range(10)))["state"] == "SUCCESS"
    task = put(owner, index, entry("e", {}, id="one more"))
    assert "more than 10 entries" in task["message"]


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"ingest_type": "GMetaEntry"},
        {"ingest_type": "Other", "ingest_data": {}},
        {"ingest_type": "GMetaEntry", "ingest_data": {"subject": "a", "content": {}}},
        {"ingest_type": "GMetaEntry", "ingest_data": entry("a", [1])},
        {"ingest_type": "GMetaEntry", "ingest_data": entry("", {})},
        {"ingest_type": "GMetaEntry", "ingest_data": entry("é" * 251, {})},
        {"ingest_type": "GMetaEntry", "ingest_data": entry("a", {}, id="")},
        {"ingest_type": "GMetaEntry", "ingest_data": entry("a", {}, ["everybody"])},
        {
            "ingest_type": "GMetaEntry",
            "ingest_data": entry("a", {}, ["urn:globus:groups:id:1"]),
        },
        {"ingest_type": "GMetaEntry", "ingest_data": entry("a", {}, PUBLIC * 101)},
        {"ingest_type": "GMetaEntry", "ingest_data": entry("a", {}, principal_sets={"pi": PUBLIC})},
        gmeta(entry("a", {})) | {"field_mapping": {"a": "text"}},
        {"ingest_type": "GMetaList", "ingest_data": [entry("a", {})]},
    ],
)
def test_documents_that_are_refused_at_once(owner, index, document):
    with pytest.raises(SearchAPIError) as caught:
        owner.ingest(index, document)
    assert caught.value.http_status == 400
    assert caught.value.code.startswith("BadRequest.")
    assert owner.get_task_list(index)["tasks"] == []


def test_a_document_that_is_too_large(owner, index):
    with pytest.raises(SearchAPIError) as caught:
        owner.ingest(index, gmeta(*(entry(f"{n}", {"t": "x" * 30_000}) for n in range(350))))
    assert (caught.value.http_status, caught.value.code) == (413, "RequestEntityTooLarge.Generic")


def test_entries_do_not_go_into_the_audit_log(cloud, owner, index):
    put(owner, index, entry("a", {"t": "a-secret-of-an-entry"}))
    owner.search(index, "a-secret-of-an-entry")

    def everything(reader):
        return [value for _, value in reader.range(b"\x02audit", b"\x02audit\xff")]

    kept = cloud.run(cloud.engines.store.read(everything))
    assert any(b"Ingest" in value for value in kept)
    assert not any(b"a-secret-of-an-entry" in value for value in kept)


def test_places(owner, index):
    square = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]
    task = put(
        owner,
        index,
        entry("chicago", {"city": {"at": "41.9, -87.6"}}),
        entry("suva", {"city": {"at": {"lat": -18.1, "lon": 178.4}}}),
        entry("gulf", {"area": {"type": "Polygon", "coordinates": [square]}}),
        field_mapping={"city.at": "geo_point", "area": "geo_shape"},
    )
    assert task["state"] == "SUCCESS"

    def boxed(field, west, north, east, south):
        corners = {
            "top_left": {"lat": north, "lon": west},
            "bottom_right": {"lat": south, "lon": east},
        }
        document = {"type": "geo_bounding_box", "field_name": field} | corners
        return subjects(owner.post_search(index, {"filters": [document]}))

    assert boxed("city.at", -90, 45, -80, 40) == ["chicago"]
    assert boxed("city.at", 170, 0, -170, -20) == ["suva"]
    assert boxed("area", 3, 9, 9, 3) == ["gulf"]
    shape = {"type": "Polygon", "coordinates": [[[-1, -1], [9, -1], [9, 9], [-1, 9], [-1, -1]]]}
    for relation, expected in (("within", ["gulf"]), ("intersects", ["gulf"])):
        asked = {"type": "geo_shape", "field_name": "area", "shape": shape, "relation": relation}
        assert subjects(owner.post_search(index, {"filters": [asked]})) == expected
    with pytest.raises(globus_sdk.SearchAPIError, match="bounding box"):
        boxed("area", 0, -1, 1, 1)
    assert put(owner, index, entry("x", {"city": {"at": "here"}}))["state"] == "FAILED"
