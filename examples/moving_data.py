"""Move a folder, share a part of it, and find it again: what a lab does with a day's data.

    eval "$(lenticular env)"
    CLIENT_ID=... CLIENT_SECRET=... python examples/moving_data.py --from COLLECTION --to COLLECTION

Both collections are the application's to use. This is plain globus-sdk: nothing here knows of
Lenticular, the environment says where the services are. The data are pictures that scikit-image
ships, put into the first collection over HTTPS. What was made in the second stays there.
"""

import argparse
import hashlib
import os
import time
import urllib.request
from importlib.util import find_spec
from pathlib import Path

import globus_sdk
from globus_sdk.scopes import SearchScopes, TransferScopes

PICTURES = ("cell.png", "coins.png", "moon.png")


def main() -> None:
    """Bring pictures to one collection, move them to another, share them, and find them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--from", dest="source", required=True, help="a collection's id")
    parser.add_argument("--to", dest="destination", required=True, help="another one's")
    chosen = parser.parse_args()
    client = globus_sdk.ConfidentialAppAuthClient(
        os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"]
    )
    transfer = globus_sdk.TransferClient(
        authorizer=globus_sdk.ClientCredentialsAuthorizer(client, str(TransferScopes.all))
    )
    sums = bring(client, transfer, chosen.source)
    move(transfer, chosen.source, chosen.destination, sums)
    url = share(transfer, chosen.destination)
    for name, checksum in sums.items():
        with urllib.request.urlopen(f"{url}/{name}") as answer:
            assert hashlib.sha256(answer.read()).hexdigest() == checksum, name
    print("Fetched again from the share, by nobody in particular: same bytes.")
    find(client, url, list(sums))


def bring(
    client: globus_sdk.ConfidentialAppAuthClient,
    transfer: globus_sdk.TransferClient,
    collection: str,
) -> dict[str, str]:
    """Put the pictures into a folder ``run`` over HTTPS; return their SHA-256 by name."""
    server = transfer.get_endpoint(collection)["https_server"]
    transfer.operation_mkdir(collection, "/run/")
    scope = f"https://auth.globus.org/scopes/{collection}/https"
    token = globus_sdk.ClientCredentialsAuthorizer(client, scope)
    sums = {}
    for name in PICTURES:
        picture = pictures().joinpath(name).read_bytes()
        headers = {"Authorization": token.get_authorization_header()}
        request = urllib.request.Request(
            f"{server}/run/{name}", picture, {**headers, "Content-Length": str(len(picture))}
        )
        request.method = "PUT"
        with urllib.request.urlopen(request):
            sums[name] = hashlib.sha256(picture).hexdigest()
    print(f"{len(sums)} pictures brought to {server}/run/")
    return sums


def pictures() -> Path:
    """Return the folder of pictures that scikit-image has."""
    found = find_spec("skimage")
    assert found is not None, "install scikit-image: pip install 'lenticular[demo]'"
    assert found.origin is not None
    return Path(found.origin).parent / "data"


def move(
    transfer: globus_sdk.TransferClient, source: str, destination: str, sums: dict[str, str]
) -> None:
    """Move the folder, as a task that checks every byte, and wait for its end."""
    data = globus_sdk.TransferData(
        source_endpoint=source, destination_endpoint=destination, label="a day at the microscope"
    )
    data.add_item("/run/", "/run/", recursive=True)
    task_id = transfer.submit_transfer(data)["task_id"]
    while not transfer.task_wait(task_id, timeout=60, polling_interval=1):
        print("still moving ...")
    task = transfer.get_task(task_id)
    assert task["status"] == "SUCCEEDED", task["fatal_error"] or task["nice_status"]
    assert {entry["name"] for entry in transfer.operation_ls(destination, "/run/")} == set(sums)
    print(f"Task {task_id}: {task['files_transferred']} files, {task['bytes_transferred']:,} bytes")


def share(transfer: globus_sdk.TransferClient, collection: str) -> str:
    """Let anybody read the folder, for an hour; return where it is."""
    guest = transfer.create_shared_endpoint(
        {
            "DATA_TYPE": "shared_endpoint",
            "host_endpoint": collection,
            "host_path": "/run/",
            "display_name": "A day at the microscope",
        }
    )["id"]
    ends = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(time.time() + 3600))
    transfer.add_endpoint_acl_rule(
        guest,
        {
            "DATA_TYPE": "access",
            "principal_type": "anonymous",
            "principal": "",
            "path": "/",
            "permissions": "r",
            "expiration_date": ends,
        },
    )
    url = str(transfer.get_endpoint(guest)["https_server"])
    print(f"Shared until {ends}: {url}/")
    return url


def find(client: globus_sdk.ConfidentialAppAuthClient, url: str, names: list[str]) -> None:
    """Enter the pictures into an index of their own, and find one by a word."""
    scope = str(SearchScopes.all)
    search = globus_sdk.SearchClient(
        authorizer=globus_sdk.ClientCredentialsAuthorizer(client, scope)
    )
    index = search.create_index("microscopy", "What came from the microscope")["id"]
    entries = [
        {
            "subject": f"{url}/{name}",
            "visible_to": ["public"],
            "content": {"title": Path(name).stem, "instrument": "microscope 2"},
        }
        for name in names
    ]
    gmeta = {"ingest_type": "GMetaList", "ingest_data": {"gmeta": entries}}
    task_id = search.ingest(index, gmeta)["task_id"]
    while search.get_task(task_id)["state"] not in {"SUCCESS", "FAILED"}:
        time.sleep(0.2)
    found = globus_sdk.SearchClient().search(index, "moon")
    assert [hit["subject"] for hit in found["gmeta"]] == [f"{url}/moon.png"]
    print(f"Found by the word moon: {found['gmeta'][0]['subject']}")


if __name__ == "__main__":
    main()
