"""Transfers between agents: a person's machine, which only calls out, and the server's own."""

import globus_sdk


def test_files_go_from_a_machine_to_the_server_and_back(
    cloud, ada, transfer_of, new_machine, new_folder, connect, tmp_path
):
    laptop, server = tmp_path / "laptop", tmp_path / "server"
    for folder in (laptop / "data" / "inner", server):
        folder.mkdir(parents=True)
    large = bytes(range(256)) * 20_000
    (laptop / "data" / "large.bin").write_bytes(large)
    for number in range(40):
        (laptop / "data" / "inner" / f"small-{number}").write_text(f"number {number}")
    machine = new_machine(tmp_path / "config", ada, f"{laptop}:rw")
    collection = new_folder(server, ada)
    connect("run", "--config", tmp_path / "config")
    transfer = transfer_of(ada)

    def move(source, destination, source_path, destination_path):
        data = globus_sdk.TransferData(
            source_endpoint=source, destination_endpoint=destination, verify_checksum=True
        )
        data.add_item(source_path, destination_path, recursive=True)
        task_id = transfer.submit_transfer(data)["task_id"]
        assert transfer.task_wait(task_id, timeout=60, polling_interval=1)
        task = transfer.get_task(task_id)
        assert task["status"] == "SUCCEEDED", task
        assert task["files_transferred"] == 41

    move(machine, collection, f"{laptop}/data/", "/arrived/")
    assert (server / "arrived" / "large.bin").read_bytes() == large
    assert (server / "arrived" / "inner" / "small-39").read_text() == "number 39"
    move(collection, machine, "/arrived/", f"{laptop}/back/")
    assert (laptop / "back" / "large.bin").read_bytes() == large
    assert len(list((laptop / "back" / "inner").iterdir())) == 40


def test_files_go_from_one_machine_to_another_through_the_relay(
    cloud, ada, transfer_of, new_machine, connect, tmp_path
):
    machines = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        machines.append(new_machine(tmp_path / f"config-{name}", ada, f"{tmp_path / name}:rw"))
        connect("run", "--config", tmp_path / f"config-{name}")
    (tmp_path / "one" / "file").write_bytes(bytes(3_000_000))
    transfer = transfer_of(ada)
    data = globus_sdk.TransferData(source_endpoint=machines[0], destination_endpoint=machines[1])
    data.add_item(f"{tmp_path}/one/file", f"{tmp_path}/two/file")
    task_id = transfer.submit_transfer(data)["task_id"]
    assert transfer.task_wait(task_id, timeout=60, polling_interval=1)
    assert transfer.get_task(task_id)["status"] == "SUCCEEDED"
    assert (tmp_path / "two" / "file").read_bytes() == bytes(3_000_000)
