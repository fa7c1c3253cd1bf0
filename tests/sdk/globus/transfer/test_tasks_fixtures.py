"""The documents of tasks beside the fixtures that globus-sdk keeps of the real service.

Every key of a fixture is there, with a value of the same type, or null where the fixture or
we have null. We have more: ``DATA_TYPE`` in every task (the API reference has it, the fixture
of ``task_list`` does not).
"""

import globus_sdk
import pytest
from globus_sdk.testing import get_response_set

MORE = {"DATA_TYPE"}


@pytest.fixture(scope="module")
def done(transfer_of, ada, new_folder, tmp_path_factory):
    """A client, and the answer to a submission whose task has succeeded."""
    path = tmp_path_factory.mktemp("fixtures")
    (path / "one").write_text("one")
    client = transfer_of(ada)
    collection = new_folder(path, ada, "Fixtures")
    data = globus_sdk.TransferData(collection, collection)
    data.add_item("/one", "/two")
    accepted = client.submit_transfer(data)
    assert client.task_wait(accepted["task_id"], timeout=30, polling_interval=1)
    return client, accepted


def _differences(ours, theirs, path=""):
    if isinstance(theirs, dict):
        if not isinstance(ours, dict):
            return [f"{path}: {ours!r} is no object"]
        found = [f"{path}.{key} is missing" for key in theirs.keys() - ours.keys()]
        found += [f"{path}.{key} is new" for key in ours.keys() - theirs.keys() - MORE]
        for key in ours.keys() & theirs.keys():
            found += _differences(ours[key], theirs[key], f"{path}.{key}")
        return found
    if isinstance(theirs, list):
        return _differences(ours[0], theirs[0], f"{path}[]") if theirs and ours else []
    if ours is None or theirs is None or type(ours) is type(theirs):
        return []
    return [f"{path}: {ours!r} is not of the type of {theirs!r}"]


def _fixture(name, case="default"):
    return get_response_set(f"transfer.{name}").lookup(case).json


def test_answers_of_submissions(done):
    client, accepted = done
    assert _differences(accepted.data, _fixture("submit_transfer")) == []
    assert _differences(client.get_submission_id().data, _fixture("get_submission_id")) == []
    data = globus_sdk.DeleteData(client.get_task(accepted["task_id"])["source_endpoint_id"])
    data.add_item("/two")
    assert _differences(client.submit_delete(data).data, _fixture("submit_delete")) == []
    data = globus_sdk.DeleteData(client.get_task(accepted["task_id"])["source_endpoint_id"])
    with pytest.raises(globus_sdk.GlobusAPIError) as refused:
        client.submit_delete(data)
    assert _differences(refused.value.raw_json, _fixture("submit_transfer", "failure")) == []
    assert refused.value.code == _fixture("submit_transfer", "failure")["code"]


def test_tasks(done):
    client, accepted = done
    wanted = {"task_id": accepted["task_id"]}
    assert _differences(client.task_list(filter=wanted).data, _fixture("task_list")) == []
    managed = client.endpoint_manager_task_list(filter_task_id=accepted["task_id"])
    assert _differences(managed.data, _fixture("endpoint_manager_task_list")) == []
    assert _differences(client.cancel_task(accepted["task_id"]).data, _fixture("cancel_task")) == []


def test_what_was_moved(done):
    client, accepted = done
    moved = client.endpoint_manager_task_successful_transfers(accepted["task_id"])
    fixture = _fixture("endpoint_manager_task_successful_transfers")
    new = {"size", "checksum", "checksum_algorithm", "dynamic_checksum_algorithm"}
    found = _differences(moved.data, fixture)
    assert set(found) == {f".DATA[].{name} is new" for name in new}
