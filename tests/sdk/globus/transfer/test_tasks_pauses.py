"""The tasks of others, with globus-sdk's endpoint manager."""

import uuid

import globus_sdk
import pytest
from globus_sdk import GlobusAPIError


@pytest.fixture
def shared(transfer_of, ada, grace, new_folder, tmp_path):
    """A folder of Ada's on which Grace has a share, and the host's id."""
    (tmp_path / "share").mkdir()
    host = new_folder(tmp_path, ada, "Lab")
    made = transfer_of(ada).create_shared_endpoint(
        {"DATA_TYPE": "shared_endpoint", "host_endpoint": host, "host_path": "/share/",
         "display_name": "A share"}
    )  # fmt: skip
    transfer_of(ada).add_endpoint_acl_rule(
        made["id"],
        {"DATA_TYPE": "access", "principal_type": "identity", "principal": grace.identity_id,
         "path": "/", "permissions": "rw"},
    )  # fmt: skip
    return made["id"], host


def _submitted(client, collection):
    data = globus_sdk.DeleteData(collection)
    data.add_item(f"/{uuid.uuid4()}")
    return client.submit_delete(data)["task_id"]


def test_a_rule_pauses_the_tasks_of_everybody(transfer_of, ada, grace, shared):
    manager, user = transfer_of(ada), transfer_of(grace)
    share, host = shared
    rule = {"DATA_TYPE": "pause_rule", "message": "Tape robot stuck", "endpoint_id": host,
            "identity_id": None, "start_time": None}  # fmt: skip
    made = manager.endpoint_manager_create_pause_rule(rule)
    assert made["code"] == "Created"
    task_id = _submitted(user, share)
    task = user.get_task(task_id)
    assert (task["status"], task["is_paused"], task["nice_status"]) == ("ACTIVE", True, "PAUSED")
    [limited] = user.task_pause_info(task_id)["pause_rules"]
    assert (limited["message"], limited["pause_task_delete"]) == ("Tape robot stuck", True)
    [seen] = manager.endpoint_manager_pause_rule_list(filter_endpoint=host)
    assert (seen["id"], seen["editable"]) == (made["id"], True)
    assert list(user.endpoint_manager_pause_rule_list()) == []

    manager.endpoint_manager_update_pause_rule(made["id"], {"pause_task_delete": False})
    assert manager.endpoint_manager_get_pause_rule(made["id"])["pause_task_delete"] is False
    assert user.get_task(task_id)["is_paused"] is False
    manager.endpoint_manager_delete_pause_rule(made["id"])
    with pytest.raises(GlobusAPIError) as gone:
        manager.endpoint_manager_get_pause_rule(made["id"])
    assert gone.value.http_status == 404
    user.task_wait(task_id, timeout=20, polling_interval=1)


def test_a_rule_pauses_what_is_asked_of_files(transfer_of, ada, grace, shared):
    manager, user = transfer_of(ada), transfer_of(grace)
    share, host = shared
    rule = {"message": "Moving racks", "endpoint_id": host, "pause_ls": False,
            "pause_mkdir": True, "pause_rename": True}  # fmt: skip
    rule_id = manager.endpoint_manager_create_pause_rule(rule)["id"]
    user.operation_ls(share)
    for call, *arguments in ((user.operation_mkdir, "/x"), (user.operation_rename, "/a", "/b")):
        with pytest.raises(GlobusAPIError, match="Moving racks") as refused:
            call(share, *arguments)
        assert (refused.value.http_status, refused.value.code) == (409, "EndpointPaused")
    manager.endpoint_manager_delete_pause_rule(rule_id)
    user.operation_mkdir(share, "/x")


def test_a_manager_sees_pauses_and_ends_tasks_of_others(transfer_of, ada, grace, shared):
    manager, user = transfer_of(ada), transfer_of(grace)
    share, host = shared
    rule = {"message": "Hold on", "endpoint_id": host, "pause_task_delete": True}
    rule_id = manager.endpoint_manager_create_pause_rule(rule)["id"]
    task_id = _submitted(user, share)
    manager.endpoint_manager_pause_tasks([task_id], "You, please wait")
    manager.endpoint_manager_delete_pause_rule(rule_id)
    assert user.get_task(task_id)["is_paused"] is True
    assert user.task_pause_info(task_id)["source_pause_message"] == "You, please wait"
    assert manager.endpoint_manager_task_pause_info(task_id)["pause_rules"] == []

    listed = manager.endpoint_manager_task_list(filter_endpoint=host, filter_status="ACTIVE")
    [one] = [task for task in listed if task["task_id"] == task_id]
    assert one["owner_string"] == grace.username
    assert one["source_mapped_collection_id"] == host
    by_id = manager.endpoint_manager_task_list(filter_task_id=[task_id])
    assert [task["task_id"] for task in by_id] == [task_id]
    assert manager.endpoint_manager_get_task(task_id)["owner_id"] == grace.identity_id
    assert manager.endpoint_manager_task_event_list(task_id)["total"] >= 1
    with pytest.raises(GlobusAPIError) as refused:
        manager.endpoint_manager_task_list(filter_status="SUCCEEDED")
    assert refused.value.http_status == 400
    with pytest.raises(GlobusAPIError) as denied:
        user.endpoint_manager_cancel_tasks([task_id], "mine")
    assert denied.value.http_status in (403, 404)

    ended = manager.endpoint_manager_cancel_tasks([task_id], "Disk is being replaced")
    assert manager.endpoint_manager_cancel_status(ended["id"])["done"] is True
    task = user.get_task(task_id)
    assert (task["status"], task["canceled_by_admin"]) == ("FAILED", "SOURCE")
    assert task["canceled_by_admin_message"] == "Disk is being replaced"
    assert list(manager.endpoint_manager_task_skipped_errors(task_id)) == []
    assert list(manager.endpoint_manager_task_successful_transfers(task_id)) == []


def test_resumed_tasks_go_on(transfer_of, ada, grace, shared):
    manager, user = transfer_of(ada), transfer_of(grace)
    share, host = shared
    rule = {"message": "Hold on", "endpoint_id": host}
    rule_id = manager.endpoint_manager_create_pause_rule(rule)["id"]
    task_id = _submitted(user, share)
    manager.endpoint_manager_pause_tasks([task_id], "Wait")
    manager.endpoint_manager_delete_pause_rule(rule_id)
    manager.endpoint_manager_resume_tasks([task_id])
    assert user.get_task(task_id)["is_paused"] is False
    codes = [event["code"] for event in user.task_event_list(task_id, limit=1000)]
    assert {"PAUSED", "UNPAUSED"} <= set(codes)
    user.cancel_task(task_id)
