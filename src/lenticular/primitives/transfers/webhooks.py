"""Webhooks: the end of a task is posted to whom its owner names, through the outbox of notices."""

from typing import Any

import msgspec
from msgspec import Struct

from lenticular.engines.kv.contract import Transaction
from lenticular.primitives.notices import Notices, Webhook, is_secret, is_url
from lenticular.primitives.transfers.errors import InputInvalid
from lenticular.primitives.transfers.records import Occasion, Task
from lenticular.primitives.vault import Vault


class Target(Struct, array_like=True, frozen=True):
    """Where the end of a task is posted to."""

    url: str
    secret: str
    """What it is signed with (https://www.standardwebhooks.com)."""


def target(url: str, secret: str) -> Target:
    """Return a target. Raises `InputInvalid`."""
    if not is_url(url):
        raise InputInvalid("A webhook's url is one of http or https, without name or password")
    if not is_secret(secret):
        raise InputInvalid("A webhook's secret is whsec_ and 24 to 64 bytes in Base64")
    return Target(url, secret)


class Webhooks:
    """Posts what becomes of tasks."""

    def __init__(self, notices: Notices, vault: Vault) -> None:
        self._notices = notices
        self._vault = vault

    def sealed(self, task_id: str, wanted: Target | None) -> bytes:
        """Return a target as a task keeps it."""
        if wanted is None:
            return b""
        return self._vault.seal(msgspec.msgpack.encode(wanted), _context(task_id))

    def tell(self, tx: Transaction, task: Task, occasion: Occasion) -> None:
        """Put what has become of a task into the outbox, if its owner named a target."""
        if not task.webhook:
            return
        data = self._vault.open(task.webhook, _context(task.task_id))
        to = msgspec.msgpack.decode(data, type=Target)
        kind = f"task.{occasion}"
        self._notices.post(
            tx,
            Webhook(
                url=to.url,
                kind=kind,
                data=_data(task),
                secret=to.secret,
                on_behalf_of=task.owner_id,
            ),
        )


def _data(task: Task) -> dict[str, Any]:
    return {
        "task_id": task.task_id,
        "type": task.kind,
        "status": task.status,
        "label": task.label,
        "owner_id": task.owner_id,
        "source_endpoint_id": task.source.collection_id,
        "destination_endpoint_id": task.destination and task.destination.collection_id,
        "files_transferred": task.counts.files_transferred,
        "bytes_transferred": task.counts.bytes_transferred,
        "fatal_error": {"code": task.fatal_code, "description": task.fatal_description}
        if task.fatal_code
        else None,
    }


def _context(task_id: str) -> str:
    return f"webhook of task {task_id}"
