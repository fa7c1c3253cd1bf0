"""Prepares a cloud for the portal: applications, collections, who may do what.

    python prepare.py --data CLOUD FOLDER [--portal URL] [--graphs URL]

FOLDER, on the server's machine, gets the catalogue and the folders that are shared; the
settings of the portal and of the Graph service go into ``portal.json`` and ``graphs.json`` in
this one. Who runs it keeps the cloud: two applications and a collection are registered by the
command line. Everything else the portal does as itself, as any of its users could.
"""

import argparse
import json
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import catalogue
import globus_sdk
from settings import Settings
from storage import Robot

_PATIENCE = 60
"""Seconds."""


def main() -> None:
    """Prepare the cloud whose data folder the command line names."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="the cloud's own folder")
    parser.add_argument("--portal", default="http://127.0.0.1:8000", help="where it will be")
    parser.add_argument("--graphs", default="http://127.0.0.1:8001", help="where it will be")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    catalogue.write(folder / "catalogue")
    for name in ("staged", "graphs"):
        (folder / "shared" / name).mkdir(parents=True, exist_ok=True)

    def lenticular(*command: str) -> dict[str, Any]:
        return run(*command, "--data", str(arguments.data))

    back = f"{arguments.portal}/callback"
    portal = lenticular("auth", "client", "create", "Climate data portal", "--redirect", back)
    graphs = lenticular("auth", "client", "create", "Graph service", "--id", str(uuid.uuid4()))
    files = lenticular(
        "collection", "create", "Climate data portal", str(folder), "--owner", portal["id"]
    )
    settings = Settings(
        portal["id"],
        portal["secret"],
        arguments.portal,
        datasets="",
        shared="",
        graphs_url=arguments.graphs,
        graphs_scope=f"https://auth.globus.org/scopes/{graphs['id']}/graphs",
    )
    datasets, shared = share(Robot(settings.client()), files["id"], graphs["id"])
    lenticular(
        *("auth", "scope", "create", settings.graphs_scope, "--client", graphs["id"]),
        *("--description", "Draw graphs of climate data for you."),
        *("--depends-on", f"https://auth.globus.org/scopes/{datasets}/https"),
    )
    told = vars(settings) | {"datasets": datasets, "shared": shared}
    Settings(**told).write(folder / "portal.json")
    own = {
        "client_id": graphs["id"],
        "client_secret": graphs["secret"],
        "url": arguments.graphs,
    }
    Settings(**(told | own)).write(folder / "graphs.json")
    print(f"The catalogue is the collection {datasets}, what is shared {shared}.")


def share(portal: Robot, files_id: str, graphs_id: str) -> tuple[str, str]:
    """Make the two collections that people see, as the portal; return their ids."""
    transfer = portal.transfer
    made = {}
    for path, name in (("/catalogue/", "Climate stations"), ("/shared/", "Climate data for you")):
        document = {
            "DATA_TYPE": "shared_endpoint",
            "host_endpoint": files_id,
            "host_path": path,
            "display_name": name,
        }
        made[path] = str(transfer.create_shared_endpoint(document)["id"])
    # Whoever signs in may read the catalogue.
    rule = {
        "DATA_TYPE": "access",
        "principal_type": "all_authenticated_users",
        "principal": "",
        "path": "/",
        "permissions": "r",
    }
    transfer.add_endpoint_acl_rule(made["/catalogue/"], rule)
    # The Graph service delivers its pictures, and lets people see them.
    role = {
        "DATA_TYPE": "role",
        "principal_type": "identity",
        "principal": graphs_id,
        "role": "access_manager",
    }
    transfer.add_endpoint_role(made["/shared/"], role)
    wait_until_served(portal, made["/catalogue/"])
    return made["/catalogue/"], made["/shared/"]


def wait_until_served(portal: Robot, collection_id: str) -> None:
    """Return when the files of a collection can be reached: the first takes a few seconds."""
    for _ in range(_PATIENCE):
        try:
            portal.transfer.operation_ls(collection_id)
            return
        except globus_sdk.TransferAPIError as error:
            if not str(error.code).endswith("GCDisconnected"):
                raise
        time.sleep(1)
    raise SystemExit(f"the files of the collection {collection_id} are not served: see the log")


def run(*command: str) -> dict[str, Any]:
    """Run a command of lenticular and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "lenticular", *command, "--json"],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    printed: dict[str, Any] = json.loads(done.stdout)
    return printed


if __name__ == "__main__":
    main()
