"""Indices and their roles."""

import uuid

import globus_sdk
import pytest
from globus_sdk import SearchAPIError
from globus_sdk.scopes import SearchScopes

from .filling import entry, put, subjects


def refused(status, code, call, *arguments, **more):
    with pytest.raises(SearchAPIError) as caught:
        call(*arguments, **more)
    assert (caught.value.http_status, caught.value.code) == (status, code)
    return caught.value


def urn(person):
    return f"urn:globus:auth:identity:{person.identity_id}"


def test_an_index_is_made_shown_listed_changed_deleted_and_opened_again(owner):
    index = owner.create_index("Cores", "Of ice")["id"]
    shown = owner.get_index(index)
    assert (shown["display_name"], shown["status"], shown["num_entries"]) == ("Cores", "open", 0)
    listed = {one["id"]: one for one in owner.index_list()}
    assert listed[index]["permissions"] == ["owner"]
    assert index not in {one["id"] for one in owner.index_list(filter_roles=["admin", "writer"])}
    assert owner.update_index(index, description="Deep")["description"] == "Deep"
    put(owner, index, entry("a", {"title": "ice"}), entry("a", {"title": "core"}, id="2"))
    counted = owner.get_index(index)
    assert (counted["num_subjects"], counted["num_entries"]) == (1, 2)
    owner.delete_index(index)
    assert owner.get_index(index)["status"] == "delete_pending"
    for call in (owner.search, owner.get_subject, owner.delete_subject):
        refused(409, "Conflict.IncompatibleIndexStatus", call, index, "a")
    owner.reopen_index(index)
    assert subjects(owner.search(index, "core")) == ["a"]


def test_what_is_not_there(owner):
    for index in (str(uuid.uuid4()), "nothing"):
        refused(404, "NotFound.Generic", owner.get_index, index)
        refused(404, "NotFound.Generic", owner.search, index, "*")
        refused(
            404,
            "NotFound.Generic",
            owner.create_role,
            index,
            {"role_name": "writer", "principal": f"urn:globus:groups:id:{uuid.uuid4()}"},
        )
    refused(404, "NotFound.Generic", owner.get_task, str(uuid.uuid4()))


def test_roles_let_others_in_step_by_step(owner, index, search_of, grace):
    other = search_of(grace)
    new = {"ingest_type": "GMetaEntry", "ingest_data": entry("a", {"title": "ice"})}
    error = refused(403, "Forbidden.Generic", other.ingest, index, new)
    assert "owner or admin or writer" in error.error_data["cause"]
    refused(403, "Forbidden.Generic", other.get_task_list, index)
    writer = owner.create_role(index, {"role_name": "writer", "principal": urn(grace)})
    again = owner.create_role(index, {"role_name": "writer", "principal": urn(grace)})
    assert again["id"] == writer["id"]
    assert put(other, index, entry("a", {"title": "ice"}))["state"] == "SUCCESS"
    assert [one["task_type"] for one in other.get_task_list(index)["tasks"]] == ["INGEST"]
    refused(403, "Forbidden.Generic", other.get_role_list, index)
    refused(403, "Forbidden.Generic", other.update_index, index, display_name="x")
    refused(
        403, "Forbidden.Generic", other.search, index, "*", query_params={"bypass_visible_to": True}
    )
    admin = owner.create_role(index, {"role_name": "admin", "principal": urn(grace)})
    assert len(other.get_role_list(index)["role_list"]) == 3
    assert other.update_index(index, display_name="x")["display_name"] == "x"
    refused(
        403,
        "Forbidden.Generic",
        other.create_role,
        index,
        {"role_name": "owner", "principal": urn(grace)},
    )
    refused(403, "Forbidden.Generic", other.delete_index, index)
    deleted = owner.delete_role(index, admin["id"])
    assert deleted["deleted"]["role_name"] == "admin"
    refused(403, "Forbidden.Generic", other.get_role_list, index)
    refused(404, "NotFound.Generic", owner.delete_role, index, admin["id"])


def test_a_role_of_a_group(cloud, owner, index, search_of, grace, access_token):
    groups = globus_sdk.GroupsClient(
        authorizer=globus_sdk.AccessTokenAuthorizer(
            access_token(grace, str(globus_sdk.scopes.GroupsScopes.all))
        )
    )
    group = groups.create_group({"name": "Writers"})["id"]
    role = owner.create_role(
        index, {"role_name": "writer", "principal": f"urn:globus:groups:id:{group.upper()}"}
    )
    assert (role["principal_type"], role["principal"]) == ("group", f"urn:globus:groups:id:{group}")
    assert put(search_of(grace), index, entry("a", {"b": 1}))["state"] == "SUCCESS"
    assert index in {one["id"] for one in search_of(grace).index_list()}
    groups.close()


def test_the_last_owner_stays_and_there_are_not_too_many_roles(owner, index):
    [role] = owner.get_role_list(index)["role_list"]
    refused(409, "Conflict.LimitExceeded", owner.delete_role, index, role["id"])
    for _ in range(49):
        owner.create_role(
            index, {"role_name": "writer", "principal": f"urn:globus:groups:id:{uuid.uuid4()}"}
        )
    error = refused(
        409,
        "Conflict.LimitExceeded",
        owner.create_role,
        index,
        {"role_name": "writer", "principal": f"urn:globus:groups:id:{uuid.uuid4()}"},
    )
    assert "at most 50 roles" in error.error_data["constraint"]


def test_scopes(owner, index, search_of, ada):
    put(owner, index, entry("a", {"b": "ice"}))
    searching = search_of(ada, SearchScopes.search)
    ingesting = search_of(ada, SearchScopes.ingest)
    assert subjects(searching.search(index, "ice")) == ["a"]
    assert put(ingesting, index, entry("b", {"b": "ice"}))["state"] == "SUCCESS"
    assert refused(403, "Forbidden.Generic", searching.delete_subject, index, "a").http_status
    assert refused(403, "Forbidden.Generic", ingesting.search, index, "ice").http_status
    refused(403, "Forbidden.Generic", ingesting.delete_index, index)
    nobody = search_of()
    assert subjects(nobody.search(index, "ice")) == ["a", "b"]
    for call in (
        nobody.index_list,
        lambda: nobody.delete_index(index),
        lambda: nobody.delete_subject(index, "a"),
    ):
        with pytest.raises(SearchAPIError) as caught:
            call()
        assert caught.value.http_status == 401
