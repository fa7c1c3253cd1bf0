"""The `globus` command as it comes: transfer, delete, and everything below task."""

import json

from lenticular.primitives.collections import Details, Person


def _task_id(output):
    return json.loads(output)["task_id"]


def test_transfer_wait_show_and_delete(globus, new_folder, tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    (here / "data").mkdir(parents=True)
    there.mkdir()
    (here / "data" / "a.txt").write_text("a")
    (here / "data" / "b.log").write_text("b")
    source = new_folder(here, globus.robot, "Here")
    target = new_folder(there, globus.robot, "There")

    submitted = globus(
        "transfer", "--recursive", "--exclude", "*.log", "--sync-level", "checksum",
        "--label", "From the shell", "--notify", "off", "-F", "json",
        f"{source}:/data", f"{target}:/copy",
    )  # fmt: skip
    task_id = _task_id(submitted)
    globus("task", "wait", task_id, "--timeout", 30, "--polling-interval", 1)
    assert [path.name for path in (there / "copy").iterdir()] == ["a.txt"]

    shown = globus("task", "show", task_id)
    assert "Status:                       SUCCEEDED" in shown
    assert "/copy/a.txt" in globus("task", "show", task_id, "--successful-transfers")
    listed = globus("task", "list", "--filter-status", "SUCCEEDED", "--filter-label", "from the*")
    assert task_id in listed
    assert "SUCCEEDED" in globus("task", "event-list", task_id)

    batch = tmp_path / "batch"
    batch.write_text("data/a.txt one.txt\ndata/b.log two.txt\n")
    globus("transfer", f"{source}:/", f"{target}:/", "--batch", batch)
    removal = _task_id(globus("delete", "--recursive", f"{target}:/copy", "-F", "json"))
    globus("task", "wait", removal, "--timeout", 30, "--polling-interval", 1)
    assert not (there / "copy").exists()


def test_update_pause_and_cancel(globus, cloud):
    collections = cloud.engines.collections
    robot = Person((globus.robot.identity_id,))
    away, _ = cloud.run(collections.create_enrolled(Details(display_name="Away"), robot))
    submission_id = globus("task", "generate-submission-id").strip()
    submit = ("delete", f"{away.collection_id}:/x", "--submission-id", submission_id, "-F", "json")
    task_id = _task_id(globus(*submit))
    assert _task_id(globus(*submit)) == task_id

    globus("task", "update", task_id, "--label", "Later", "--deadline", "2090-01-01")
    cloud.run(cloud.engines.transfers.pauses.pause([task_id], robot, "Please wait a little"))
    assert "Please wait a little" in globus("task", "pause-info", task_id)

    assert "cancelled successfully" in globus("task", "cancel", task_id)
    shown = globus("task", "show", task_id)
    assert "FAILED" in shown
    assert "Later" in shown
