"""Our documents beside those of the real service that globus-sdk ships: key by key and by types.

What ours have besides is what the service's OpenAPI document names and the older fixtures do
not: `available` and `content_last_modified_date` of an index, and `acknowledged` of a task.
An index is never on trial here.
"""

import globus_sdk
import pytest
from globus_sdk.testing import get_response_set

from .filling import ended, entry, put

NEWER = {"available", "content_last_modified_date", "acknowledged", "facet_results"}
EITHER = {"permissions"}
"""Told to whom has a role, where the fixtures' caller is not said to have one."""


def fixture(method, case="default"):
    return get_response_set(f"search.{method}").lookup(case).json


def same(ours, theirs, where="document"):
    if isinstance(theirs, dict):
        assert set(theirs) <= set(ours), where
        assert set(ours) - set(theirs) <= NEWER | EITHER, where
        for key, value in theirs.items():
            if key not in ("content", "entry_id"):
                same(ours[key], value, f"{where}.{key}")
    elif isinstance(theirs, list):
        assert isinstance(ours, list), where
        for one in ours if theirs else ():
            same(one, theirs[0], where)
    elif theirs is not None:
        assert isinstance(ours, type(theirs)), where
        if where.endswith(("@datatype", "@version", "code")):
            assert ours == theirs, where


def test_documents_of_indices(owner):
    made = owner.create_index("Name", "Text").data
    same(made, fixture("create_index"))
    same(owner.index_list().data, fixture("index_list"))
    same(owner.update_index(made["id"], display_name="Other").data, fixture("update_index"))
    same(owner.delete_index(made["id"]).data, fixture("delete_index"))
    same(owner.reopen_index(made["id"]).data, fixture("reopen_index"))


def test_documents_of_roles(owner, index, grace):
    wanted = {"role_name": "writer", "principal": f"urn:globus:auth:identity:{grace.identity_id}"}
    role = owner.create_role(index, wanted).data
    same(role, fixture("create_role"))
    same(owner.get_role_list(index).data, fixture("get_role_list"))
    same(owner.delete_role(index, role["id"]).data, fixture("delete_role"))


def test_documents_of_results(owner, index):
    put(owner, index, entry("foo-bar", {"foo": "bar"}), entry("other", {"foo": "bar"}))
    theirs = fixture("search") | {"has_next_page": False}
    same(owner.search(index, "bar").data, theirs)
    same(owner.post_search(index, {"q": "bar"}).data, fixture("post_search"))
    deleted = owner.batch_delete_by_subject(index, ["foo-bar"])
    same(deleted.data, fixture("batch_delete_by_subject"))
    assert ended(owner, deleted)["state"] == "SUCCESS"


def errors(owner, other):
    """Return what goes wrong, by the method and the case of the fixture."""
    index = owner.create_index("Name", "Text")["id"]
    deleted = owner.create_index("Name", "Text")["id"]
    owner.delete_index(deleted)
    return {
        ("delete_index", "delete_pending"): lambda: owner.delete_index(deleted),
        ("reopen_index", "already_open"): lambda: owner.reopen_index(index),
        ("update_index", "forbidden"): lambda: other.update_index(index, display_name="Mine"),
    }


def test_documents_of_errors(owner, search_of, grace):
    for (method, case), call in errors(owner, search_of(grace)).items():
        with pytest.raises(globus_sdk.SearchAPIError) as caught:
            call()
        theirs = fixture(method, case)
        same(caught.value.raw_json, theirs)
        assert caught.value.http_status == theirs["status"]
        if "error_data" in theirs:
            assert set(caught.value.error_data) == set(theirs["error_data"])
        else:
            assert caught.value.message == theirs["message"]
