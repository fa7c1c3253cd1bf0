"""Transfers between machines that have GridFTP servers: these move the bytes."""

import os

import globus_sdk
import pytest

from lenticular.testing.gridftp import gridftp_server, is_installed, shared_folders

pytestmark = pytest.mark.skipif(not is_installed(), reason="GridFTP's programs are not installed")


def test_files_go_from_server_to_server(ada, transfer_of, new_machine, connect, tmp_path):
    folders, servers = shared_folders("one", "two"), (gridftp_server(), gridftp_server())
    with folders as (one, two), servers[0] as here, servers[1] as there:
        for number in range(12):
            (one / f"file-{number}").write_text(f"number {number}")
            (one / f"file-{number}").chmod(0o644)
        (two / "link").symlink_to(one / "file-0")
        machines = []
        for folder, url in ((one, here), (two, there)):
            config = tmp_path / folder.name
            machines.append(new_machine(config, ada, f"{folder}:rw"))
            connect("run", "--config", config, "--gridftp", url)
        data = globus_sdk.TransferData(
            source_endpoint=machines[0], destination_endpoint=machines[1], verify_checksum=True
        )
        for number in range(12):
            data.add_item(f"{one}/file-{number}", f"{two}/file-{number}")
        data.add_item(f"{one}/file-1", f"{two}/link")
        transfer = transfer_of(ada)
        task_id = transfer.submit_transfer(data)["task_id"]
        assert transfer.task_wait(task_id, timeout=60, polling_interval=1)
        task = transfer.get_task(task_id)
        assert (task["status"], task["faults"]) == ("SUCCEEDED", 0), task
        for number in range(12):
            assert (two / f"file-{number}").read_text() == f"number {number}"
        # A link is replaced, as ever: the server would have written through it.
        assert (two / "link").read_text() == "number 1"
        assert not (two / "link").is_symlink()
        assert (one / "file-0").read_text() == "number 0"
        by_server = {path.name for path in two.iterdir() if path.stat().st_uid != os.geteuid()}
        assert by_server == ({f"file-{n}" for n in range(12)} if os.geteuid() == 0 else set())
