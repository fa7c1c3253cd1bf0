"""Data in motion, as a notebook and as a program that watches an instrument."""

import os
import time
import uuid
from pathlib import Path

import globus_sdk
import nbformat
import pytest
from globus_sdk.scopes import TransferScopes

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "notebooks" / "transfer_and_share.ipynb"


@pytest.fixture
def robot(administer):
    """An application, as the variables that tell a program to be it."""
    client = administer("auth", "client", "create", "An instrument")
    return {"CLIENT_ID": client["id"], "CLIENT_SECRET": client["secret"]}


@pytest.fixture
def publish(administer, robot):
    """``publish(name, folder)``: the id of a collection that the robot owns."""

    def make(name, folder):
        folder.mkdir(parents=True, exist_ok=True)
        owner = ("--owner", robot["CLIENT_ID"])
        return administer("collection", "create", name, str(folder), *owner)["id"]

    return make


@pytest.fixture
def transfer(environment, robot, monkeypatch):
    """A TransferClient of the robot."""
    for name, value in environment.items():
        if name.startswith("GLOBUS_SDK_"):
            monkeypatch.setenv(name, value)
    client = globus_sdk.ConfidentialAppAuthClient(robot["CLIENT_ID"], robot["CLIENT_SECRET"])
    authorizer = globus_sdk.ClientCredentialsAuthorizer(client, TransferScopes.all)
    with globus_sdk.TransferClient(authorizer=authorizer) as made:
        yield made
    client.close()


def wait_until_served(transfer, collection_id):
    """The built-in agent starts with the first collection."""
    for _ in range(60):
        try:
            return transfer.operation_ls(collection_id)
        except globus_sdk.TransferAPIError as error:
            if not str(error.code).endswith("GCDisconnected"):
                raise
        time.sleep(1)
    raise AssertionError("the files are not served")


def test_the_notebook_moves_and_shares_a_run(robot, publish, transfer, run_notebook, tmp_path):
    run = tmp_path / "instrument/run-7"
    run.mkdir(parents=True)
    (run / "spectrum.csv").write_text("wavelength,counts\n400,12\n")
    (run / "notes.txt").write_text("cloudy\n")
    (run / "half.tmp").write_text("not yet")
    source = publish("Instrument", run.parent)
    publish("Archive", tmp_path / "archive")
    wait_until_served(transfer, source)
    cells = run_notebook(NOTEBOOK, **robot)
    assert cells["collections"].split() == ["Archive", "Instrument"]
    assert "spectrum.csv" in cells["listing"]
    assert cells["moved"] == "SUCCEEDED 2 files 32 bytes\n"
    assert "SUCCEEDED" in cells["events"].split()
    assert cells["again"] == "SUCCEEDED 0 files, 2 skipped\n"
    assert "link r until a date" in cells["rules"]
    assert "all_authenticated_users r for good" in cells["rules"]
    assert cells["read"] == "206 wavelength,counts\n\n"
    assert cells["removed"] == "SUCCEEDED\n"
    assert list((tmp_path / "archive/2026").iterdir()) == []


def test_the_notebook_is_committed_without_traces_of_a_run():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


def test_what_an_instrument_writes_is_delivered_to_those_whose_run_it_is(
    administer, robot, publish, transfer, run_example, tmp_path
):
    watched, shared = tmp_path / "instrument", tmp_path / "shared"
    source, host = publish("Microscope", watched), publish("Deliveries", shared)
    wait_until_served(transfer, source)
    share = {
        "DATA_TYPE": "shared_endpoint",
        "host_endpoint": host,
        "host_path": "/",
        "display_name": "From the microscope",
    }
    destination = transfer.create_shared_endpoint(share)["id"]
    name = f"ada-{uuid.uuid4().hex[:6]}"
    administer("user", "create", name, "--email", f"{name}@example.org")
    people = tmp_path / "people.csv"
    people.write_text(
        f"project,username,email\n"
        f"cells,{name}@lab.localhost,{name}@example.org\n"
        f"cells,,guest@elsewhere.example\n"
    )
    (watched / "cells/deep").mkdir(parents=True)
    (watched / "cells/deep/1.tif").write_bytes(b"one")
    (watched / "cells/2.tif").write_bytes(b"two")
    (watched / "cells/growing.tif").write_bytes(b"half")
    for path in ("deep/1.tif", "2.tif"):
        os.utime(watched / "cells" / path, (1_700_000_000, 1_700_000_000))
    arguments = (str(watched), "--from", source, "--to", destination, "--people", str(people))

    def deliver():
        return run_example("instrument_delivery.py", *arguments, "--once", **robot)

    assert "SUCCEEDED, 2 files moved" in deliver()
    assert (shared / "cells/deep/1.tif").read_bytes() == b"one"
    assert not (shared / "cells/growing.tif").exists()
    rules = {
        rule["principal_type"]: rule
        for rule in transfer.endpoint_acl_list(destination)
        if rule["role_id"] is None
    }
    assert rules["email"]["principal"] == "guest@elsewhere.example"
    assert rules["identity"]["path"] == "/cells/"
    told = [notice["to"] for notice in administer("notices", "list")["notices"]]
    assert {"guest@elsewhere.example", f"{name}@example.org"} <= set(told)
    # Again: what is there is not moved, and nobody is told twice.
    assert "SUCCEEDED, 0 files moved" in deliver()
    assert len(administer("notices", "list")["notices"]) == len(told)
