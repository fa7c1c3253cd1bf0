"""Staging: datasets that somebody chose are copied to a folder that is shared with them.

The portal only says what is to happen: the cloud moves the files, checks them, lets the person
in, writes to them. Nothing of it is remembered here: the access rules and tasks of the cloud
are what there is.
"""

import contextlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import globus_sdk
from storage import Robot

KEPT = timedelta(days=14)
"""How long a folder stays shared."""


@dataclass(frozen=True)
class Person:
    """Somebody who signed in."""

    identity_id: str
    username: str
    email: str


@dataclass(frozen=True)
class Stage:
    """A folder that was shared with somebody."""

    name: str
    path: str
    rule_id: str
    until: str
    url: str
    status: str
    """Of the task that brings the files."""
    files: int


class Staging:
    """Stages datasets, as the portal itself."""

    def __init__(self, robot: Robot, datasets: str, shared: str) -> None:
        self._robot = robot
        self._transfer = robot.transfer
        self._datasets = datasets
        self._shared = shared

    def stage(self, person: Person, paths: Sequence[str]) -> str:
        """Copy datasets to a new folder and share it; return the folder's name."""
        name = f"{datetime.now(UTC):%Y-%m-%d}-{secrets.token_hex(4)}"
        folder = f"{_home(person)}{name}/"
        task = globus_sdk.TransferData(
            self._datasets,
            self._shared,
            label=f"Climate data {name}",
            sync_level="checksum",
            verify_checksum=True,
            notify_on_succeeded=False,
        )
        for path in paths:
            task.add_item(f"/{path}", folder + path)
        self._transfer.submit_transfer(task)
        rule = {
            "DATA_TYPE": "access",
            "principal_type": "identity",
            "principal": person.identity_id,
            "path": folder,
            "permissions": "r",
            "expiration_date": (datetime.now(UTC) + KEPT).isoformat(timespec="seconds"),
        }
        if person.email:
            rule["notify_email"] = person.email
            rule["notify_message"] = f"The {len(paths)} datasets that you chose are on their way."
        self._transfer.add_endpoint_acl_rule(self._shared, rule)
        return name

    def of(self, person: Person) -> list[Stage]:
        """Return what is staged for somebody, the newest first."""
        home = _home(person)
        tasks = {
            task["label"]: task
            for task in self._transfer.task_list(limit=1000, orderby="request_time ASC")
        }
        found = []
        for rule in self._transfer.endpoint_acl_list(self._shared):
            if rule["principal"] != person.identity_id or not rule["path"].startswith(home):
                continue
            name = rule["path"].removeprefix(home).strip("/")
            task = tasks.get(f"Climate data {name}", {})
            found.append(
                Stage(
                    name,
                    rule["path"],
                    rule["id"],
                    rule["expiration_date"] or "",
                    self._robot.files(self._shared).url(rule["path"]),
                    task.get("status", "GONE"),
                    task.get("files", 0),
                )
            )
        return sorted(found, key=lambda stage: stage.name, reverse=True)

    def remove(self, person: Person, name: str) -> None:
        """Take a folder away from somebody, and delete it. Raises LookupError."""
        stage = next((one for one in self.of(person) if one.name == name), None)
        if stage is None:
            raise LookupError(f"nothing called {name} is staged for you")
        with contextlib.suppress(globus_sdk.TransferAPIError):  # somebody was quicker
            self._transfer.delete_endpoint_acl_rule(self._shared, stage.rule_id)
        task = globus_sdk.DeleteData(
            self._shared, recursive=True, label=f"Remove {name}", notify_on_succeeded=False
        )
        task.add_item(stage.path)
        self._transfer.submit_delete(task)


def _home(person: Person) -> str:
    """Return the folder in which everything of somebody is."""
    return f"/staged/{person.identity_id}/"
