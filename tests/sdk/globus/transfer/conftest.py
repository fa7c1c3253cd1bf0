"""Clients of Transfer for several people, and collections of folders that they own."""

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import globus_sdk
import pytest
from globus_sdk.scopes import TransferScopes
from globus_sdk.transport import RetryConfig

from lenticular.engines.connectors.places import Folder
from lenticular.primitives.collections import Details, NewMapped, Person


class Robot(NamedTuple):
    """An application that owns collections, as a person does."""

    identity_id: str
    account_id: str


@pytest.fixture(scope="session")
def transfer_of(access_token):
    """``transfer_of(person)``: a TransferClient that acts for them."""
    made = {}

    def client(person, scope=TransferScopes.all):
        if (person, scope) not in made:
            authorizer = globus_sdk.AccessTokenAuthorizer(access_token(person, str(scope)))
            made[person, scope] = globus_sdk.TransferClient(
                authorizer=authorizer, retry_config=RetryConfig(max_retries=0)
            )
        return made[person, scope]

    yield client
    for one in made.values():
        one.close()


@pytest.fixture(scope="session")
def grace(new_person):
    """Another person of the first account."""
    return new_person("grace-hopper")


@pytest.fixture(scope="session")
def new_folder(cloud):
    """``new_folder(path, person)``: the id of a collection of the server's own folder."""

    def make(path, owner, name="A folder", **details):
        new = NewMapped(
            kind="folder",
            origin=Folder(str(path)),
            account_id=owner.account_id,
            owner_id=owner.identity_id,
            details=Details(display_name=name, **details),
        )
        return cloud.run(cloud.engines.collections.create_mapped(new)).collection_id

    return make


@pytest.fixture(scope="session")
def connect():
    """``connect(*arguments)``: start ``lenticular connect`` as a process of its own."""
    started = []

    def start(*arguments):
        command = [sys.executable, "-P", "-m", "lenticular", "connect", *map(str, arguments)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def new_machine(cloud, connect):
    """``new_machine(config, person, *folders)``: enrol a machine; return its collection's id."""

    def enrol(config, owner, *folders, name="A laptop"):
        made, key = cloud.run(
            cloud.engines.collections.create_enrolled(
                Details(display_name=name), Person((owner.identity_id,))
            )
        )
        offered = [part for folder in folders for part in ("--folder", folder)]
        setup = connect("setup", key, "--config", config, "--json", *offered)
        _, errors = setup.communicate(timeout=30)
        assert setup.returncode == 0, errors
        return made.collection_id

    return enrol


@pytest.fixture
def globus(cloud, new_client, tmp_path):
    """``globus("ls", id)``: what the command prints as it comes; it acts as `globus.robot`."""
    venv = os.environ.get("VENV") or str(Path(__file__).parents[4] / ".venv")
    client_id, secret = new_client("A robot")
    url = cloud.configuration.url("globus")
    environment = {
        "HOME": str(tmp_path),
        "GLOBUS_CLI_CLIENT_ID": client_id,
        "GLOBUS_CLI_CLIENT_SECRET": secret,
        "GLOBUS_SDK_SERVICE_URL_AUTH": f"{url}/",
        "GLOBUS_SDK_SERVICE_URL_TRANSFER": url,
    }

    def run(*arguments, fails=False):
        command = [f"{venv}-globus-cli/bin/globus", *map(str, arguments)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert bool(done.returncode) == fails, done.stderr
        return done.stderr if fails else done.stdout

    run.environment = environment
    run.robot = Robot(client_id, cloud.credentials.account_id)
    return run
