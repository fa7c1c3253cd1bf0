"""Tickets: with what an agent that does a job is let in by the one that serves the other end.

A ticket is for one attempt of a task and one of its collections, and good as long as that
attempt runs: nothing of it is kept, and it needs no time to expire.
"""

import hmac
from hashlib import sha256
from typing import Final

from msgspec import Struct

from lenticular.engines.connectors.places import Permission
from lenticular.engines.kv.contract import Reader
from lenticular.primitives.transfers import records
from lenticular.primitives.transfers.reach import EVERYWHERE
from lenticular.primitives.transfers.records import Task
from lenticular.primitives.vault import Vault

PREFIX: Final = "ticket"
"""What every ticket begins with."""


class Ticket(Struct, frozen=True):
    """What a ticket is good for."""

    task_id: str
    collection_id: str
    identity_id: str
    """Whose task it is: their rights count."""
    permission: Permission
    paths: tuple[str, ...] = EVERYWHERE
    """Where in the collection: as they were submitted."""
    home: str = "/"
    """What ``/~/`` is there; empty: its agent had not told yet."""


class Tickets:
    """Makes tickets and knows them again."""

    def __init__(self, vault: Vault) -> None:
        self._key = vault.derive("tickets of transfers")

    def issue(self, task: Task, number: int) -> str:
        """Return a ticket for the collection at an end of a task (0: its source)."""
        return self._signed(f"{PREFIX}.{task.task_id}.{task.attempt}.{number}")

    def check(self, reader: Reader, ticket: str) -> Ticket | None:
        """Return what a ticket is good for; None: nothing (any more)."""
        text, _, _ = ticket.rpartition(".")
        if not hmac.compare_digest(self._signed(text).encode(), ticket.encode()):
            return None
        _, task_id, attempt, position = text.split(".")
        task = records.find(reader, task_id)
        if task is None or task.state != "running" or task.attempt != int(attempt):
            return None
        number = int(position)
        end = task.ends[number]
        return Ticket(
            task_id,
            end.collection_id,
            task.owner_id,
            "rw" if task.writes(number) else "r",
            task.reach[number],
            end.home,
        )

    def _signed(self, text: str) -> str:
        return f"{text}.{hmac.digest(self._key, text.encode(), sha256).hex()}"
