"""Ways to learn of entries that are not for one to see; each must lead nowhere."""

import globus_sdk
import pytest
from globus_sdk import SearchAPIError
from globus_sdk.scopes import GroupsScopes

from .filling import ended, entry, put, subjects


def urn(person):
    return f"urn:globus:auth:identity:{person.identity_id}"


@pytest.fixture(scope="module")
def index(owner, ada, grace):
    """Entries that are public, for all who sign in, for Ada, and for nobody."""
    made = owner.create_index("Secrets", "Some")["id"]
    task = put(
        owner,
        made,
        entry("open", {"title": "shared", "n": 1, "day": "2020-01-01"}),
        entry("signed-in", {"title": "shared members", "n": 2}, ["all_authenticated_users"]),
        entry(
            "for-ada",
            {"title": "shared hidden", "n": 100, "day": "2021-01-01", "secret": "x"},
            [urn(ada)],
            principal_sets={"pi": [urn(grace)]},
        ),
        entry("for-nobody", {"title": "shared nowhere", "n": 1000, "secret": "y"}, []),
        entry("open", {"title": "shared second", "n": 5, "secret": "z"}, [urn(ada)], id="hidden"),
    )
    assert task["state"] == "SUCCESS"
    return made


@pytest.fixture
def outsider(search_of, grace):
    return search_of(grace)


def test_each_sees_what_is_for_them(index, search_of, ada, grace):
    assert subjects(search_of().search(index, "shared")) == ["open"]
    assert sorted(subjects(search_of(grace).search(index, "shared"))) == ["open", "signed-in"]
    found = search_of(ada).search(index, "*")
    assert subjects(found) == ["for-ada", "open", "signed-in"]
    assert [len(one["entries"]) for one in found["gmeta"]] == [1, 2, 1]
    assert [len(one["entries"]) for one in search_of().search(index, "*")["gmeta"]] == [1]


def test_totals_and_counts_say_nothing(index, search_of, outsider):
    for client, many in ((search_of(), 1), (outsider, 2)):
        found = client.search(index, "*", limit=1)
        assert (found["total"], found["has_next_page"]) == (many, many > 1)
        shown = client.get_index(index)
        assert (shown["num_subjects"], shown["num_entries"], shown["size_in_mb"]) == (many, many, 0)
        assert shown["content_last_modified_date"] is None
        assert client.search(index, "hidden")["total"] == 0
        assert client.search(index, "*", offset=many)["gmeta"] == []


def test_facets_say_nothing(index, outsider):
    asked = [
        {"type": "terms", "field_name": "title", "name": "t"},
        {"type": "terms", "field_name": "secret", "name": "x"},
        {"type": "sum", "field_name": "n", "name": "s"},
        {"type": "avg", "field_name": "n", "name": "a"},
        {"type": "distinct_count", "field_name": "n", "name": "d"},
        {"type": "sum", "field_name": "secret", "name": "m", "missing": 1},
        {"type": "date_histogram", "field_name": "day", "date_interval": "year", "name": "y"},
        {
            "type": "numeric_histogram",
            "field_name": "n",
            "size": 1,
            "name": "h",
            "histogram_range": {"low": 0, "high": 5000},
        },
    ]
    results = outsider.post_search(index, {"q": "*", "facets": asked})["facet_results"]
    found = {
        one["name"]: [(b["value"], b["count"]) for b in one["buckets"]]
        if "buckets" in one
        else one.get("value", one.get("approximate_value"))
        for one in results
    }
    assert found == {
        "t": [("shared", 1), ("shared members", 1)],
        "x": [],
        "s": 3,
        "a": 1.5,
        "d": 2,
        "m": 2.0,
        "y": [("2020-01-01 00:00:00", 1)],
        "h": [({"from": 0.0, "to": 5000.0}, 2)],
    }


@pytest.mark.parametrize(
    "asked",
    [
        {"type": "match_any", "field_name": "secret", "values": ["x"]},
        {"type": "exists", "field_name": "secret"},
        {"type": "like", "field_name": "secret", "value": "*"},
        {"type": "range", "field_name": "n", "values": [{"from": 3}]},
        {"type": "not", "filter": {"type": "range", "field_name": "n", "values": [{"to": 2}]}},
        {"type": "or", "filters": [{"type": "exists", "field_name": "secret"}]},
    ],
)
def test_filters_say_nothing(index, outsider, asked):
    found = outsider.post_search(index, {"filters": [asked]})
    assert (found["total"], found["gmeta"]) == (0, [])


@pytest.mark.parametrize(
    "q",
    ["secret:x", "_exists_:secret", "hid*", "/hid.*/", "hiden~1", "n:>3", "NOT (shared)", "n:100"],
)
def test_the_advanced_language_says_nothing(index, outsider, q):
    found = outsider.search(index, q, advanced=True)
    assert (found["total"], found["gmeta"]) == (0, [])


def test_a_field_that_is_hidden_looks_like_one_that_is_not_there(index, outsider):
    for field in ("secret", "never"):
        sort = [{"field_name": field, "order": "asc"}]
        assert subjects(outsider.post_search(index, {"q": "*", "sort": sort})) == [
            "open",
            "signed-in",
        ]
        histogram = {"type": "date_histogram", "field_name": field, "date_interval": "year"}
        found = outsider.post_search(index, {"q": "*", "facets": [histogram]})
        assert found["facet_results"][0]["buckets"] == []


def test_scrolls_do_not_go_where_searches_do_not(index, outsider):
    pages = list(outsider.paginated.scroll(index, {"q": "*", "limit": 1}).pages())
    assert [one for page in pages for one in subjects(page)] == ["open", "signed-in"]
    assert {page["total"] for page in pages} == {2}
    forged = "Zm9yLWFk"  # for-ad
    assert subjects(outsider.scroll(index, {"q": "*", "marker": forged})) == ["open", "signed-in"]


def test_what_is_hidden_and_what_is_not_there_look_the_same(index, outsider, search_of):
    def told(call):
        with pytest.raises(SearchAPIError) as caught:
            call()
        document = caught.value.raw_json
        return {key: value for key, value in document.items() if key != "request_id"}

    for client in (outsider, search_of()):
        hidden = told(lambda client=client: client.get_subject(index, "for-ada"))
        missing = told(lambda client=client: client.get_subject(index, "for-all"))
        assert hidden["status"] == 404
        assert str(hidden).replace("for-ada", "") == str(missing).replace("for-all", "")
        assert told(
            lambda client=client: client.get_entry(index, "open", entry_id="hidden")
        ) == told(lambda client=client: client.get_entry(index, "open", entry_id="nothing"))


def test_only_admins_look_past_visible_to(index, owner, outsider, search_of):
    past = {"bypass_visible_to": True}
    for client in (outsider, search_of()):
        for call in (
            lambda client=client: client.search(index, "*", query_params=past),
            lambda client=client: client.post_search(index, {"q": "*"} | past),
            lambda client=client: client.scroll(index, {"q": "*"} | past),
            lambda client=client: client.get_subject(index, "for-ada", query_params=past),
            lambda client=client: client.get_entry(index, "for-ada", query_params=past),
            lambda client=client: client.post_search(index, {"q": "*", "fields": ["visible_to"]}),
        ):
            with pytest.raises(SearchAPIError) as caught:
                call()
            assert caught.value.http_status == 403
    assert owner.search(index, "*", query_params=past)["total"] == 4
    assert owner.get_subject(index, "for-nobody", query_params=past)["entries"]
    shown = owner.post_search(
        index, {"@version": "query#1.0.0", "q": "hidden", "fields": ["visible_to"]}
    )
    assert set(shown["gmeta"][0]["entries"][0]) == {
        "entry_id",
        "matched_principal_sets",
        "visible_to",
    }


def test_a_principal_set_is_no_audience(index, outsider, owner, ada):
    found = outsider.search(index, "*", query_params={"filter_principal_sets": "pi"})
    assert (found["total"], found["gmeta"]) == (0, [])
    put(owner, index, entry("both", {"title": "sets"}, principal_sets={"pi": [urn(ada)], "ed": []}))
    mine = owner.search(index, "*", query_params={"filter_principal_sets": "pi,ed"})
    assert subjects(mine) == ["both"]
    assert mine["gmeta"][0]["entries"][0]["matched_principal_sets"] == ["pi"]
    assert outsider.search(index, "sets")["gmeta"][0]["entries"][0]["matched_principal_sets"] == []
    ended(owner, owner.delete_subject(index, "both"))


def test_a_writer_deletes_by_query_only_what_they_see(owner, search_of, grace, ada):
    made = owner.create_index("Shared", "Between two")["id"]
    owner.create_role(made, {"role_name": "writer", "principal": urn(grace)})
    put(owner, made, entry("a", {"t": "ice"}), entry("b", {"t": "ice"}, [urn(ada)]))
    writer = search_of(grace)
    assert ended(writer, writer.delete_by_query(made, {"q": "*"}))["state"] == "SUCCESS"
    assert subjects(owner.search(made, "*")) == ["b"]
    with pytest.raises(SearchAPIError) as caught:
        writer.delete_by_query(made, {"q": "*", "bypass_visible_to": True})
    assert caught.value.http_status == 403


def test_who_leaves_a_group_sees_no_more_and_what_is_withdrawn_is_gone(
    owner, search_of, grace, access_token
):
    with globus_sdk.GroupsClient(
        authorizer=globus_sdk.AccessTokenAuthorizer(access_token(grace, str(GroupsScopes.all)))
    ) as groups:
        group = groups.create_group({"name": "Readers"})["id"]
        made = owner.create_index("Groups", "One")["id"]
        put(owner, made, entry("a", {"t": "ice"}, [f"urn:globus:groups:id:{group}"]))
        reader = search_of(grace)
        assert subjects(reader.search(made, "ice")) == ["a"]
        assert search_of().search(made, "ice")["total"] == 0
        groups.delete_group(group)
        assert reader.search(made, "ice")["total"] == 0
    put(owner, made, entry("b", {"t": "ice"}))
    assert subjects(reader.search(made, "ice")) == ["b"]
    put(owner, made, entry("b", {"t": "ice"}, []))
    assert reader.search(made, "ice")["total"] == 0


def test_tasks_are_for_those_with_a_role(index, owner, outsider):
    task = owner.get_task_list(index)["tasks"][-1]
    for call in (
        lambda: outsider.get_task(task["task_id"]),
        lambda: outsider.get_task_list(index),
    ):
        with pytest.raises(SearchAPIError) as caught:
            call()
        assert caught.value.http_status in (403, 404)
