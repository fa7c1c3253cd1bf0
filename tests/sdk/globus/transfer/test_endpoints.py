"""Collections with globus-sdk: made, described, changed, deleted, and hidden from strangers."""

import uuid

import globus_sdk
import pytest


@pytest.fixture(scope="module")
def eve(cloud, new_person):
    """A person of another account."""
    return new_person("eve", cloud.create_account("elsewhere").account_id)


@pytest.fixture(scope="module")
def mine(ada, new_folder, tmp_path_factory):
    """The id of a collection of Ada's that nobody else sees."""
    return new_folder(tmp_path_factory.mktemp("mine"), ada, "Private data")


@pytest.fixture
def share(transfer_of, ada, mine):
    """The id of a guest collection on it."""
    made = transfer_of(ada).create_shared_endpoint(
        {
            "DATA_TYPE": "shared_endpoint",
            "host_endpoint": mine,
            "host_path": "/~/out/",
            "display_name": "Output",
            "description": "What came out",
        }
    )
    assert (made.http_status, made["code"]) == (201, "Created")
    return made["id"]


def refused(call, *arguments, **more):
    """What a call is answered that must fail: status and code."""
    with pytest.raises(globus_sdk.TransferAPIError) as error:
        call(*arguments, **more)
    return error.value.http_status, error.value.code


def test_a_mapped_collection(cloud, transfer_of, ada, mine):
    found = transfer_of(ada).get_endpoint(mine)
    assert found["entity_type"] == "GCP_mapped_collection"
    assert (found["owner_id"], found["owner_string"]) == (ada.identity_id, ada.username)
    assert found["https_server"] == f"{cloud.configuration.url('data')}/collections/{mine}"
    assert found["my_effective_roles"][0] == "administrator"
    assert (found["public"], found["shareable"], found["gcp_connected"]) == (False, True, True)
    assert found["DATA"][0]["uri"] == found["https_server"]


def test_only_some_fields(transfer_of, ada, mine):
    found = transfer_of(ada).get_endpoint(mine, query_params={"fields": "id,display_name"})
    assert found.data == {"DATA_TYPE": "endpoint", "id": mine, "display_name": "Private data"}


def test_a_guest_collection(transfer_of, ada, mine, share):
    client = transfer_of(ada)
    found = client.get_endpoint(share)
    assert found["entity_type"] == "GCP_guest_collection"
    assert (found["host_endpoint_id"], found["host_path"]) == (mine, "/out/")
    assert (found["acl_available"], found["acl_editable"]) == (True, True)
    listed = client.my_shared_endpoint_list(mine)
    assert share in {one["id"] for one in listed}
    pages = client.paginated.get_shared_endpoint_list(mine, max_results=1)
    assert share in {one["id"] for one in pages.items()}


def test_updating(transfer_of, ada, share):
    client = transfer_of(ada)
    changed = {
        "description": None,
        "display_name": "Results",
        "keywords": "rain, snow",
        "force_encryption": True,
        "guest_collection_activity_notification_policy": {"status": ["FAILED"]},
    }
    done = client.update_endpoint(share, changed)
    assert (done["DATA_TYPE"], done["code"]) == ("result", "Updated")
    found = client.get_endpoint(share)
    assert (found["display_name"], found["description"]) == ("Results", None)
    assert (found["keywords"], found["force_encryption"]) == ("rain,snow", True)
    assert found["guest_collection_activity_notification_policy"] == {"status": ["FAILED"]}
    assert refused(client.update_endpoint, share, {"info_link": "javascript:alert(1)"})[0] == 400


def test_deleting(transfer_of, ada, share):
    client = transfer_of(ada)
    assert client.delete_endpoint(share)["code"] == "Deleted"
    assert refused(client.get_endpoint, share) == (410, "EndpointDeleted")
    assert refused(client.get_endpoint, uuid.uuid4()) == (404, "EndpointNotFound")
    assert refused(client.get_endpoint, "no-uuid") == (404, "EndpointNotFound")


def test_a_machine_gets_a_setup_key(transfer_of, ada):
    client = transfer_of(ada)
    document = {
        "DATA_TYPE": "endpoint",
        "display_name": "Laptop",
        "is_globus_connect": True,
        "public": True,
    }
    made = client.post("/v0.10/endpoint", data=document)
    assert made.http_status == 201
    assert made["globus_connect_setup_key"]
    found = client.get_endpoint(made["id"])
    assert (found["gcp_connected"], found["is_globus_connect"]) == (False, True)
    assert found["globus_connect_setup_key"] is None
    assert refused(client.post, "/v0.10/endpoint", data={"display_name": "Server"})[0] == 400


def test_a_setup_key_is_not_in_the_audit_log(cloud, transfer_of, ada):
    document = {"display_name": "Laptop", "is_globus_connect": True}
    key = transfer_of(ada).post("/v0.10/endpoint", data=document)["globus_connect_setup_key"]

    def seen(reader):
        return any(key.encode() in value for _, value in reader.range(b"\x00", b"\xff"))

    cloud.run(cloud.engines.audit.flush())
    assert not cloud.run(cloud.engines.store.read(seen))


def test_subscriptions_there_are_none(transfer_of, ada, grace, mine):
    client = transfer_of(ada)
    assert client.set_subscription_id(mine, None)["code"] == "Updated"
    assert refused(client.set_subscription_id, mine, "DEFAULT") == (400, "BadRequest")
    assert refused(client.set_subscription_admin_verified, mine, True) == (400, "BadRequest")
    assert client.set_subscription_admin_verified(mine, False)["code"] == "Updated"
    assert refused(client.set_subscription_id, uuid.uuid4(), None) == (404, "EndpointNotFound")
    assert refused(client.update_endpoint, mine, {"subscription_id": str(uuid.uuid4())})[0] == 400


def test_what_old_clients_ask_first(transfer_of, ada, mine):
    client = transfer_of(ada)
    done = client.post(f"/v0.10/endpoint/{mine}/autoactivate", data={})
    assert done["code"].startswith("AutoActivated.")
    needs = client.get(f"/v0.10/endpoint/{mine}/activation_requirements")
    assert (needs["activated"], needs["DATA"]) == (True, [])


def test_servers_and_pauses(transfer_of, ada, mine):
    client = transfer_of(ada)
    [server] = client.endpoint_server_list(mine)
    assert client.get_endpoint_server(mine, server["id"])["uri"] == server["uri"]
    assert refused(client.get_endpoint_server, mine, 1)[0] == 404
    assert list(client.my_effective_pause_rule_list(mine)) == []


def test_another_accounts_person_never_sees_a_private_collection(transfer_of, ada, eve, mine):
    stranger = transfer_of(eve)
    for call in (
        stranger.get_endpoint,
        stranger.delete_endpoint,
        stranger.endpoint_role_list,
        stranger.endpoint_acl_list,
        stranger.my_shared_endpoint_list,
        stranger.get_shared_endpoint_list,
        stranger.endpoint_server_list,
        stranger.my_effective_pause_rule_list,
        stranger.operation_ls,
    ):
        assert refused(call, mine)[0] == 404
    assert refused(stranger.update_endpoint, mine, {"public": True})[0] == 404
    shared = {"host_endpoint": mine, "host_path": "/", "display_name": "Mine now"}
    assert refused(stranger.create_shared_endpoint, shared)[0] == 404
    bookmark = {"name": "Theirs", "endpoint_id": mine, "path": "/"}
    assert refused(stranger.create_bookmark, bookmark)[0] == 404
    assert refused(stranger.post, f"/v0.10/endpoint/{mine}/autoactivate")[0] == 404
    for scope in ("all", "shared-with-me", "administered-by-me", "recently-used"):
        found = stranger.endpoint_search("Private", filter_scope=scope)
        assert mine not in {one["id"] for one in found}
    assert list(stranger.endpoint_search(mine)) == []
    assert list(stranger.endpoint_search("Private", filter_owner_id=ada.identity_id)) == []


def test_a_shared_path_is_told_to_who_administers_it_only(transfer_of, eve, share):
    found = transfer_of(eve).get_endpoint(share)
    assert (found["host_path"], found["sharing_target_root_path"]) == (None, None)
    assert found["my_effective_roles"] == []


def test_without_a_token_or_its_scope(cloud, http, transfer_of, ada, mine, access_token):
    assert http.get(f"/v0.10/endpoint/{mine}").status_code == 401
    token = access_token(ada, "urn:globus:auth:scope:transfer.api.globus.org:gcp_install")
    headers = {"Authorization": f"Bearer {token}"}
    answer = http.get(f"/v0.10/endpoint/{mine}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "PermissionDenied")
