"""Access rules, roles and bookmarks with globus-sdk."""

import globus_sdk
import pytest


@pytest.fixture(scope="module")
def mine(ada, new_folder, tmp_path_factory):
    """The id of a collection of Ada's."""
    return new_folder(tmp_path_factory.mktemp("mine"), ada, "Data")


@pytest.fixture
def share(transfer_of, ada, mine):
    """The id of a guest collection on it."""
    document = {"host_endpoint": mine, "host_path": "/", "display_name": "Share"}
    return transfer_of(ada).create_shared_endpoint(document)["id"]


def rule(person, path="/", permissions="r", **more):
    return {
        "DATA_TYPE": "access",
        "principal_type": "identity",
        "principal": person.identity_id,
        "path": path,
        "permissions": permissions,
    } | more


def refused(call, *arguments):
    """What a call is answered that must fail: status and code."""
    with pytest.raises(globus_sdk.TransferAPIError) as error:
        call(*arguments)
    return error.value.http_status, error.value.code


def test_a_rule_is_made_changed_and_taken_away(transfer_of, ada, grace, share):
    client = transfer_of(ada)
    made = client.add_endpoint_acl_rule(share, rule(grace, "/a", expiration_date="2099-12-31"))
    assert (made.http_status, made["code"]) == (201, "Created")
    found = client.get_endpoint_acl_rule(share, made["access_id"])
    assert (found["path"], found["permissions"]) == ("/a/", "r")
    assert (found["principal"], found["principal_type"]) == (grace.identity_id, "identity")
    assert found["expiration_date"] == "2099-12-31T00:00:00+00:00"
    change = {"permissions": "rw", "expiration_date": None}
    assert client.update_endpoint_acl_rule(share, found["id"], change)["code"] == "Updated"
    found = client.get_endpoint_acl_rule(share, found["id"])
    assert (found["permissions"], found["expiration_date"]) == ("rw", None)
    other = {"path": "/b/", "permissions": "r"}
    assert refused(client.update_endpoint_acl_rule, share, found["id"], other)[0] == 400
    assert client.delete_endpoint_acl_rule(share, found["id"])["code"] == "Deleted"
    assert refused(client.get_endpoint_acl_rule, share, found["id"])[0] == 404


def test_the_list_has_the_owners_access_first(transfer_of, ada, grace, share):
    client = transfer_of(ada)
    client.add_endpoint_acl_rule(share, rule(grace))
    listed = client.endpoint_acl_list(share)
    assert (listed["DATA_TYPE"], listed["endpoint"], listed["length"]) == ("access_list", share, 2)
    own, hers = listed
    assert (own["id"], own["role_type"], own["permissions"]) == (None, "administrator", "rw")
    assert own["principal"] == ada.identity_id
    assert (hers["role_id"], hers["principal"]) == (None, grace.identity_id)
    assert refused(transfer_of(grace).endpoint_acl_list, share) == (403, "PermissionDenied")


def test_a_rule_twice(transfer_of, ada, grace, share):
    client = transfer_of(ada)
    client.add_endpoint_acl_rule(share, rule(grace, "/a/"))
    assert refused(client.add_endpoint_acl_rule, share, rule(grace, "/a", "rw")) == (409, "Exists")


def test_everybody_and_anybody(transfer_of, ada, grace, share):
    client = transfer_of(ada)
    everybody = {"principal_type": "all_authenticated_users", "principal": "", "path": "/all/"}
    client.add_endpoint_acl_rule(share, everybody | {"permissions": "rw"})
    anybody = everybody | {"principal_type": "anonymous", "path": "/open/"}
    client.add_endpoint_acl_rule(share, anybody | {"permissions": "r"})
    assert refused(client.add_endpoint_acl_rule, share, anybody | {"permissions": "rw"})[0] == 400
    kinds = {one["principal_type"]: one["principal"] for one in client.endpoint_acl_list(share)}
    assert kinds["all_authenticated_users"] == kinds["anonymous"] == ""


@pytest.mark.parametrize(
    "wrong",
    [
        {"path": "/../x/"},
        {"path": "x"},
        {"permissions": "w"},
        {"principal": "ada"},
        {"principal_type": "role"},
        {"expiration_date": "tomorrow"},
        {"expiration_date": "2001-01-01"},
        {"expiration_date": "1970-01-01T00:00:00Z"},
    ],
)
def test_rules_that_cannot_be(transfer_of, ada, grace, share, wrong):
    client = transfer_of(ada)
    assert refused(client.add_endpoint_acl_rule, share, rule(grace) | wrong)[0] == 400


def test_no_rules_on_a_mapped_collection(transfer_of, ada, grace, mine):
    answer = refused(transfer_of(ada).add_endpoint_acl_rule, mine, rule(grace))
    assert answer == (409, "ClientError.NotSupported")


def test_a_reader_cannot_widen_their_own_rule(transfer_of, ada, grace, share):
    made = transfer_of(ada).add_endpoint_acl_rule(share, rule(grace))["access_id"]
    reader = transfer_of(grace)
    denied = (403, "PermissionDenied")
    assert refused(reader.update_endpoint_acl_rule, share, made, {"permissions": "rw"}) == denied
    assert refused(reader.add_endpoint_acl_rule, share, rule(grace, "/", "rw")) == denied
    role = {"principal": grace.identity_id, "role": "administrator", "principal_type": "identity"}
    assert refused(reader.add_endpoint_role, share, role) == denied
    assert refused(reader.update_endpoint, share, {"display_name": "Mine"}) == denied
    assert refused(reader.delete_endpoint, share) == denied


def test_roles(transfer_of, ada, grace, share):
    client = transfer_of(ada)
    document = {
        "DATA_TYPE": "role",
        "principal_type": "identity",
        "principal": grace.identity_id,
        "role": "access_manager",
    }
    made = client.add_endpoint_role(share, document)
    assert made.http_status == 201
    assert refused(client.add_endpoint_role, share, document) == (409, "ClientError.Conflict")
    assert client.get_endpoint_role(share, made["id"])["role"] == "access_manager"
    assert [one["role"] for one in client.endpoint_role_list(share)] == [
        "administrator",
        "access_manager",
    ]
    manager = transfer_of(grace)
    assert [one["role"] for one in manager.endpoint_role_list(share)] == ["access_manager"]
    assert manager.get_endpoint(share)["my_effective_roles"] == ["access_manager"]
    higher = document | {"role": "administrator"}
    assert refused(manager.add_endpoint_role, share, higher) == (403, "PermissionDenied")
    client.delete_endpoint_role(share, made["id"])
    assert refused(client.get_endpoint_role, share, made["id"])[0] == 404
    unknown = document | {"role": "restricted_administrator"}
    assert refused(client.add_endpoint_role, share, unknown)[0] == 400


def test_bookmarks(transfer_of, ada, grace, mine):
    client = transfer_of(ada)
    document = {"name": "Home", "endpoint_id": mine, "path": "/~/"}
    made = client.create_bookmark(document)
    assert made.http_status == 201
    assert refused(client.create_bookmark, document) == (409, "Exists")
    changed = client.update_bookmark(made["id"], {"name": "Data", "pinned": True})
    assert (changed["name"], changed["pinned"]) == ("Data", True)
    assert client.get_bookmark(made["id"])["endpoint_id"] == mine
    listed = {one["id"]: one["name"] for one in client.bookmark_list()}
    assert listed[made["id"]] == "Data"
    assert made["id"] not in {one["id"] for one in transfer_of(grace).bookmark_list()}
    assert refused(transfer_of(grace).get_bookmark, made["id"]) == (404, "BookmarkNotFound")
    assert refused(transfer_of(grace).delete_bookmark, made["id"]) == (404, "BookmarkNotFound")
    assert client.delete_bookmark(made["id"])["code"] == "Deleted"
