"""Tasks with globus-sdk, done by the server's own agent: nothing stands in for anything."""

import uuid

import globus_sdk
import pytest
from globus_sdk import GlobusAPIError

from lenticular.primitives.audit.events import HIDDEN
from lenticular.primitives.audit.lookup import Query
from lenticular.primitives.collections import Details, Person
from lenticular.primitives.notices import new_secret


@pytest.fixture(scope="session")
def absent(cloud, ada):
    """A collection of a machine that never connects: its tasks wait."""
    person = Person((ada.identity_id,))
    making = cloud.engines.collections.create_enrolled(Details(display_name="Away"), person)
    return cloud.run(making)[0].collection_id


@pytest.fixture
def source(new_folder, ada, tmp_path):
    """``(path, id)`` of a folder of Ada's with a few files in it."""
    path = tmp_path / "source"
    (path / "deep" / "er").mkdir(parents=True)
    for name in ("one.txt", "two.tmp", "deep/three.txt", "deep/er/four.txt"):
        (path / name).write_text(name)
    return path, new_folder(path, ada, "Source")


@pytest.fixture
def destination(new_folder, ada, tmp_path):
    """``(path, id)`` of an empty folder of Ada's."""
    path = tmp_path / "destination"
    path.mkdir()
    return path, new_folder(path, ada, "Destination")


@pytest.fixture
def client(transfer_of, ada):
    return transfer_of(ada)


def _done(client, accepted):
    assert client.task_wait(accepted["task_id"], timeout=30, polling_interval=1)
    return client.get_task(accepted["task_id"])


def _refusal(call, *arguments, **fields):
    with pytest.raises(GlobusAPIError) as refused:
        call(*arguments, **fields)
    return refused.value


def _waiting(client, collection, **fields):
    """Submit a deletion that waits; return its id."""
    data = globus_sdk.DeleteData(collection, **fields)
    data.add_item(f"/{uuid.uuid4()}")
    return client.submit_delete(data)["task_id"]


def test_a_folder_with_filters_and_what_was_moved(client, source, destination):
    data = globus_sdk.TransferData(
        source[1], destination[1], label="A folder", verify_checksum=True
    )
    data.add_item("/", "/copy/", recursive=True)
    data.add_filter_rule("*.tmp", type="file")
    task = _done(client, client.submit_transfer(data))
    assert (task["status"], task["files_transferred"]) == ("SUCCEEDED", 3)
    assert task["bytes_transferred"] == len("one.txt" + "deep/three.txt" + "deep/er/four.txt")
    assert (destination[0] / "copy/deep/er/four.txt").read_text() == "deep/er/four.txt"
    assert not (destination[0] / "copy/two.tmp").exists()
    moved = list(client.paginated.task_successful_transfers(task["task_id"]).items())
    assert {one["destination_path"] for one in moved} == {
        "/copy/one.txt",
        "/copy/deep/three.txt",
        "/copy/deep/er/four.txt",
    }
    codes = [event["code"] for event in client.task_event_list(task["task_id"])]
    assert codes[0] == "SUCCEEDED"
    assert codes[-1] == "STARTED"


def test_what_is_there_is_not_moved_again(client, source, destination):
    for expected in ((4, 0), (0, 4)):
        data = globus_sdk.TransferData(source[1], destination[1], sync_level="checksum")
        data.add_item("/", "/", recursive=True)
        task = _done(client, client.submit_transfer(data))
        assert (task["files_transferred"], task["files_skipped"]) == expected


def test_deletes_a_folder_and_not_what_is_asked_for_without_recursive(client, source):
    path, collection = source
    data = globus_sdk.DeleteData(collection, recursive=True, label="Old")
    data.add_item("/deep")
    task = _done(client, client.submit_delete(data))
    assert (task["status"], task["type"]) == ("SUCCEEDED", "DELETE")
    assert task["destination_endpoint_id"] is None
    assert not (path / "deep").exists()
    assert (path / "one.txt").exists()


def test_a_missing_source_fails_at_once_when_that_is_asked_for(client, source, destination):
    data = globus_sdk.TransferData(
        source[1], destination[1], additional_fields={"fail_on_missing_source": True}
    )
    data.add_item("/not there", "/x")
    task = _done(client, client.submit_transfer(data))
    assert (task["status"], task["fatal_error"]["code"]) == ("FAILED", "FILE_NOT_FOUND")
    errors = client.task_event_list(task["task_id"], query_params={"filter": "is_error:1"})
    assert "FILE_NOT_FOUND" in [event["code"] for event in errors]


def test_what_cannot_be_read_is_skipped_and_told_when_that_is_asked_for(
    client, source, destination
):
    data = globus_sdk.TransferData(source[1], destination[1], skip_source_errors=True)
    data.add_item("/one.txt", "/one.txt")
    data.add_item("/gone.txt", "/gone.txt")
    task = _done(client, client.submit_transfer(data))
    assert (task["status"], task["subtasks_skipped_errors"]) == ("SUCCEEDED", 1)
    [skipped] = client.paginated.task_skipped_errors(task["task_id"]).items()
    assert (skipped["source_path"], skipped["error_code"]) == ("/gone.txt", "FILE_NOT_FOUND")


def test_one_submission_id_is_one_task(client, source, destination):
    data = globus_sdk.TransferData(
        source[1], destination[1], submission_id=client.get_submission_id()["value"]
    )
    data.add_item("/one.txt", "/one.txt")
    first, second = client.submit_transfer(data), client.submit_transfer(data)
    assert (first["code"], second["code"]) == ("Accepted", "Duplicate")
    assert first["task_id"] == second["task_id"]
    _done(client, first)
    assert client.submit_transfer(data)["task_id"] == first["task_id"]


def test_the_same_paths_twice_are_a_conflict_that_names_the_task(client, absent, destination):
    data = globus_sdk.TransferData(absent, destination[1])
    data.add_item("/x", "/y")
    task_id = client.submit_transfer(data)["task_id"]
    again = globus_sdk.TransferData(absent, destination[1])
    again.add_item("/x", "/y")
    refused = _refusal(client.submit_transfer, again)
    assert (refused.http_status, refused.code) == (409, "Conflict")
    assert refused.raw_json["task_id"] == task_id
    client.cancel_task(task_id)


def test_cancel_update_and_their_ends(client, absent):
    task_id = _waiting(client, absent)
    client.update_task(task_id, {"label": "Renamed", "deadline": "2090-01-02 03:04:05Z"})
    task = client.get_task(task_id)
    assert (task["label"], task["deadline"]) == ("Renamed", "2090-01-02T03:04:05+00:00")
    assert (task["status"], task["is_ok"]) == ("ACTIVE", True)
    assert not client.task_wait(task_id, timeout=1, polling_interval=1)

    assert client.cancel_task(task_id)["code"] == "Canceled"
    assert client.cancel_task(task_id)["code"] == "TaskComplete"
    task = client.get_task(task_id)
    assert (task["status"], task["fatal_error"]["code"]) == ("FAILED", "CANCELED")
    assert client.task_event_list(task_id)["DATA"][0]["code"] == "CANCELED"
    assert _refusal(client.update_task, task_id, {"label": "Late"}).http_status == 409


def test_lists_are_filtered_ordered_and_paged(client, absent):
    ids = [_waiting(client, absent, label=f"listed {number}") for number in range(5)]
    wanted = {"label": "~listed*", "status": ["ACTIVE", "INACTIVE"]}
    page = client.task_list(limit=2, offset=1, filter=wanted, orderby="label ASC")
    assert [task["label"] for task in page] == ["listed 1", "listed 2"]
    assert (page["total"], page["length"], page["limit"], page["offset"]) == (5, 2, 2, 1)
    newest = client.task_list(filter={"task_id": ids}, orderby=["label DESC"])
    assert [task["task_id"] for task in newest] == ids[::-1]
    found = client.paginated.task_list(filter={"label": "~listed*"}).items()
    assert {task["task_id"] for task in found} == set(ids)
    only = client.task_list(query_params={"fields": "task_id", "filter": f"task_id:{ids[0]}"})
    assert only["DATA"] == [{"task_id": ids[0]}]
    assert _refusal(client.task_list, filter="color:red").http_status == 400
    for task_id in ids:
        client.cancel_task(task_id)


def test_tasks_are_their_owners_own(transfer_of, client, grace, absent):
    task_id = _waiting(client, absent)
    other = transfer_of(grace)
    for call in (other.get_task, other.cancel_task, other.task_event_list, other.task_pause_info):
        refused = _refusal(call, task_id)
        assert (refused.http_status, refused.code) == (404, "ClientError.NotFound")
    assert task_id not in {task["task_id"] for task in other.task_list(limit=1000)}
    client.cancel_task(task_id)


def test_submissions_that_are_refused(
    transfer_of, client, ada, grace, new_folder, tmp_path, absent
):
    collection = new_folder(tmp_path, ada, "To be seen", public=True)

    def refused(data, by=client):
        error = _refusal(by.submit_transfer, data)
        return error.http_status, error.code

    empty = globus_sdk.TransferData(collection, collection)
    assert refused(empty) == (400, "ClientError.BadRequest.NoTransferItems")
    tricky = globus_sdk.TransferData(collection, collection)
    tricky.add_item("/../etc/passwd", "/x")
    assert refused(tricky) == (400, "ClientError.InvalidPath")
    nowhere = globus_sdk.TransferData(collection, str(uuid.uuid4()))
    nowhere.add_item("/x", "/y")
    assert refused(nowhere) == (404, "EndpointNotFound")
    theirs = globus_sdk.TransferData(collection, collection)
    theirs.add_item("/x", "/y")
    assert refused(theirs, transfer_of(grace)) == (403, "PermissionDenied")
    hidden = globus_sdk.TransferData(absent, absent)
    hidden.add_item("/x", "/y")
    assert refused(hidden, transfer_of(grace)) == (404, "EndpointNotFound")
    late = globus_sdk.TransferData(collection, absent, deadline="2001-01-01")
    late.add_item("/x", "/y")
    assert refused(late) == (400, "ClientError.BadRequest")
    odd = globus_sdk.TransferData(collection, absent, sync_level=7)
    odd.add_item("/x", "/y")
    assert refused(odd) == (400, "ClientError.BadRequest")
    with_user = globus_sdk.TransferData(collection, absent, source_local_user="root")
    with_user.add_item("/x", "/y")
    assert refused(with_user) == (400, "ClientError.BadRequest")


def test_patterns_stand_for_names_only_where_they_are_asked_for(client, source):
    folder = source[0] / "patterns"
    folder.mkdir()
    for name in ("a.txt", "b.txt", "*.txt", "c.dat"):
        (folder / name).write_text(name)

    def delete(path, **options):
        data = globus_sdk.DeleteData(source[1], **options)
        data.add_item(f"/patterns/{path}")
        assert _done(client, client.submit_delete(data))["status"] == "SUCCEEDED"
        return {left.name for left in folder.iterdir()}

    assert delete("*.txt") == {"a.txt", "b.txt", "c.dat"}
    assert delete("[ab].txt", interpret_globs=True) == {"c.dat"}


def test_documents_of_old_clients_are_taken(client, source, destination):
    document = {
        "DATA_TYPE": "transfer",
        "submission_id": str(uuid.uuid4()),
        "source_endpoint": source[1],
        "destination_endpoint": destination[1],
        "label": None,
        "deadline": None,
        "sync_level": None,
        "recursive_symlinks": "ignore",
        "skip_activation_check": False,
        "verify_checksum": False,
        "filter_rules": None,
        "notify_on_succeeded": False,
        "perf_cc": 4,
        "DATA": [
            {
                "DATA_TYPE": "transfer_item",
                "source_path": "/one.txt",
                "destination_path": "/old.txt",
                "recursive": False,
                "external_checksum": None,
                "checksum_algorithm": None,
            }
        ],
    }
    task = _done(client, client.post("/v0.10/transfer", data=document))
    assert task["status"] == "SUCCEEDED"
    assert (destination[0] / "old.txt").read_text() == "one.txt"


def test_who_moved_what_is_recorded_without_secrets(cloud, client, ada, source, destination):
    secret = new_secret()
    data = globus_sdk.TransferData(
        source[1],
        destination[1],
        label="for the record",
        additional_fields={"webhook": {"url": "https://hook.example.org/", "secret": secret}},
    )
    data.add_item("/one.txt", "/recorded.txt")
    _done(client, client.submit_transfer(data))
    query = Query(ada.account_id, lambda event: event.event_name == "SubmitTransfer")
    page = cloud.run(cloud.engines.audit.look_up(query))
    recorded = [found.event.request_parameters or {} for found in page.found]
    documents = [one["document"] for one in recorded if "document" in one]
    [mine] = [one for one in documents if one.get("label") == "for the record"]
    assert (mine["source_endpoint"], mine["DATA"]) == (source[1], 1)
    assert mine["webhook"]["secret"] == HIDDEN
    assert secret not in repr(page.found)
