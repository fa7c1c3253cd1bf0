"""Collections as those see them who monitor what is done there, with globus-sdk."""

import uuid

import pytest
from globus_sdk import GlobusAPIError

from lenticular.engines.movers.messages import Announced, Hello


@pytest.fixture(scope="module")
def shares(transfer_of, ada, grace, new_person, new_folder, tmp_path_factory):
    """A folder of Grace's that Ada monitors, and a share on it that only Grace knows of."""
    host = new_folder(tmp_path_factory.mktemp("host"), grace, "Monitored")
    owner = transfer_of(grace)
    share = owner.create_shared_endpoint(
        {"display_name": "Hidden", "host_endpoint": host, "host_path": "/", "public": False}
    )["id"]
    role = {"principal_type": "identity", "principal": ada.identity_id, "role": "activity_monitor"}
    owner.add_endpoint_role(host, role)
    return host, share


def refusal(do, *arguments):
    with pytest.raises(GlobusAPIError) as refused:
        do(*arguments)
    return refused.value.http_status, refused.value.code


def test_who_monitors_a_host_sees_the_shares_there(transfer_of, ada, shares):
    host, share = shares
    client = transfer_of(ada)
    monitored = {one["id"]: one for one in client.endpoint_manager_monitored_endpoints()}
    assert {host, share} <= monitored.keys()
    assert monitored[host]["my_effective_roles"] == ["activity_monitor"]
    [hosted] = client.endpoint_manager_hosted_endpoint_list(host)
    assert (hosted["id"], hosted["host_endpoint_id"]) == (share, host)
    assert client.endpoint_manager_get_endpoint(share)["display_name"] == "Hidden"
    assert refusal(client.get_endpoint, share) == (404, "EndpointNotFound")


def test_rules_are_for_who_manages(transfer_of, ada, grace, shares):
    host, share = shares
    owner, client = transfer_of(grace), transfer_of(ada)
    assert refusal(client.endpoint_manager_acl_list, share) == (403, "PermissionDenied")
    assert refusal(owner.endpoint_manager_acl_list, host) == (409, "ClientError.NotSupported")
    role = {"principal_type": "identity", "principal": ada.identity_id, "role": "activity_manager"}
    role_id = owner.add_endpoint_role(host, role)["id"]
    [rule] = client.endpoint_manager_acl_list(share)
    assert (rule["principal"], rule["role_type"]) == (grace.identity_id, "administrator")
    owner.delete_endpoint_role(host, role_id)


def test_others_learn_nothing(transfer_of, new_person, shares):
    client = transfer_of(new_person())
    unknown = str(uuid.uuid4())
    for do in (
        client.endpoint_manager_get_endpoint,
        client.endpoint_manager_hosted_endpoint_list,
        client.endpoint_manager_acl_list,
    ):
        assert {refusal(do, one) for one in (*shares, unknown)} == {(404, "EndpointNotFound")}
    assert list(client.endpoint_manager_monitored_endpoints()) == []


def test_a_new_setup_key_is_for_administrators(cloud, transfer_of, ada, grace):
    owner, other = transfer_of(ada), transfer_of(grace)
    made = owner.post(
        "/v0.10/endpoint",
        data={"display_name": "Laptop", "is_globus_connect": True, "public": True},
    )
    path = f"/v0.10/endpoint/{made['id']}/setup_key"
    key = owner.post(path)["globus_connect_setup_key"]
    assert key != made["globus_connect_setup_key"]
    assert refusal(other.post, path) == (403, "PermissionDenied")
    enrolled = cloud.run(cloud.engines.agents.enrol(key))
    home = Announced("/home/ada", "rw")
    cloud.run(cloud.engines.agents.greet(made["id"], Hello("1", "laptop", (home,), "/home/ada")))
    assert enrolled.endpoint_id == made["id"]
    assert owner.get_endpoint(made["id"])["gcp_connected"] is True
