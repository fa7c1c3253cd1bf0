"""Deliver what an instrument writes to the people whose run it is, as it comes.

    eval "$(lenticular env)"
    CLIENT_ID=... CLIENT_SECRET=... python examples/instrument_delivery.py FOLDER \
        --from COLLECTION --to COLLECTION --people people.csv [--once]

FOLDER is what the collection ``--from`` holds, on the machine of the instrument (`lenticular
connect` serves it); each folder in it is a project. ``people.csv`` says who belongs to it::

    project,username,email
    microscopy-12,ada@lab.cloud.example,ada@lab.example
    microscopy-12,,guest@elsewhere.example

Who has a username at the cloud is given access, and told; anybody else is mailed an invitation.
That is done once for each project, with its first files: who joins later is added by hand. What
is new goes to the folder of its project on the guest collection ``--to``, which the application
manages. Nothing is remembered on the machine: what is there already is not moved again.
"""

import argparse
import csv
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import globus_sdk
from globus_sdk.scopes import AuthScopes, TransferScopes

SETTLED = 30.0
"""Seconds for which a file must not have changed: then the instrument is done with it."""

PAUSE = 10.0
"""Seconds between two looks."""

Version = tuple[int, int]
"""Size and time of a file: what tells it from what it was before."""


class Person(NamedTuple):
    """Somebody who belongs to a project."""

    username: str
    """At the cloud; empty: they have none."""
    email: str


class Delivery:
    """Delivers from one collection to another."""

    def __init__(
        self,
        client: globus_sdk.ConfidentialAppAuthClient,
        source: str,
        destination: str,
        people: dict[str, list[Person]],
    ) -> None:
        def acting(scope: str) -> globus_sdk.ClientCredentialsAuthorizer:
            return globus_sdk.ClientCredentialsAuthorizer(client, scope)

        self.transfer = globus_sdk.TransferClient(authorizer=acting(str(TransferScopes.all)))
        self._auth = globus_sdk.AuthClient(
            authorizer=acting(str(AuthScopes.view_identity_set)),
        )
        self._source, self._destination = source, destination
        self._people = people
        self._delivered: dict[str, Version] = {}

    def deliver(self, folder: Path, settled: float = SETTLED) -> str | None:
        """Submit what is new and settled as one task; return its id, or None."""
        new = {
            path: version
            for path, version in settled_files(folder, settled)
            if self._delivered.get(path) != version
        }
        if not new:
            return None
        for project in sorted({path.partition("/")[0] for path in new}):
            self._share(project)
        task = globus_sdk.TransferData(
            self._source,
            self._destination,
            label=f"{len(new)} files of {folder.name}",
            sync_level="mtime",
            preserve_timestamp=True,
            verify_checksum=True,
        )
        for path in new:
            task.add_item(f"/{path}", f"/{path}")
        task_id = str(self.transfer.submit_transfer(task)["task_id"])
        self._delivered |= new
        return task_id

    def forget(self) -> None:
        """Look at everything again: a task has failed, and left something undelivered."""
        self._delivered.clear()

    def _share(self, project: str) -> None:
        """Let the people of a project at its folder, when the first files come."""
        rules = self.transfer.endpoint_acl_list(self._destination)
        if any(rule["path"] == f"/{project}/" for rule in rules):
            return
        for person in self._people.get(project, ()):
            rule = {
                "DATA_TYPE": "access",
                "path": f"/{project}/",
                "permissions": "r",
                "notify_message": f"New data of {project} will be put here as they come.",
                **self._principal(person),
            }
            self.transfer.add_endpoint_acl_rule(self._destination, rule)

    def _principal(self, person: Person) -> dict[str, str]:
        """Return whom a rule is for: an identity, or an address until they have one."""
        if not person.username:
            return {"principal_type": "email", "principal": person.email}
        [identity] = self._auth.get_identities(usernames=person.username)["identities"]
        told = {"notify_email": person.email} if person.email else {}
        return {"principal_type": "identity", "principal": identity["id"], **told}


def settled_files(folder: Path, settled: float) -> Iterator[tuple[str, Version]]:
    """Iterate over the files of all projects that have not changed for so many seconds."""
    before = time.time() - settled
    for file in sorted(folder.glob("*/**/*")):
        try:
            told = file.lstat()
        except FileNotFoundError:
            continue  # the instrument has taken it away meanwhile
        if stat.S_ISREG(told.st_mode) and told.st_mtime <= before:
            yield file.relative_to(folder).as_posix(), (told.st_size, told.st_mtime_ns)


def read_people(file: Path) -> dict[str, list[Person]]:
    """Return the people of each project."""
    people: dict[str, list[Person]] = {}
    with file.open(newline="", encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            people.setdefault(row["project"], []).append(Person(row["username"], row["email"]))
    return people


def main() -> None:
    """Watch the folder that the command line names."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--from", dest="source", required=True, help="id of its collection")
    parser.add_argument("--to", dest="destination", required=True, help="a guest collection")
    parser.add_argument("--people", type=Path, required=True, help="project,username,email")
    parser.add_argument("--settled", type=float, default=SETTLED, help="seconds")
    parser.add_argument("--once", action="store_true", help="look once, and wait for the task")
    arguments = parser.parse_args()
    client = globus_sdk.ConfidentialAppAuthClient(
        os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"]
    )
    people = read_people(arguments.people)
    delivery = Delivery(client, arguments.source, arguments.destination, people)
    while True:
        task_id = delivery.deliver(arguments.folder, arguments.settled)
        if task_id is not None:
            while not delivery.transfer.task_wait(task_id, timeout=60, polling_interval=1):
                print(f"{task_id} goes on")
            task = delivery.transfer.get_task(task_id)
            print(f"{task_id}: {task['status']}, {task['files_transferred']} files moved")
            if task["status"] != "SUCCEEDED":
                delivery.forget()
        if arguments.once:
            break
        time.sleep(PAUSE)


if __name__ == "__main__":
    main()
